// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/socket_monitor.hpp>

#include <memory>
#include <unordered_map>

#include <dialtone/net/socket_table.hpp>
#include <dialtone/runtime/mailbox_search.hpp>
#include <dialtone/runtime/scheduler.hpp>
#include <dialtone/runtime/send.hpp>

namespace dialtone::detail {

namespace {

/// The watcher's end of a monitor; the socket's is a socket_watcher.
struct watch : owned_resource {
  watch(reference name, reference socket, process_block& watcher)
      : name{name}, socket{socket}, watcher{watcher.self()} {
    release = &watcher_has_died;
    own(watcher.owned);
  }
  ~watch() { disown(); }
  static void watcher_has_died(owned_resource& owned, scheduler& home);

  reference name;
  reference socket;
  pid watcher;
};

/// Of the watchers of one scheduler.
struct watches : scheduler_part {
  explicit watches(scheduler&) {}
  std::unordered_map<std::uint64_t, std::unique_ptr<watch>> all;
};

/// To the socket, after it wherever it has moved.
struct watch_request : signal {
  watch_request(reference socket, socket_watcher watcher, bool begins);
  static void handle(scheduler& home, process_block*, signal* taken) {
    auto& self = *static_cast<watch_request*>(taken);
    socket_table& table = socket_table::of(home);
    if (any_socket* found = table.find_any(self.socket)) {
      self.begins ? found->watch(self.watcher) : found->unwatch(self.watcher.name);
    } else if (const auto elsewhere = table.way_to(self.socket)) {
      self.to = anybody_at(*elsewhere);
      return home.route(taken);
    } else if (self.begins) {
      tell_watcher(home, self.watcher, self.socket, exit_reason::noproc);
    }
    destroy(taken);
  }
  reference socket;
  socket_watcher watcher;
  bool begins;
};
constexpr signal_type watch_request_type{&watch_request::handle, &destroy_signal<watch_request>, sizeof(watch_request),
                                         &type_name<watch_request>};
watch_request::watch_request(reference socket, socket_watcher watcher, bool begins)
    : signal{&watch_request_type, {}, {}}, socket{socket}, watcher{watcher}, begins{begins} {}

void ask_socket(scheduler& home, reference socket, socket_watcher watcher, bool begins) {
  home.signal_to<watch_request>(anybody_at(home.index), socket, watcher, begins);
}

/// To the watcher's scheduler, which knows whether it is still a watcher.
struct watch_end : signal {
  watch_end(reference name, reference socket, exit_reason reason);
  static void handle(scheduler& home, process_block*, signal* taken) {
    auto& self = *static_cast<watch_end*>(taken);
    auto& known = home.parts.get<watches>(home).all;
    if (const auto found = known.find(self.name.value()); found != known.end()) {
      const pid watcher = found->second->watcher;
      known.erase(found);
      home.signal_to<message<net::socket_down>>(watcher, pid{}, self.name, self.socket, std::move(self.reason));
    }
    destroy(taken);
  }
  reference name;
  reference socket;
  exit_reason reason;
};
constexpr signal_type watch_end_type{&watch_end::handle, &destroy_signal<watch_end>, sizeof(watch_end),
                                     &type_name<watch_end>};
watch_end::watch_end(reference name, reference socket, exit_reason reason)
    : signal{&watch_end_type, {}, {}}, name{name}, socket{socket}, reason{std::move(reason)} {}

void forget(scheduler& home, const watch& ended) {
  const socket_watcher watcher{ended.name, ended.watcher};
  const reference socket = ended.socket;
  home.parts.get<watches>(home).all.erase(watcher.name.value());
  ask_socket(home, socket, watcher, false);
}

void watch::watcher_has_died(owned_resource& owned, scheduler& home) { forget(home, static_cast<watch&>(owned)); }

bool is_down_of(const signal& told, reference name) {
  return told.type == &message_type<net::socket_down> &&
         static_cast<const message<net::socket_down>&>(told).value.reference == name;
}

}  // namespace

void tell_watcher(scheduler& home, const socket_watcher& watcher, reference socket, const exit_reason& why) {
  home.signal_to<watch_end>(anybody_at(watcher.who.scheduler()), watcher.name, socket, why);
}

}  // namespace dialtone::detail

namespace dialtone::net {

reference monitor(reference socket) {
  detail::scheduler& here = detail::this_scheduler_of_process();
  const reference name = here.new_monitor_reference();
  here.parts.get<detail::watches>(here).all.emplace(name.value(),
                                                    std::make_unique<detail::watch>(name, socket, *here.current));
  detail::ask_socket(here, socket, {name, self()}, true);
  return name;
}

bool demonitor(reference name, demonitor_mode mode) {
  detail::scheduler& here = detail::this_scheduler_of_process();
  auto& known = here.parts.get<detail::watches>(here).all;
  const auto found = known.find(name.value());
  const bool is_active = found != known.end() && found->second->watcher == self();
  if (is_active) detail::forget(here, *found->second);
  if (is_active || mode == demonitor_mode::keep) return is_active;
  detail::signal** link = &here.current->mailbox_first;
  while (*link != nullptr && !detail::is_down_of(**link, name)) link = &(*link)->next;
  if (*link != nullptr) detail::drop(here, *here.current, detail::take_out(here, *here.current, link));
  return false;
}

}  // namespace dialtone::net

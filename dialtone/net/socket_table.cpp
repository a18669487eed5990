// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/socket_table.hpp>

#include <cerrno>
#include <system_error>

#include <dialtone/net/memory_drivers.hpp>
#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/runtime_state.hpp>

namespace dialtone::detail {

any_socket::any_socket(kind what, socket_table& home, io::driver& driver, io::handle handle)
    : table_{&home}, handle_{handle}, driver_{&driver}, name_{home.add(*this)}, kind_{what} {
  release = &owner_has_died;
}

any_socket::~any_socket() {
  disown();
  if (table_ == nullptr) return;
  table_->remove(*this);
  driver().close(handle_);
}

void any_socket::close(const exit_reason& why) {
  own_by_nobody();
  closed_ = true;
  tell_watchers(why);
  end();
}

void any_socket::watch(socket_watcher watcher) {
  if (watchers_ == nullptr) watchers_ = std::make_unique<std::vector<socket_watcher>>();
  watchers_->push_back(watcher);
}

void any_socket::unwatch(reference name) {
  if (watchers_ == nullptr) return;
  std::erase_if(*watchers_, [&](const socket_watcher& each) { return each.name == name; });
  if (watchers_->empty()) watchers_.reset();
}

void any_socket::tell_watchers(const exit_reason& why) {
  if (watchers_ == nullptr) return;
  for (const auto told = std::move(watchers_); const socket_watcher& each : *told)
    tell_watcher(home(), each, name_, why);
}

bool any_socket::tell(signal* message) {
  socket_table& table = *table_;
  const reference self = name_;
  message->to = owner_;
  table.home.route(message);
  return table.find_any(self) == this;
}

io::released any_socket::leave_for(std::uint32_t scheduler) {
  own_by_nobody();
  let_go();
  io::released kernel = driver().release(std::exchange(handle_, {}));
  take_back(kernel);
  std::exchange(table_, nullptr)->send_off(*this, scheduler);
  has_left();
  return kernel;
}

namespace {

io::driver& driver_for(socket_table& there, const io::released& kernel) {
  const auto network = io::memory_driver::network_of(kernel);
  return network ? there.drivers.get<memory_drivers>(there.home).of(network) : *there.home.driver;
}

}  // namespace

void any_socket::arrive(socket_table& there, io::released&& kernel) {
  table_ = &there;
  driver_ = &driver_for(there, kernel);
  there.add_immigrant(*this);
  if (const auto adopted = adopt(kernel))
    handle_ = *adopted;
  else
    lost(kernel, adopted.error());
}

std::expected<io::handle, int> any_socket::adopt(io::released& kernel) const {
  try {
    return driver().adopt(std::move(kernel));
  } catch (const std::system_error& error) {
    return std::unexpected{error.code().value()};
  }
}

void any_socket::own_by_caller() { own_by(calling_process()); }

void any_socket::own_by(process_block& other) {
  disown();
  own(other.owned);
  owner_ = other.self();
}

void any_socket::own_by_nobody() {
  disown();
  owner_ = {};
}

const any_socket* any_socket::of(const owned_resource& owned) {
  return owned.release == &owner_has_died ? static_cast<const any_socket*>(&owned) : nullptr;
}

std::string socket_table::holdings_of(const process_block& process) const {
  constexpr std::size_t lines_most = 4;
  std::string lines;
  std::size_t count = 0;
  for (const owned_resource* each = process.owned; each != nullptr && count < lines_most; each = each->next_owned) {
    const any_socket* found = any_socket::of(*each);
    if (found == nullptr || found->what() != any_socket::kind::stream) continue;
    const auto peer = found->peer_address();
    if (!peer) continue;  // it has gone
    lines += "\n    with a connection to " + to_string(*peer);
    ++count;
  }
  return lines;
}

void any_socket::owner_has_died(owned_resource& owned, scheduler& home) {
  auto& self = static_cast<any_socket&>(owned);
  const process_block* owner = self.watchers_ == nullptr ? nullptr : home.slots.find(self.owner_);
  self.close(owner != nullptr && owner->has(doomed) ? owner->details->doom : exit_reason::normal);
}

namespace {

using name_or_error = std::expected<socket_address, net_error>;

name_or_error address_of(const std::expected<io::socket_name, int>& name) {
  if (!name) return std::unexpected{error_of(net_operation::getopts, name.error())};
  auto address = from_socket_name(*name);
  if (!address) return std::unexpected{error_of(net_operation::getopts, EAFNOSUPPORT)};
  return *address;
}

}  // namespace

name_or_error any_socket::local_address() const { return address_of(driver().local_name(handle_)); }
name_or_error any_socket::peer_address() const { return address_of(driver().peer_name(handle_)); }

void any_socket::describe(net::socket_info& info) const {
  info.name = name_;
  info.owner = owner_;
  info.scheduler = home().index;
  if (auto local = local_address()) info.local = std::move(*local);
  if (closed_) info.state = net::socket_state::closing;
}

socket_table& socket_table::here() { return of(this_scheduler_of_process()); }

// All owners are dead by now; what is left was lingering. Nobody hears of it any more.
socket_table::~socket_table() {
  ending_ = true;
  std::vector<any_socket*> left;
  each([&](any_socket& each) { left.push_back(&each); });
  for (any_socket* each : left) delete each;
}

// --- where sockets are ---

namespace {

/// To the birth place of a socket.
struct whereabouts : signal {
  whereabouts(reference socket, std::optional<std::uint32_t> scheduler);
  static void handle(scheduler& home, process_block*, signal* taken) {
    const auto& self = *static_cast<whereabouts*>(taken);
    socket_table::of(home).told_of(self.socket, self.at);
    destroy(taken);
  }
  reference socket;
  std::optional<std::uint32_t> at;
};
constexpr signal_type whereabouts_type{&whereabouts::handle, &destroy_signal<whereabouts>, sizeof(whereabouts),
                                       &type_name<whereabouts>};
whereabouts::whereabouts(reference socket, std::optional<std::uint32_t> scheduler)
    : signal{&whereabouts_type, {}, {}}, socket{socket}, at{scheduler} {}

}  // namespace

std::optional<std::uint32_t> socket_table::way_to(reference name) const {
  if (immigrants_.contains(name.value())) return std::nullopt;  // closed, and still sending
  if (const auto known = emigrants_.find(name.value()); known != emigrants_.end()) return known->second;
  const std::uint32_t birth_place = scheduler_of(name);
  const bool exists = name && birth_place != home.index && birth_place < home.state.schedulers.size();
  return exists ? std::optional{birth_place} : std::nullopt;
}

any_socket* socket_table::immigrant(reference name) {
  const auto found = immigrants_.find(name.value());
  return found == immigrants_.end() ? nullptr : found->second;
}

// The slot of one that has moved away is used again, and its name must not be given twice.
reference socket_table::add(any_socket& born) {
  const auto is_taken = [this](reference name) {
    return emigrants_.contains(name.value()) || immigrants_.contains(name.value());
  };
  reference name = sockets_.insert(born);
  std::vector<reference> passed;
  for (; is_taken(name); name = sockets_.insert(born)) passed.push_back(name);
  for (const reference each : passed) sockets_.erase(each);
  return name;
}

void socket_table::add_immigrant(any_socket& arrived) {
  immigrants_.emplace(arrived.name().value(), &arrived);
  emigrants_.erase(arrived.name().value());
}

// Whether it was born here, and has never left.
bool socket_table::take_out(reference name) {
  if (immigrants_.erase(name.value()) != 0) return false;
  sockets_.erase(name);
  return true;
}

void socket_table::remove(const any_socket& gone) {
  const std::uint32_t birth_place = scheduler_of(gone.name());
  if (take_out(gone.name()) || birth_place == home.index || ending_) return;
  home.signal_to<whereabouts>(anybody_at(birth_place), gone.name(), std::nullopt);
}

void socket_table::send_off(const any_socket& leaving, std::uint32_t scheduler) {
  const reference name = leaving.name();
  take_out(name);
  const std::uint32_t birth_place = scheduler_of(name);
  if (birth_place == home.index) return told_of(name, scheduler);
  if (birth_place == scheduler) return;  // sees for itself
  signal* told = make_signal<whereabouts>(name, scheduler);
  told->to = anybody_at(birth_place);
  home.send_ahead(told);
}

void socket_table::told_of(reference name, std::optional<std::uint32_t> scheduler) {
  if (scheduler)
    emigrants_[name.value()] = *scheduler;
  else
    emigrants_.erase(name.value());
}

net_error::code_type why_not_found(reference name) {
  return socket_table::here().way_to(name) ? net_error::elsewhere : net_error::closed;
}

net_error error_of(net_operation operation, int system_code) {
  switch (system_code) {
    case EBADF:
    case EPIPE:
      return {operation, net_error::closed};
    case EALREADY:
      return {operation, net_error::already_reading};
    default:
      return net_error::of_system(operation, system_code);
  }
}

}  // namespace dialtone::detail

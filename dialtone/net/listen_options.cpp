// SPDX-License-Identifier: Apache-2.0
// The options of a listener, which are those of its connections to come.
#include <vector>

#include <dialtone/net/kernel_options.hpp>
#include <dialtone/net/listen_socket.hpp>
#include <dialtone/net/stream_options.hpp>

namespace dialtone::detail {

namespace {

// Not those that the kernel hands on to the connections; asked again, it says what it has made of them.
template <class Visit>
void each_of_ours(Visit visit) {
  visit(&socket_options::packet);
  visit(&socket_options::packet_size);
  visit(&socket_options::line_length);
  visit(&socket_options::line_delimiter);
  visit(&socket_options::exit_on_close);
  visit(&socket_options::show_econnreset);
  visit(&socket_options::high_watermark);
  visit(&socket_options::low_watermark);
  visit(&socket_options::send_timeout);
  visit(&socket_options::send_timeout_close);
  visit(&socket_options::linger);
}

template <class Visit>
void each_of_the_kernel(Visit visit) {
  visit(&socket_options::nodelay);
  visit(&socket_options::cork);
  visit(&socket_options::keepalive);
  visit(&socket_options::keepalive_idle);
  visit(&socket_options::keepalive_interval);
  visit(&socket_options::keepalive_count);
  visit(&socket_options::user_timeout);
  visit(&socket_options::receive_buffer);
  visit(&socket_options::send_buffer);
  visit(&socket_options::priority);
  visit(&socket_options::tos);
  visit(&socket_options::tclass);
  visit(&socket_options::ttl);
  visit(&socket_options::dont_route);
  visit(&socket_options::device);
  visit(&socket_options::congestion_control);
}

auto adder(socket_options& all, const socket_options& given) {
  return [&all, &given](auto member) {
    if (given.*member) all.*member = given.*member;
  };
}

void add(socket_options& all, const socket_options& given) { each_of_ours(adder(all, given)); }

// The last one of a name is the one that is in force.
void add_of_the_kernel(socket_options& all, const socket_options& given) {
  each_of_the_kernel(adder(all, given));
  for (const raw_option& each : given.raw) {
    std::erase_if(all.raw, [&](const raw_option& old) { return old.level == each.level && old.name == each.name; });
    all.raw.push_back(each);
  }
}

}  // namespace

std::expected<void, net_error> listen_socket::set(const socket_options& given) {
  socket_options all = options_;
  add(all, given);
  // A Unix socket inherits nothing from its listener.
  if (const auto at = local_address(); at && at->is_unix()) add_of_the_kernel(all, given);
  all.active = given.active ? given.active : mode_;
  if (auto checked = check_options(all); !checked) return checked;
  if (auto set = set_kernel_options(driver(), handle_, given); !set) return set;
  mode_ = std::exchange(all.active, std::nullopt);
  options_ = std::move(all);
  return {};
}

socket_options listen_socket::options() const {
  socket_options told = default_options();
  add(told, options_);
  told.active = mode_.value_or(active::passive);
  read_kernel_options(driver(), handle_, told);
  return told;
}

}  // namespace dialtone::detail

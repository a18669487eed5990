// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/udp.hpp>

#include <dialtone/io/datagram_option.hpp>
#include <dialtone/io/inherited_socket.hpp>
#include <dialtone/io/socket_option.hpp>
#include <dialtone/net/adopted_descriptor.hpp>
#include <dialtone/net/datagram_kernel_options.hpp>
#include <dialtone/net/kernel_options.hpp>
#include <dialtone/net/network_namespace.hpp>
#include <dialtone/net/remote_request.hpp>
#include <dialtone/net/socket_move.hpp>
#include <dialtone/net/stream_opening.hpp>
#include <dialtone/runtime/send.hpp>

namespace dialtone::udp {

using detail::datagram_socket;
using detail::socket_table;

namespace {

using socket_or_error = std::expected<socket, net_error>;
using done_or_error = std::expected<void, net_error>;
using address_or_error = std::expected<socket_address, net_error>;

template <class Message, class... More>
detail::signal* message_of(reference name, More... more) {
  return detail::make_signal<detail::message<Message>>(pid{}, Message{socket{name}, std::move(more)...});
}

constexpr detail::datagram_messages messages{
    .data =
        [](reference name, datagram got) {
          return message_of<udp::data>(name, std::move(got.source), std::move(got.bytes), got.truncated, got.ancillary);
        },
    .error = [](reference name, const net_error& why) { return message_of<udp::error>(name, why); },
    .passive = [](reference name) { return message_of<udp::passive>(name); },
    .teller = &detail::teller_among<udp::data, udp::error, udp::passive>,
};

template <class Call>
auto with(reference name, net_operation operation, Call call) -> decltype(call(std::declval<datagram_socket&>())) {
  auto* found = socket_table::here().find<datagram_socket>(name);
  if (found == nullptr) return std::unexpected{net_error{operation, detail::why_not_found(name)}};
  return call(*found);
}

}  // namespace

// --- socket ---

done_or_error socket::connect(const socket_address& peer) const {
  return with(name_, net_operation::connect, [&](datagram_socket& it) { return it.connect(peer); });
}

void socket::close() const {
  socket_table& here = socket_table::here();
  if (auto* open = here.find<datagram_socket>(name_))
    open->close();
  else if (const auto elsewhere = here.way_to(name_))
    detail::close_elsewhere(*elsewhere, name_);
}

done_or_error socket::controlling_process(pid owner) const {
  return with(name_, net_operation::controlling_process,
              [&](datagram_socket& given) { return detail::give(given, owner); });
}

done_or_error socket::setopts(const datagram_options& options) const {
  return with(name_, net_operation::setopts, [&](datagram_socket& it) { return it.set(options); });
}

std::expected<datagram_options, net_error> socket::getopts() const {
  return with(name_, net_operation::getopts, [](datagram_socket& it) { return it.options(); });
}

std::expected<open_options, net_error> socket::where() const {
  using result = std::expected<open_options, net_error>;
  return with(name_, net_operation::getopts, [](const datagram_socket& it) -> result {
    const auto local = it.local_address();
    if (!local) return std::unexpected{local.error()};
    const auto is_set = [&](io::socket_option which) {
      return io::get_option(it.driver(), it.handle(), which).value_or(0) != 0;
    };
    return open_options{.address = local->is_ip() ? to_string(local->ip()) : to_string(*local),
                        .port = local->port(),
                        .reuse_address = is_set(io::option::reuse_address),
                        .reuse_port = is_set(io::option::reuse_port),
                        .v6_only = is_set(io::option::v6_only),
                        .device = io::get_text_option(it.driver(), it.handle(), io::option::device).value_or("")};
  });
}

std::expected<bytes, net_error> socket::raw_option(int level, int name, std::size_t size) const {
  return with(name_, net_operation::getopts, [&](datagram_socket& it) { return it.raw_option(level, name, size); });
}

std::expected<detail::datagram_statistics, net_error> socket::getstat() const {
  using result = std::expected<detail::datagram_statistics, net_error>;
  return with(name_, net_operation::getstat, [](datagram_socket& it) -> result { return it.statistics(); });
}

done_or_error socket::add_membership(const ip_address& group, std::uint32_t interface) const {
  return with(name_, net_operation::setopts,
              [&](datagram_socket& it) { return it.set_membership(group, interface, true); });
}

done_or_error socket::drop_membership(const ip_address& group, std::uint32_t interface) const {
  return with(name_, net_operation::setopts,
              [&](datagram_socket& it) { return it.set_membership(group, interface, false); });
}

address_or_error socket::peer_address() const {
  return with(name_, net_operation::getopts, [](datagram_socket& it) { return it.peer_address(); });
}

address_or_error socket::local_address() const {
  return with(name_, net_operation::getopts, [](datagram_socket& it) { return it.local_address(); });
}

// --- open ---

namespace {

address_or_error address_of(const open_options& where) {
  if (where.address.starts_with("unix:"))
    if (auto path = socket_address::parse(where.address)) return std::move(*path);
  if (auto ip = ip_address::parse(where.address)) return socket_address{*ip, where.port};
  return std::unexpected{net_error{net_operation::open, net_error::bad_name}.at(where.address)};
}

// What has to be said before the address is bound.
int prepare(const detail::opened_handle& opened, const socket_address& address, const open_options& where) {
  io::driver& driver = opened.driver();
  const io::handle handle = opened.get();
  int error = 0;
  if (where.reuse_address) error = io::set_option(driver, handle, io::option::reuse_address, 1);
  if (error == 0 && where.reuse_port) error = io::set_option(driver, handle, io::option::reuse_port, 1);
  if (error == 0 && address.is_ip() && address.ip().is_v6())
    error = io::set_option(driver, handle, io::option::v6_only, int{where.v6_only});
  // What others of the machine have joined is not for this socket.
  if (error == 0 && address.is_ip())
    error = io::set_option(driver, handle, io::option::multicast_all, address.ip().is_v6(), 0);
  if (error == 0 && !where.device.empty()) error = io::bind_to_device(driver, handle, where.device);
  return error;
}

done_or_error begin(socket opened, const open_options& where, const datagram_options& options) {
  for (const membership& each : where.memberships)
    if (auto joined = opened.add_membership(each.group, each.interface); !joined) return joined;
  return opened.setopts(options);
}

io::driver& driver_here() { return *detail::this_scheduler_of_process().driver; }

// The caller's.
socket own(io::handle opened) {
  auto* made = new datagram_socket{socket_table::here(), driver_here(), opened, messages};
  made->own_by_caller();
  return socket{made->name()};
}

}  // namespace

task<socket_or_error> open(open_options where, datagram_options options) {
  const auto address = address_of(where);
  if (!address) co_return std::unexpected{address.error()};
  const auto failed = [&](net_operation operation, int error) {
    return std::unexpected{detail::error_of(operation, error).at(*address)};
  };
  const io::socket_kind kind = io::datagram_kind(to_socket_name(*address));
  auto opened = co_await detail::open_socket_in(std::move(where.network_namespace), &driver_here(), kind, *address);
  if (!opened) co_return std::unexpected{opened.error()};
  if (const int error = prepare(*opened, *address, where); error != 0) co_return failed(net_operation::setopts, error);
  if (const int error = co_await detail::bind_patiently(&opened->driver(), opened->get(), *address); error != 0)
    co_return failed(net_operation::bind, error);
  const socket up = own(opened->take());
  if (auto begun = begin(up, where, options); !begun) {
    up.close();
    co_return std::unexpected{std::move(begun).error()};
  }
  co_return up;
}

// The kernel's options come first: after an error the descriptor is the caller's, and not closed with a socket.
socket_or_error adopt(int descriptor, datagram_options options) {
  const auto found = io::inspect_socket(descriptor);
  if (!found) return detail::refused_descriptor(descriptor, found.error());
  if (!found->is_datagram) return detail::refused_descriptor(descriptor, "no socket of UDP or of Unix datagrams");
  if (const auto wrong = detail::wrong_option(options)) return detail::bad_option(*wrong);
  if (options.active && !options.active->following(active::passive)) return detail::bad_option("active");
  io::driver& driver = driver_here();
  const auto handle = detail::take_descriptor(driver, descriptor);
  if (!handle) return std::unexpected{handle.error()};
  if (auto set = detail::set_kernel_options(driver, *handle, io::is_v6(driver, *handle), options); !set) {
    detail::give_back_descriptor(driver, *handle);
    return std::unexpected{std::move(set).error()};
  }
  options.raw.clear();  // once is enough
  const socket up = own(*handle);
  if (auto set = up.setopts(options); !set) return std::unexpected{std::move(set).error()};
  return up;
}

}  // namespace dialtone::udp

// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/adopt.hpp>

#include <dialtone/io/inherited_socket.hpp>
#include <dialtone/net/adopted_descriptor.hpp>
#include <dialtone/net/kernel_options.hpp>
#include <dialtone/net/stream_opening.hpp>
#include <dialtone/net/stream_options.hpp>

namespace dialtone::stream {

namespace {

using handle_or_error = std::expected<io::handle, net_error>;

using detail::refused_descriptor;

handle_or_error adopted(io::driver& driver, int descriptor, const socket_options& options) {
  if (auto checked = detail::check_options(options); !checked) return std::unexpected{checked.error()};
  auto handle = detail::take_descriptor(driver, descriptor);
  if (!handle) return handle;
  if (auto set = detail::set_kernel_options(driver, *handle, options); !set) {
    detail::give_back_descriptor(driver, *handle);
    return std::unexpected{set.error()};
  }
  return handle;
}

// As of a socket that was made here.
socket_options with_defaults(socket_options given) {
  if (!given.nodelay) given.nodelay = true;
  return given;
}

io::driver& driver_here() { return *detail::this_scheduler_of_process().driver; }

}  // namespace

std::expected<listener, net_error> adopt_listener(int descriptor, socket_options connections) {
  connections = with_defaults(std::move(connections));
  const auto found = io::inspect_socket(descriptor);
  if (!found) return refused_descriptor(descriptor, found.error());
  if (!found->is_stream || !found->listens) return refused_descriptor(descriptor, "no stream socket that listens");
  auto handle = adopted(driver_here(), descriptor, connections);
  if (!handle) return std::unexpected{handle.error()};
  auto* made = new detail::listen_socket{detail::socket_table::here(), driver_here(), *handle, std::move(connections)};
  made->own_by_caller();
  return listener{made->name(), made->local_address().value_or(socket_address{})};
}

std::expected<socket, net_error> adopt(int descriptor, socket_options options) {
  options = with_defaults(std::move(options));
  const auto found = io::inspect_socket(descriptor);
  if (!found) return refused_descriptor(descriptor, found.error());
  if (!found->is_stream || !found->is_connected)
    return refused_descriptor(descriptor, "no stream socket that is connected");
  auto handle = adopted(driver_here(), descriptor, options);
  if (!handle) return std::unexpected{handle.error()};
  return detail::own_stream(driver_here(), *handle, options);
}

}  // namespace dialtone::stream

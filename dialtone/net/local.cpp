// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/local.hpp>

#include <cerrno>

#include <dialtone/io/socket_option.hpp>
#include <dialtone/net/stream_opening.hpp>

namespace dialtone::local {

namespace {

io::driver& driver_here() { return *detail::this_scheduler_of_process().driver; }

std::expected<socket_address, net_error> address_of(const std::string& path, net_operation operation) {
  auto address = socket_address::parse("unix:" + path);
  if (!address) return std::unexpected{net_error{operation, net_error::bad_name}.at(path)};
  return *std::move(address);
}

int bind(const detail::opened_handle& opened, const socket_address& address) {
  const io::socket_name name = to_socket_name(address);
  const int error = opened.driver().bind(opened.get(), name);
  if (error != EADDRINUSE || address.path().empty()) return error;
  if (io::remove_stale_socket_file(std::string{address.path()}) != 0) return EADDRINUSE;
  return opened.driver().bind(opened.get(), name);
}

// The handle and its driver outlive the task.
task<int> bind_patiently(const detail::opened_handle* opened, socket_address address) {
  // Each attempt is a connection to whoever listens there, if anybody does.
  constexpr duration between_attempts = std::chrono::milliseconds{100};
  const time_point last = after_delay(now(), detail::bind_patience);
  for (;;) {
    const int error = bind(*opened, address);
    if (error != EADDRINUSE || now() >= last) co_return error;
    co_await sleep_for(between_attempts);
  }
}

}  // namespace

task<std::expected<listener, net_error>> listen(listen_options options) {
  auto address = address_of(options.path, net_operation::listen);
  if (!address) co_return std::unexpected{address.error()};
  const auto failed = [&](net_operation operation, int error) {
    return std::unexpected{detail::error_of(operation, error).at(*address)};
  };
  auto opened = detail::open_stream(driver_here(), *address);
  if (!opened) co_return std::unexpected{opened.error()};
  if (int error = co_await bind_patiently(&*opened, *address); error != 0) co_return failed(net_operation::bind, error);
  io::socket_file file;
  if (!address->path().empty()) {
    auto found = io::socket_file::at(std::string{address->path()});
    if (!found) co_return failed(net_operation::bind, found.error());
    file = *std::move(found);
    // Before it listens, so that nobody gets in who may not.
    if (int error = options.mode ? file.set_mode(*options.mode) : 0; error != 0)
      co_return failed(net_operation::setopts, error);
  }
  co_return detail::listen_at(*std::move(opened), *address,
                              {options.backlog, std::move(options.connections), std::move(file)});
}

task<std::expected<socket, net_error>> connect(std::string path, socket_options options, duration limit) {
  auto address = address_of(path, net_operation::connect);
  if (!address) co_return std::unexpected{address.error()};
  co_return co_await detail::connect_stream(&driver_here(), *std::move(address), std::move(options), limit);
}

std::expected<credentials, net_error> peer_credentials(socket of) {
  const auto* known = detail::socket_table::here().find<detail::stream_socket>(of.name());
  if (known == nullptr) return std::unexpected{net_error{net_operation::getopts, detail::why_not_found(of.name())}};
  const auto found = io::peer_credentials(known->driver(), known->handle());
  if (!found) return std::unexpected{detail::error_of(net_operation::getopts, found.error())};
  return credentials{found->process, found->user, found->group};
}

}  // namespace dialtone::local

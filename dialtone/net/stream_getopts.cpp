// SPDX-License-Identifier: Apache-2.0
// What stream::socket and stream::listener tell of their options, and how a listener's are set.
#include <dialtone/net/kernel_options.hpp>
#include <dialtone/net/stream.hpp>

namespace dialtone::stream {

using detail::listen_socket;
using detail::socket_table;
using detail::stream_socket;

namespace {

template <class Result, class Socket, class Call>
std::expected<Result, net_error> ask(reference name, net_operation operation, Call call) {
  Socket* known = socket_table::here().find<Socket>(name);
  if (known == nullptr) return std::unexpected{net_error{operation, detail::why_not_found(name)}};
  return call(*known);
}

}  // namespace

std::expected<bytes, net_error> socket::raw_option(int level, int name, std::size_t size) const {
  return ask<bytes, stream_socket>(name_, net_operation::getopts,
                                   [&](const stream_socket& known) { return known.raw_option(level, name, size); });
}

std::expected<void, net_error> listener::setopts(const socket_options& options) const {
  return ask<void, listen_socket>(name_, net_operation::setopts,
                                  [&](listen_socket& known) { return known.set(options); });
}

std::expected<socket_options, net_error> listener::getopts() const {
  return ask<socket_options, listen_socket>(name_, net_operation::getopts,
                                            [](const listen_socket& known) { return known.options(); });
}

}  // namespace dialtone::stream

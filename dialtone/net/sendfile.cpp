// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>

#include <dialtone/io/readable_file.hpp>
#include <dialtone/net/packet_frame.hpp>
#include <dialtone/net/stream.hpp>
#include <dialtone/runtime/blocking.hpp>

namespace dialtone::stream {

namespace {

using sent_or_error = std::expected<std::uint64_t, sendfile_error>;
using side = sendfile_error::side;
using shared_file = std::shared_ptr<const io::readable_file>;  // a read that nobody waits for any more goes on

net_error of_file(const std::string& path, int error) {
  return net_error::of_system(net_operation::send_file, error).at(path);
}

/// What the pool says when it has no thread.
template <class Result, class Function>
task<std::expected<Result, net_error>> in_pool(std::string path, Function read) {
  try {
    auto done = co_await blocking(std::move(read));
    if (!done) co_return std::unexpected{of_file(path, done.error())};
    co_return std::move(*done);
  } catch (const blocking_overloaded&) {
    co_return std::unexpected{net_error{net_operation::send_file, net_error::system_limit}.at(path)};
  }
}

task<std::expected<shared_file, net_error>> opened(const std::string& path) {
  return in_pool<shared_file>(path, [path]() -> std::expected<shared_file, int> {
    auto file = io::readable_file::open(path);
    if (!file) return std::unexpected{file.error()};
    return std::make_shared<const io::readable_file>(*std::move(file));
  });
}

std::optional<net_error> why_not(reference name, const file_part& part) {
  auto* known = detail::socket_table::here().find<detail::stream_socket>(name);
  if (known == nullptr) return net_error{net_operation::send_file, detail::why_not_found(name)};
  if (part.chunk == 0) return net_error{net_operation::send_file, net_error::bad_option}.at("chunk");
  if (known->frames_packets()) return net_error::of_system(net_operation::send_file, EINVAL);
  return {};
}

task<sent_or_error> send_part(socket to, file_part part) {
  if (auto refused = co_await detail::socket_arrival{to.name()})
    co_return std::unexpected{sendfile_error{side::socket, {net_operation::send_file, *refused}, 0}};
  if (auto why = why_not(to.name(), part)) co_return std::unexpected{sendfile_error{side::socket, *why, 0}};
  const auto file = co_await opened(part.path);
  if (!file) co_return std::unexpected{sendfile_error{side::file, file.error(), 0}};
  const std::uint64_t length = part.length.value_or(std::numeric_limits<std::uint64_t>::max());
  std::uint64_t sent = 0;
  while (sent < length) {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(part.chunk, length - sent));
    auto data = co_await in_pool<bytes>(
        part.path, [from = *file, at = part.offset + sent, wanted] { return from->read(at, wanted); });
    if (!data) co_return std::unexpected{sendfile_error{side::file, data.error(), sent}};
    const std::size_t size = data->size();
    if (size == 0) break;
    if (auto taken = co_await to.send(*std::move(data)); !taken)
      co_return std::unexpected{sendfile_error{side::socket, taken.error(), sent}};
    sent += size;
    if (size < wanted) break;
  }
  co_return sent;
}

}  // namespace

task<sent_or_error> socket::sendfile(file_part part) const { return send_part(*this, std::move(part)); }

}  // namespace dialtone::stream

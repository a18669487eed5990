// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/endpoint.hpp>

#include <dialtone/io/activation.hpp>
#include <dialtone/io/inherited_socket.hpp>

namespace dialtone {

namespace detail {

struct endpoint_data {
  endpoint_data(transport by, transport_listen_options given, std::optional<int> descriptor)
      : by{std::move(by)},
        mode{std::exchange(given.connections.active, std::nullopt)},
        options{std::move(given)},
        is_adopted{descriptor.has_value()},
        open{descriptor.value_or(-1)} {}
  transport by;
  std::optional<dialtone::active> mode;  // of a connection that is ready
  transport_listen_options options;
  bool is_adopted;
  io::owned_descriptor open;  // of one that is adopted
};

}  // namespace detail

namespace {

using listening = task<std::expected<stream::listener, net_error>>;
using connecting = task<std::expected<stream::socket, net_error>>;
using data = std::shared_ptr<const detail::endpoint_data>;

// A frame of its own, which keeps the data: whoever has made it may be gone.
connecting ready(data of, stream::socket accepted, duration limit) {
  auto made = co_await of->by.handshake(accepted, limit);
  if (made && of->mode)
    if (auto set = made->setopts({.active = of->mode}); !set) co_return std::unexpected{std::move(set).error()};
  co_return made;
}

// A descriptor of its own for each listener that is made of it, one after the other.
std::expected<stream::listener, net_error> adopt(const detail::endpoint_data& of) {
  const auto duplicate = io::duplicate_descriptor(of.open.get());
  if (!duplicate) return std::unexpected{net_error::of_system(net_operation::adopt, duplicate.error())};
  io::owned_descriptor unless_adopted{*duplicate};
  auto made = stream::adopt_listener(*duplicate, of.options.connections);
  if (made) unless_adopted.release();
  return made;
}

listening adopt_later(data of) { co_return adopt(*of); }

}  // namespace

endpoint::endpoint(transport by, transport_listen_options options, std::optional<int> descriptor)
    : data_{std::make_shared<const detail::endpoint_data>(std::move(by), std::move(options), descriptor)} {}

endpoint endpoint::tcp(tcp::listen_options options) {
  transport_listen_options given{.backlog = options.backlog, .connections = options.connections};
  return endpoint{transport::tcp(std::move(options)), std::move(given)};
}
endpoint endpoint::local(local::listen_options options) {
  transport_listen_options given{.backlog = options.backlog, .connections = options.connections};
  return endpoint{transport::local(std::move(options)), std::move(given)};
}
endpoint endpoint::memory(memory::network within, memory::listen_options options) {
  return endpoint{transport::memory(std::move(within)),
                  {std::move(options.address), options.backlog, std::move(options.connections)}};
}
endpoint endpoint::over(transport by, transport_listen_options options) {
  return endpoint{std::move(by), std::move(options)};
}

endpoint endpoint::adopted(int descriptor, socket_options connections) {
  return endpoint{transport::tcp(), {.connections = std::move(connections)}, descriptor};
}
std::vector<endpoint> endpoint::activated(std::string_view name, const socket_options& connections) {
  std::vector<endpoint> all;
  for (const io::activated_descriptor& each : io::activated_descriptors()) {
    if (!name.empty() && each.name != name) continue;
    all.push_back(adopted(io::duplicate_descriptor(each.descriptor).value_or(-1), connections));
  }
  return all;
}

listening endpoint::listen(std::optional<socket_address> again) const {
  if (data_->is_adopted) return adopt_later(data_);
  transport_listen_options options = data_->options;
  if (again) options.address = std::move(again);
  return data_->by.listen(std::move(options));
}
connecting endpoint::handshake(stream::socket accepted, duration limit) const { return ready(data_, accepted, limit); }

}  // namespace dialtone

// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/endpoint.hpp>

namespace dialtone {

namespace detail {

struct endpoint_data {
  transport by;
  transport_listen_options options;
  std::optional<dialtone::active> mode;  // of a connection that is ready
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

}  // namespace

endpoint::endpoint(transport by, transport_listen_options options) {
  const auto mode = std::exchange(options.connections.active, std::nullopt);
  data_ = std::make_shared<const detail::endpoint_data>(std::move(by), std::move(options), mode);
}

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

listening endpoint::listen(std::optional<socket_address> again) const {
  transport_listen_options options = data_->options;
  if (again) options.address = std::move(again);
  return data_->by.listen(std::move(options));
}
connecting endpoint::handshake(stream::socket accepted, duration limit) const { return ready(data_, accepted, limit); }

}  // namespace dialtone

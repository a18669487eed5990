// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/transport.hpp>

#include <cerrno>

namespace dialtone {

namespace {

using listening = task<std::expected<stream::listener, net_error>>;
using connecting = task<std::expected<stream::socket, net_error>>;

std::unexpected<net_error> wrong_family(net_operation operation, const socket_address& address) {
  return std::unexpected{net_error::of_system(operation, EAFNOSUPPORT).at(address)};
}

// Where to listen, in the options of either kind. False: it cannot have such an address.
bool put(tcp::listen_options& given, const socket_address& address) {
  if (!address.is_ip()) return false;
  given.address = to_string(address.ip());
  given.port = address.port();
  return true;
}

// As local:: takes it: there a path that begins with '@' would be an abstract name.
std::string path_of(const socket_address& address) {
  if (address.is_abstract()) return std::string{"@"}.append(address.abstract_name());
  return std::string{address.path().starts_with('@') ? "./" : ""}.append(address.path());
}

bool put(local::listen_options& given, const socket_address& address) {
  if (!address.is_unix()) return false;
  given.path = path_of(address);
  return true;
}

template <class Options>
listening listen_with(Options given, task<std::expected<stream::listener, net_error>> (*listen)(Options),
                      transport_listen_options options) {
  if (options.address && !put(given, *options.address)) co_return wrong_family(net_operation::listen, *options.address);
  given.backlog = options.backlog;
  given.connections = std::move(options.connections);
  co_return co_await listen(std::move(given));
}

class tcp_transport final : public transport_kind {
 public:
  explicit tcp_transport(tcp::listen_options basis) : basis_{std::move(basis)} {}

  std::string_view name() const override { return "tcp"; }
  listening listen(transport_listen_options options) const override {
    return listen_with(basis_, tcp::listen, std::move(options));
  }
  connecting connect(socket_address to, socket_options options, duration limit) const override {
    return tcp::connect(std::move(to), std::move(options), limit);
  }

 private:
  const tcp::listen_options basis_;
};

class local_transport final : public transport_kind {
 public:
  explicit local_transport(local::listen_options basis) : basis_{std::move(basis)} {}

  std::string_view name() const override { return "local"; }
  listening listen(transport_listen_options options) const override {
    return listen_with(basis_, local::listen, std::move(options));
  }
  connecting connect(socket_address to, socket_options options, duration limit) const override {
    if (!to.is_unix()) co_return wrong_family(net_operation::connect, to);
    co_return co_await local::connect(path_of(to), std::move(options), limit);
  }

 private:
  const local::listen_options basis_;
};

class memory_transport final : public transport_kind {
 public:
  explicit memory_transport(memory::network within) : within_{std::move(within)} {}

  std::string_view name() const override { return "memory"; }
  listening listen(transport_listen_options options) const override {
    return memory::listen(within_, {options.address.value_or(socket_address{ip_address::v4(127, 0, 0, 1), 0}),
                                    options.backlog, std::move(options.connections)});
  }
  connecting connect(socket_address to, socket_options options, duration limit) const override {
    return memory::connect(within_, std::move(to), std::move(options), limit);
  }

 private:
  const memory::network within_;
};

using kind = std::shared_ptr<const transport_kind>;

// Frames of their own, which keep the kind: whoever has made them may be gone.
listening listen_by(kind by, transport_listen_options options) { co_return co_await by->listen(std::move(options)); }
connecting connect_by(kind by, socket_address to, socket_options options, duration limit) {
  co_return co_await by->connect(std::move(to), std::move(options), limit);
}
connecting handshake_by(kind by, stream::socket accepted, duration limit) {
  co_return co_await by->handshake(accepted, limit);
}

}  // namespace

connecting transport_kind::handshake(stream::socket accepted, duration) const { co_return accepted; }

transport transport::tcp(tcp::listen_options basis) {
  return transport{std::make_shared<const tcp_transport>(std::move(basis))};
}
transport transport::local(local::listen_options basis) {
  return transport{std::make_shared<const local_transport>(std::move(basis))};
}
transport transport::memory(memory::network within) {
  return transport{std::make_shared<const memory_transport>(std::move(within))};
}

listening transport::listen(transport_listen_options options) const { return listen_by(kind_, std::move(options)); }
connecting transport::connect(socket_address to, socket_options options, duration limit) const {
  return connect_by(kind_, std::move(to), std::move(options), limit);
}
connecting transport::handshake(stream::socket accepted, duration limit) const {
  return handshake_by(kind_, accepted, limit);
}

}  // namespace dialtone

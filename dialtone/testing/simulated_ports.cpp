// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/simulated_ports.hpp>

#include <algorithm>
#include <cerrno>

#include <dialtone/io/socket_option.hpp>

namespace dialtone::testing::simulated {

namespace {

bool is_set(const simulated_socket& socket, io::socket_option which) {
  return socket.options.number(which).value_or(0) != 0;
}

bool conflict(const simulated_socket& there, const simulated_socket& socket, const ip_address& ip) {
  if (is_set(there, io::option::reuse_port) && is_set(socket, io::option::reuse_port)) return false;
  return takes(there, ip) || (ip.is_unspecified() && (ip.is_v6() || there.local.ip.is_v4()));
}

}  // namespace

bool takes(const simulated_socket& socket, const ip_address& ip) {
  const ip_address& own = socket.local.ip;
  if (own == ip) return true;
  if (!own.is_unspecified() || (own.is_v4() && ip.is_v6())) return false;
  return own.is_v6() == ip.is_v6() || !is_set(socket, io::option::v6_only);
}

int simulated_ports::bind(simulated_socket& socket, endpoint local, std::uint16_t first, std::uint16_t last) {
  if (local.port == 0) {
    const std::uint32_t count = last - first + 1U;
    std::uint32_t attempt = 0;
    do {
      if (attempt++ == count) return EADDRNOTAVAIL;
      local.port = static_cast<std::uint16_t>(first + last_chosen_++ % count);
    } while (is_taken(local.port));
  }
  for (std::size_t i = first_of(local.port); i < bound_.size() && bound_[i].port == local.port; ++i)
    if (conflict(*bound_[i].socket, socket, local.ip)) return EADDRINUSE;
  const auto behind = std::ranges::upper_bound(bound_, local.port, {}, [](const binding& each) { return each.port; });
  bound_.insert(behind, {local.port, &socket});
  socket.local = local;
  socket.bound = true;
  return 0;
}

void simulated_ports::unbind(simulated_socket& socket) {
  if (!std::exchange(socket.bound, false)) return;
  for (std::size_t i = first_of(socket.local.port); i < bound_.size(); ++i) {
    if (bound_[i].socket != &socket) continue;
    bound_.erase(bound_.begin() + static_cast<std::ptrdiff_t>(i));
    return;
  }
}

simulated_socket* simulated_ports::listener(const endpoint& to, const endpoint& from) const {
  std::vector<simulated_socket*> exact;
  std::vector<simulated_socket*> any;
  each(to.port, [&](simulated_socket& socket) {
    if (socket.listener == nullptr || !takes(socket, to.ip)) return;
    (socket.local.ip == to.ip ? exact : any).push_back(&socket);
  });
  const std::vector<simulated_socket*>& found = exact.empty() ? any : exact;
  if (found.empty()) return nullptr;
  return found[(from.ip.low_bits() * 31 + from.port) % found.size()];
}

std::size_t simulated_ports::first_of(std::uint16_t port) const {
  const auto found = std::ranges::lower_bound(bound_, port, {}, [](const binding& each) { return each.port; });
  return static_cast<std::size_t>(found - bound_.begin());
}

bool simulated_ports::is_taken(std::uint16_t port) const {
  const std::size_t place = first_of(port);
  return place < bound_.size() && bound_[place].port == port;
}

}  // namespace dialtone::testing::simulated

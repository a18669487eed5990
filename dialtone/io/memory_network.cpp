// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/memory_network.hpp>

#include <fmt/format.h>
#include <algorithm>
#include <cerrno>

namespace dialtone::io {

namespace {

// RFC 6335, section 6: the ports that nobody is given for keeps.
constexpr std::uint32_t first_dynamic_port = 49152;
constexpr std::uint32_t dynamic_ports = 65536 - first_dynamic_port;

bool is_chosen_by_us(const socket_name& name) {
  if (const auto internet = name.internet()) return internet->port == 0;
  const auto path = name.unix_path();
  return path && path->empty();
}

}  // namespace

std::string memory_network::key_of(const socket_name& name) {
  return {static_cast<const char*>(name.data()), name.size};
}

int memory_network::bind(socket_name& name, memory_place socket) {
  if (is_chosen_by_us(name))
    if (const int error = choose(name); error != 0) return error;
  return bound_.try_emplace(key_of(name), socket).second ? 0 : EADDRINUSE;
}

int memory_network::choose(socket_name& name) {
  auto internet = name.internet();
  for (std::uint32_t attempt = 0; attempt < dynamic_ports; ++attempt) {
    const std::uint32_t number = last_chosen_++ % dynamic_ports;
    if (internet) {
      internet->port = static_cast<std::uint16_t>(first_dynamic_port + number);
      name = socket_name::of_internet(*internet);
    } else {
      name = socket_name::of_unix(std::string(1, '\0') + fmt::format("{:05x}", number));
    }
    if (!bound_.contains(key_of(name))) return 0;
  }
  return EADDRNOTAVAIL;
}

memory_place memory_network::find(const socket_name& name) const {
  const auto exact = bound_.find(key_of(name));
  if (exact != bound_.end()) return exact->second;
  auto internet = name.internet();
  if (!internet) return {};
  // As a socket of the kernel that is bound to :: takes connections of both versions.
  for (const bool is_v6 : {internet->is_v6, true}) {
    const auto any =
        bound_.find(key_of(socket_name::of_internet({.is_v6 = is_v6, .address = {}, .port = internet->port})));
    if (any != bound_.end()) return any->second;
  }
  return {};
}

}  // namespace dialtone::io

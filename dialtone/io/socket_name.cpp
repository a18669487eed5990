// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/socket_name.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <algorithm>
#include <cstring>

#include <dialtone/base/assert.hpp>

namespace dialtone::io {

static_assert(sizeof(sockaddr_storage) == socket_name::capacity);

namespace {

constexpr std::size_t unix_name_begins = offsetof(sockaddr_un, sun_path);

template <class Address>
void fill(socket_name& name, const Address& address) {
  std::memcpy(name.data(), &address, sizeof address);
  name.size = sizeof address;
}

// The kernel may say more than it could write.
template <class Address>
std::optional<Address> copy_of(const socket_name& name, sa_family_t family) {
  Address address{};
  if (name.size < sizeof address) return {};
  std::memcpy(&address, name.data(), sizeof address);
  sa_family_t found = 0;
  std::memcpy(&found, name.data(), sizeof found);
  return found == family ? std::optional{address} : std::nullopt;
}

}  // namespace

socket_name socket_name::of_internet(const internet_name& name) {
  socket_name result;
  if (name.is_v6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(name.port);
    address.sin6_scope_id = name.scope;
    std::memcpy(&address.sin6_addr, name.address.data(), 16);
    fill(result, address);
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(name.port);
    std::memcpy(&address.sin_addr, name.address.data(), 4);
    fill(result, address);
  }
  return result;
}

socket_name socket_name::of_unix(std::string_view name) {
  sockaddr_un address{};
  DIALTONE_ASSERT(name.size() <= sizeof address.sun_path, "the name of a Unix socket has at most 108 bytes");
  address.sun_family = AF_UNIX;
  std::ranges::copy(name, address.sun_path);
  socket_name result;
  fill(result, address);
  // A path ends with a zero if there is place; an abstract name is as long as the size says.
  const bool is_path = !name.empty() && name.front() != '\0' && name.size() < sizeof address.sun_path;
  result.size = static_cast<std::uint32_t>(unix_name_begins + name.size() + (is_path ? 1 : 0));
  return result;
}

std::optional<internet_name> socket_name::internet() const {
  internet_name name;
  if (const auto v4 = copy_of<sockaddr_in>(*this, AF_INET)) {
    std::memcpy(name.address.data(), &v4->sin_addr, 4);
    name.port = ntohs(v4->sin_port);
    return name;
  }
  const auto v6 = copy_of<sockaddr_in6>(*this, AF_INET6);
  if (!v6) return {};
  name.is_v6 = true;
  std::memcpy(name.address.data(), &v6->sin6_addr, 16);
  name.scope = v6->sin6_scope_id;
  name.port = ntohs(v6->sin6_port);
  return name;
}

std::optional<std::string_view> socket_name::unix_path() const {
  sa_family_t family = 0;
  if (size < sizeof family) return {};
  std::memcpy(&family, storage_.data(), sizeof family);
  if (family != AF_UNIX) return {};
  const std::size_t end = std::min<std::size_t>(size, sizeof(sockaddr_un));
  const std::string_view name{reinterpret_cast<const char*>(storage_.data()) + unix_name_begins,
                              end > unix_name_begins ? end - unix_name_begins : 0};
  return name.starts_with('\0') ? name : name.substr(0, name.find('\0'));
}

}  // namespace dialtone::io

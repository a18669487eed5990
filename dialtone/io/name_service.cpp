// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/name_service.hpp>

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace dialtone::io {

namespace {

int family_number(name_family family) {
  if (family == name_family::any) return AF_UNSPEC;
  return family == name_family::v4 ? AF_INET : AF_INET6;
}

lookup_error error_of(int code, int system_code) {
  switch (code) {
    case EAI_AGAIN:
      return {lookup_failure::try_again};
    case EAI_FAIL:
      return {lookup_failure::no_recovery};
    case EAI_MEMORY:
      return {lookup_failure::system, ENOMEM};
    case EAI_SYSTEM:
      return {lookup_failure::system, system_code != 0 ? system_code : EIO};
    default:
      return {lookup_failure::not_found};
  }
}

// For getservby*_r; entries are lines of a small file.
constexpr std::size_t service_buffer_size = 4096;

std::expected<servent*, lookup_error> found_service(int code, servent* found) {
  if (code != 0) return std::unexpected{lookup_error{lookup_failure::system, code}};
  if (found == nullptr) return std::unexpected{lookup_error{}};
  return found;
}

}  // namespace

std::expected<std::vector<socket_name>, lookup_error> addresses_of_host(const std::string& host, name_family family) {
  addrinfo hints{};
  hints.ai_family = family_number(family);
  hints.ai_socktype = SOCK_STREAM;  // or each address would come once for each type of socket
  addrinfo* first = nullptr;
  errno = 0;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &first);
  if (code != 0) return std::unexpected{error_of(code, errno)};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{first, &::freeaddrinfo};
  std::vector<socket_name> names;
  for (const addrinfo* found = first; found != nullptr; found = found->ai_next) {
    if (found->ai_addrlen > socket_name::capacity) continue;
    socket_name& name = names.emplace_back();
    std::memcpy(name.data(), found->ai_addr, found->ai_addrlen);
    name.size = found->ai_addrlen;
  }
  return names;
}

std::expected<std::string, lookup_error> host_of_address(const socket_name& address) {
  std::array<char, NI_MAXHOST> host{};
  errno = 0;
  const int code = ::getnameinfo(static_cast<const sockaddr*>(address.data()), address.size, host.data(), host.size(),
                                 nullptr, 0, NI_NAMEREQD);
  if (code != 0) return std::unexpected{error_of(code, errno)};
  return std::string{host.data()};
}

std::expected<std::uint16_t, lookup_error> port_of_service(const std::string& service, const std::string& protocol) {
  std::array<char, service_buffer_size> buffer{};
  servent entry{};
  servent* found = nullptr;
  const int code = ::getservbyname_r(service.c_str(), protocol.c_str(), &entry, buffer.data(), buffer.size(), &found);
  const auto known = found_service(code, found);
  if (!known) return std::unexpected{known.error()};
  return ntohs(static_cast<std::uint16_t>((*known)->s_port));
}

std::expected<std::string, lookup_error> service_of_port(std::uint16_t port, const std::string& protocol) {
  std::array<char, service_buffer_size> buffer{};
  servent entry{};
  servent* found = nullptr;
  const int code = ::getservbyport_r(htons(port), protocol.c_str(), &entry, buffer.data(), buffer.size(), &found);
  const auto known = found_service(code, found);
  if (!known) return std::unexpected{known.error()};
  return std::string{(*known)->s_name};
}

file_stamp stamp_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return {};
  return {found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_size, found.st_ino};
}

std::string read_file(const std::string& path, std::size_t limit) {
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return {};
  std::string text(limit, '\0');
  text.resize(std::fread(text.data(), 1, limit, file));
  std::fclose(file);
  return text;
}

}  // namespace dialtone::io

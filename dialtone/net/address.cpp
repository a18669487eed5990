// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/address.hpp>

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include <dialtone/base/assert.hpp>
#include <dialtone/net/address_reader.hpp>

namespace dialtone {

namespace {

using parsed = std::expected<socket_address, address_error>;

constexpr std::string_view unix_scheme = "unix:";

// Moves the place of a fault behind what came before the text in which it was found.
parsed moved(parsed result, std::size_t before) {
  if (!result) result.error().position += static_cast<std::uint32_t>(before);
  return result;
}

parsed parse_unix(std::string_view name) {
  if (name.empty()) return socket_address::unix_unnamed();
  if (name.starts_with('@')) return moved(socket_address::unix_abstract(name.substr(1)), 1);
  return socket_address::unix_path(name);
}

// The text up to the port, and the port.
parsed parse_internet(std::string_view text, std::string_view ip, std::size_t ip_begins, std::size_t colon) {
  detail::address_reader reader{text};
  if (colon >= text.size() || text[colon] != ':') {
    reader.take(text.substr(0, colon));
    return reader.fail(colon >= text.size() ? address_fault::port_expected : address_fault::unexpected);
  }
  auto address = ip_address::parse(ip);
  if (!address) return moved(std::unexpected{address.error()}, ip_begins);
  reader.take(text.substr(0, colon + 1));
  if (reader.at_end()) return reader.fail(address_fault::port_expected);
  auto port = reader.decimal(65'535);
  if (!port) return std::unexpected{port.error()};
  if (!reader.at_end()) return reader.fail(address_fault::unexpected);
  return socket_address{*address, static_cast<std::uint16_t>(*port)};
}

void append_printable(std::string& text, std::string_view name) {
  for (const char c : name) {
    if (c >= ' ' && c <= '~')
      text += c;
    else
      fmt::format_to(std::back_inserter(text), "\\x{:02x}", static_cast<unsigned char>(c));
  }
}

}  // namespace

parsed socket_address::unix_path(std::string_view path) {
  if (path.empty()) return std::unexpected{address_error{address_fault::empty, 0}};
  if (path.size() > path_limit) return std::unexpected{address_error{address_fault::too_long, path_limit}};
  if (const std::size_t zero = path.find('\0'); zero != std::string_view::npos)
    return std::unexpected{address_error{address_fault::zero_byte, static_cast<std::uint32_t>(zero)}};
  return socket_address{bytes{path}};
}

parsed socket_address::unix_abstract(std::string_view name) {
  if (name.size() > path_limit) return std::unexpected{address_error{address_fault::too_long, path_limit}};
  return socket_address{bytes{std::string(1, '\0').append(name)}};
}

socket_address socket_address::unix_unnamed() { return socket_address{bytes{}}; }

parsed socket_address::parse(std::string_view text) {
  if (text.empty()) return std::unexpected{address_error{address_fault::empty, 0}};
  if (text.starts_with(unix_scheme)) return moved(parse_unix(text.substr(unix_scheme.size())), unix_scheme.size());
  if (text.starts_with('[')) {
    const std::size_t end = std::min(text.find(']'), text.size());
    const std::string_view inside = text.substr(1, end - 1);
    if (inside.find(':') == std::string_view::npos) return std::unexpected{address_error{address_fault::unexpected, 0}};
    return parse_internet(text, inside, 1, end + 1);
  }
  const std::size_t colon = std::min(text.find(':'), text.size());
  if (text.find(':', colon + 1) < text.size())
    return std::unexpected{address_error{address_fault::brackets_missing, 0}};
  return parse_internet(text, text.substr(0, colon), 0, colon);
}

const ip_address& socket_address::ip() const {
  DIALTONE_ASSERT(is_ip(), "a Unix address has no IP address");
  return std::get_if<internet>(&where_)->ip;
}

std::uint16_t socket_address::port() const { return is_ip() ? std::get_if<internet>(&where_)->port : 0; }

socket_address socket_address::with_port(std::uint16_t port) const {
  return is_ip() ? socket_address{ip(), port} : *this;
}

std::string_view socket_address::unix_name() const {
  const bytes* name = std::get_if<bytes>(&where_);
  return name == nullptr ? std::string_view{} : name->view();
}

std::string_view socket_address::path() const { return is_abstract() ? std::string_view{} : unix_name(); }
bool socket_address::is_abstract() const { return unix_name().starts_with('\0'); }
std::string_view socket_address::abstract_name() const {
  return is_abstract() ? unix_name().substr(1) : std::string_view{};
}
bool socket_address::is_unnamed() const { return is_unix() && unix_name().empty(); }

std::string to_string(const socket_address& address) {
  if (address.is_ip()) {
    return address.ip().is_v4() ? fmt::format("{}:{}", address.ip(), address.port())
                                : fmt::format("[{}]:{}", address.ip(), address.port());
  }
  std::string text{unix_scheme};
  if (address.is_abstract()) text += '@';
  append_printable(text, address.is_abstract() ? address.abstract_name() : address.path());
  return text;
}

io::socket_name to_socket_name(const socket_address& address) {
  if (address.is_unix()) {
    if (address.is_abstract()) return io::socket_name::of_unix(std::string(1, '\0').append(address.abstract_name()));
    return io::socket_name::of_unix(address.path());
  }
  const ip_address& ip = address.ip();
  io::internet_name name{.is_v6 = ip.is_v6(), .scope = ip.scope(), .port = address.port()};
  std::ranges::copy(ip.bytes(), name.address.begin());
  return io::socket_name::of_internet(name);
}

std::optional<socket_address> from_socket_name(const io::socket_name& name) {
  if (auto internet = name.internet()) {
    const auto& raw = internet->address;
    const ip_address ip =
        internet->is_v6 ? ip_address::v6(raw, internet->scope) : ip_address::v4(raw[0], raw[1], raw[2], raw[3]);
    return socket_address{ip, internet->port};
  }
  const auto unix_name = name.unix_path();
  if (!unix_name) return {};
  if (unix_name->empty()) return socket_address::unix_unnamed();
  auto address = unix_name->front() == '\0' ? socket_address::unix_abstract(unix_name->substr(1))
                                            : socket_address::unix_path(*unix_name);
  // The kernel lets a path fill all 108 bytes; one that nobody could write down is not known.
  return address ? std::optional{*std::move(address)} : std::nullopt;
}

}  // namespace dialtone

std::size_t std::hash<dialtone::socket_address>::operator()(const dialtone::socket_address& address) const noexcept {
  if (address.is_ip()) return std::hash<dialtone::ip_address>{}(address.ip()) * 31 + address.port();
  const std::string_view name = address.is_abstract() ? address.abstract_name() : address.path();
  return std::hash<std::string_view>{}(name) + (address.is_abstract() ? 1 : 0);
}

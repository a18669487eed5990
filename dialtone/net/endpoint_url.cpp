// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/endpoint_url.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <dialtone/base/assert.hpp>
#include <dialtone/net/host_name.hpp>

namespace dialtone {

namespace {

constexpr std::string_view slashes = "//";
constexpr std::uint32_t most_port = 65'535;

std::unexpected<endpoint_url_error> fault_at(endpoint_url_fault fault, std::size_t position) {
  return std::unexpected{endpoint_url_error{fault, static_cast<std::uint32_t>(position)}};
}

std::optional<endpoint_scheme> scheme_named(std::string_view name) {
  for (const auto scheme : {endpoint_scheme::tcp, endpoint_scheme::udp, endpoint_scheme::local})
    if (to_string(scheme) == name) return scheme;
  return std::nullopt;
}

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::expected<socket_address, endpoint_url_error> parse_path(std::string_view path, std::size_t begins) {
  if (path.empty() || path == "@") return fault_at(endpoint_url_fault::path_missing, begins + path.size());
  const bool is_abstract = path.starts_with('@');
  const auto address = is_abstract ? socket_address::unix_abstract(path.substr(1)) : socket_address::unix_path(path);
  if (address) return *address;
  const bool too_long = address.error().fault == address_fault::too_long;
  return fault_at(too_long ? endpoint_url_fault::path_too_long : endpoint_url_fault::zero_byte,
                  begins + (is_abstract ? 1 : 0) + address.error().position);
}

std::expected<std::uint16_t, endpoint_url_error> parse_port(std::string_view text, std::size_t begins) {
  if (text.empty()) return fault_at(endpoint_url_fault::port_missing, begins);
  std::uint32_t port = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_digit(text[at])) return fault_at(endpoint_url_fault::port_no_number, begins + at);
    port = std::min(port * 10 + static_cast<std::uint32_t>(text[at] - '0'), most_port + 1);
  }
  if (port > most_port) return fault_at(endpoint_url_fault::port_too_large, begins);
  return static_cast<std::uint16_t>(port);
}

// Where the host ends and the colon before the port should be.
std::expected<std::size_t, endpoint_url_error> end_of_host(std::string_view text, std::size_t begins) {
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return fault_at(endpoint_url_fault::brackets_missing, begins);
    return bracket + 1;
  }
  const std::size_t colon = std::min(text.find(':'), text.size());
  if (text.find(':', std::min(colon + 1, text.size())) != std::string_view::npos)
    return fault_at(endpoint_url_fault::brackets_missing, begins);
  return colon;
}

// Without brackets; of version 6 within them only.
std::optional<ip_address> address_of(std::string_view host) {
  const bool in_brackets = host.starts_with('[');
  const auto ip = ip_address::parse(in_brackets ? host.substr(1, host.size() - 2) : host);
  if (!ip || ip->is_v4() == in_brackets) return std::nullopt;
  return *ip;
}

struct internet_place {
  std::string name;  // empty: an address was given
  socket_address address;
};

std::expected<internet_place, endpoint_url_error> parse_internet(std::string_view text, std::size_t begins) {
  const auto size = end_of_host(text.substr(begins), begins);
  if (!size) return std::unexpected{size.error()};
  if (*size == 0) return fault_at(endpoint_url_fault::host_missing, begins);
  const std::string_view host = text.substr(begins, *size);
  const auto ip = address_of(host);
  auto name = ip ? std::string{} : host_name_of(host);
  if (!name) return fault_at(endpoint_url_fault::bad_host, begins);
  const std::size_t colon = begins + *size;
  if (colon == text.size() || text[colon] != ':') return fault_at(endpoint_url_fault::port_missing, colon);
  const auto port = parse_port(text.substr(colon + 1), colon + 1);
  if (!port) return std::unexpected{port.error()};
  return internet_place{*std::move(name), {ip.value_or(ip_address::v4(127, 0, 0, 1)), *port}};
}

}  // namespace

std::string_view to_string(endpoint_scheme scheme) {
  switch (scheme) {
    case endpoint_scheme::tcp:
      return "tcp";
    case endpoint_scheme::udp:
      return "udp";
    case endpoint_scheme::local:
      return "unix";
  }
  return "?";
}

endpoint_url::endpoint_url(endpoint_scheme scheme, socket_address address)
    : scheme_{scheme}, address_{std::move(address)} {
  DIALTONE_ASSERT(address_.is_unix() == (scheme == endpoint_scheme::local), "a URL's address is of its scheme");
}

std::expected<endpoint_url, endpoint_url_error> endpoint_url::parse(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string_view name = text.substr(0, colon);
  if (colon == text.size() || name.empty() || !std::ranges::all_of(name, is_letter))
    return fault_at(endpoint_url_fault::scheme_missing, 0);
  const auto scheme = scheme_named(name);
  if (!scheme) return fault_at(endpoint_url_fault::scheme_unknown, 0);
  if (*scheme == endpoint_scheme::local) {
    auto path = parse_path(text.substr(colon + 1), colon + 1);
    if (!path) return std::unexpected{path.error()};
    return endpoint_url{*scheme, *std::move(path)};
  }
  if (!text.substr(colon + 1).starts_with(slashes)) return fault_at(endpoint_url_fault::slashes_missing, colon + 1);

  auto found = parse_internet(text, colon + 1 + slashes.size());
  if (!found) return std::unexpected{found.error()};
  endpoint_url result{*scheme, found->address};
  result.host_ = std::move(found->name);
  return result;
}

std::optional<socket_address> endpoint_url::address() const {
  if (!host_.empty() && !is_localhost(host_)) return std::nullopt;
  return address_;
}

endpoint_url endpoint_url::with_port(std::uint16_t port) const {
  endpoint_url result = *this;
  result.address_ = address_.with_port(port);
  return result;
}

std::string to_string(const endpoint_url& url) {
  if (url.scheme() == endpoint_scheme::local) return to_string(*url.address());
  if (!url.host().empty()) return fmt::format("{}://{}:{}", to_string(url.scheme()), url.host(), url.port());
  return fmt::format("{}://{}", to_string(url.scheme()), *url.address());
}

namespace {

const char* sentence(endpoint_url_fault fault) {
  switch (fault) {
    case endpoint_url_fault::scheme_missing:
      return "it begins neither with tcp://, udp:// nor unix:";
    case endpoint_url_fault::scheme_unknown:
      return "the scheme is not one of tcp://, udp:// and unix:";
    case endpoint_url_fault::slashes_missing:
      return "'//' is missing before the host";
    case endpoint_url_fault::host_missing:
      return "the host is missing (0.0.0.0 or [::] is every interface)";
    case endpoint_url_fault::bad_host:
      return "the host is neither an IP address nor a name";
    case endpoint_url_fault::brackets_missing:
      return "an IPv6 address stands in brackets, as in [::1]:80";
    case endpoint_url_fault::port_missing:
      return "the port is missing (:0 is any free one)";
    case endpoint_url_fault::port_no_number:
      return "the port is no number";
    case endpoint_url_fault::port_too_large:
      return "the port is above 65535";
    case endpoint_url_fault::path_missing:
      return "the path is missing";
    case endpoint_url_fault::path_too_long:
      return "the path is longer than 107 bytes";
    case endpoint_url_fault::zero_byte:
      return "a path has no zero byte";
  }
  return "?";
}

}  // namespace

std::string to_string(const endpoint_url_error& error) {
  if (error.position == 0) return sentence(error.fault);
  return fmt::format("{}, at character {}", sentence(error.fault), error.position + 1);
}

}  // namespace dialtone

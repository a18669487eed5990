// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/http_line.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace dialtone {

namespace {

// The order is OTP's: their numbers are what Erlang programs match on.
constexpr std::array<std::string_view, 52> known_names = {"Cache-Control",
                                                          "Connection",
                                                          "Date",
                                                          "Pragma",
                                                          "Transfer-Encoding",
                                                          "Upgrade",
                                                          "Via",
                                                          "Accept",
                                                          "Accept-Charset",
                                                          "Accept-Encoding",
                                                          "Accept-Language",
                                                          "Authorization",
                                                          "From",
                                                          "Host",
                                                          "If-Modified-Since",
                                                          "If-Match",
                                                          "If-None-Match",
                                                          "If-Range",
                                                          "If-Unmodified-Since",
                                                          "Max-Forwards",
                                                          "Proxy-Authorization",
                                                          "Range",
                                                          "Referer",
                                                          "User-Agent",
                                                          "Age",
                                                          "Location",
                                                          "Proxy-Authenticate",
                                                          "Public",
                                                          "Retry-After",
                                                          "Server",
                                                          "Vary",
                                                          "Warning",
                                                          "Www-Authenticate",
                                                          "Allow",
                                                          "Content-Base",
                                                          "Content-Encoding",
                                                          "Content-Language",
                                                          "Content-Length",
                                                          "Content-Location",
                                                          "Content-Md5",
                                                          "Content-Range",
                                                          "Content-Type",
                                                          "Etag",
                                                          "Expires",
                                                          "Last-Modified",
                                                          "Accept-Ranges",
                                                          "Set-Cookie",
                                                          "Set-Cookie2",
                                                          "X-Forwarded-For",
                                                          "Cookie",
                                                          "Keep-Alive",
                                                          "Proxy-Connection"};

constexpr std::size_t longest_name = 50;  // that OTP brings into its usual form

bool is_blank(char character) { return character == ' ' || character == '\t'; }
bool is_digit(char character) { return character >= '0' && character <= '9'; }
bool is_lower(char character) { return character >= 'a' && character <= 'z'; }
bool is_upper(char character) { return character >= 'A' && character <= 'Z'; }
char to_lower(char character) { return is_upper(character) ? static_cast<char>(character + ('a' - 'A')) : character; }
char to_upper(char character) { return is_lower(character) ? static_cast<char>(character - ('a' - 'A')) : character; }

/// RFC 9110, 5.6.2.
bool is_token(char character) {
  static constexpr std::string_view separators = "()<>@,;:\\\"/[]?={}";
  return character > ' ' && character < '\x7f' && separators.find(character) == std::string_view::npos;
}

/// Reads a part of a line from left to right.
class line_reader {
 public:
  line_reader(const bytes& line, std::size_t begin, std::size_t end) : line_(line), at_(begin), end_(end) {}

  bool done() const { return at_ == end_; }
  std::size_t size() const { return end_ - at_; }
  std::string_view view() const { return line_.view().substr(at_, size()); }
  bytes rest() const { return line_.slice(at_, size()); }
  bool take(std::string_view text) {
    if (!view().starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  template <class Predicate>
  bytes take_while(Predicate predicate) {
    const std::size_t begin = at_;
    while (at_ != end_ && predicate(line_.view()[at_])) ++at_;
    return line_.slice(begin, at_ - begin);
  }
  bool skip_blanks() {
    const std::size_t begin = at_;
    while (at_ != end_ && is_blank(line_.view()[at_])) ++at_;
    return at_ != begin;
  }
  /// None when there is no digit, or the number is too large.
  std::optional<std::uint32_t> number() {
    std::uint32_t value = 0;
    const std::string_view text = view();
    const char* first = text.begin();
    const auto [after, error] = std::from_chars(first, text.end(), value);
    at_ += static_cast<std::size_t>(after - first);
    if (error != std::errc()) return std::nullopt;
    return value;
  }
  std::optional<http_version> version() {
    const auto major = number();
    if (!major || !take(".")) return std::nullopt;
    const auto minor = number();
    if (!minor) return std::nullopt;
    return http_version{.major = *major, .minor = *minor};
  }

 private:
  const bytes& line_;
  std::size_t at_;
  std::size_t end_;
};

/// The line without its end.
line_reader reader_of(const bytes& line) {
  std::size_t end = line.size();
  if (end > 0 && line.view()[end - 1] == '\n') --end;
  if (end > 0 && end < line.size() && line.view()[end - 1] == '\r') --end;
  return {line, 0, end};
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [after, error] = std::from_chars(text.begin(), text.end(), port);
  if (error != std::errc() || after != text.end() || port == 0) return std::nullopt;
  return port;
}

/// Behind "http://": host [":" port] [path]
http_uri absolute_uri(std::string_view scheme, const bytes& text) {
  http_uri uri{.form = http_uri_form::absolute_uri, .scheme = scheme};
  const std::size_t slash = std::min(text.find('/'), text.size());
  uri.path = slash == text.size() ? bytes("/") : text.drop(slash);
  const bytes authority = text.first(slash);
  std::size_t host = std::min(authority.find(':'), authority.size());
  // The colons of an IPv6 address are in its brackets.
  if (const std::size_t bracket = authority.find(']'); authority.starts_with("[") && bracket != bytes::npos) {
    host = bracket + 1;
  }
  uri.host = authority.first(host);
  const std::string_view port = authority.view().substr(host);
  if (port.starts_with(':')) uri.port = port_of(port.substr(1));
  return uri;
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && std::ranges::equal(text.substr(0, word.size()), word, {}, to_lower);
}

http_uri parse_uri(const bytes& text) {
  if (text == "*") return {.form = http_uri_form::star, .path = text};
  if (text.size() <= 1 || text.starts_with("/")) return {.form = http_uri_form::abs_path, .path = text};
  if (starts_with_word(text.view(), "http://")) return absolute_uri("http", text.drop(7));
  if (starts_with_word(text.view(), "https://")) return absolute_uri("https", text.drop(8));
  const std::size_t colon = text.find(':');
  if (colon == bytes::npos) return {.form = http_uri_form::other, .path = text};
  return {.form = http_uri_form::scheme, .scheme = text.first(colon), .path = text.drop(colon + 1)};
}

/// Behind "HTTP/".
http_packet parse_response(const bytes& line, line_reader reader) {
  const auto version = reader.version();
  if (!version || !reader.skip_blanks()) return http_error{line};
  http_response response{.version = *version};
  if (!reader.done() && is_digit(reader.view().front())) {
    const auto status = reader.number();
    if (!status) return http_error{line};
    response.status = *status;
    if (!reader.skip_blanks() && !reader.done()) return http_error{line};
  } else if (!reader.done()) {
    return http_error{line};
  }
  response.phrase = reader.rest();
  return response;
}

http_packet parse_request(const bytes& line, line_reader reader) {
  http_request request{.method = reader.take_while(is_token)};
  if (request.method.empty() || !reader.skip_blanks()) return http_error{line};
  const bytes uri = reader.take_while([](char character) { return !is_blank(character); });
  if (uri.empty()) return http_error{line};
  reader.skip_blanks();
  if (!reader.done()) {
    if (!reader.take("HTTP/")) return http_error{line};
    const auto version = reader.version();
    reader.skip_blanks();
    if (!version || !reader.done()) return http_error{line};
    request.version = *version;
  }
  request.uri = parse_uri(uri);
  return request;
}

std::string usual_form(std::string_view name) {
  std::string result(name);
  bool first = true;
  for (char& character : result) {
    const bool hyphen = character == '-';
    character = first ? to_upper(character) : to_lower(character);
    first = !first && hyphen;
  }
  return result;
}

std::uint8_t known_number(std::string_view name) {
  const auto found = std::ranges::find(known_names, name);
  if (found == known_names.end()) return 0;
  return static_cast<std::uint8_t>(found - known_names.begin() + 1);
}

}  // namespace

http_packet parse_http_start_line(const bytes& line) {
  line_reader reader = reader_of(line);
  return reader.take("HTTP/") ? parse_response(line, reader) : parse_request(line, reader);
}

bool detail::ends_http_headers(const bytes& line) { return reader_of(line).done(); }

http_packet parse_http_header_line(const bytes& line) {
  line_reader reader = reader_of(line);
  if (reader.done()) return http_eoh{};
  http_header header{.unmodified = reader.take_while(is_token)};
  if (!reader.take(":")) return http_error{line};
  header.name = header.unmodified;
  if (header.name.size() <= longest_name) {
    const std::string name = usual_form(header.name.view());
    header.known = known_number(name);
    if (header.name != name) header.name = name;
  }
  reader.skip_blanks();
  header.value = reader.rest();
  return header;
}

}  // namespace dialtone

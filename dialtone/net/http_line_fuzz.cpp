// SPDX-License-Identifier: Apache-2.0
// Any bytes as a first line and as a header field: what they are taken apart into lies within them, and a line that is
// put together from it means the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <fmt/format.h>

#include <dialtone/base/assert.hpp>
#include <dialtone/net/http_line.hpp>

namespace {

using dialtone::bytes;

void check_slice(const bytes& part, const bytes& line) {
  const bool within = part.begin() >= line.begin() && part.end() <= line.end();
  DIALTONE_ASSERT(part.is_inline() || within, "a part is a slice of its line");
}

/// Scheme, and the path where none stands, are texts of our own.
std::string text_of(const dialtone::http_uri& uri, const bytes& line) {
  check_slice(uri.host, line);
  check_slice(uri.path, line);
  if (uri.form == dialtone::http_uri_form::scheme) return fmt::format("{}:{}", uri.scheme.view(), uri.path.view());
  if (uri.form != dialtone::http_uri_form::absolute_uri) return std::string{uri.path.view()};
  const std::string port = uri.port ? fmt::format(":{}", *uri.port) : std::string{};
  return fmt::format("{}://{}{}{}", uri.scheme.view(), uri.host.view(), port, uri.path.view());
}

std::string text_of(const dialtone::http_version& version) {
  return fmt::format("HTTP/{}.{}", version.major, version.minor);
}

void check(const bytes& line, const dialtone::http_request& request) {
  DIALTONE_ASSERT(!request.method.empty(), "a request has a method");
  check_slice(request.method, line);
  const bytes again{
      fmt::format("{} {} {}\r\n", request.method.view(), text_of(request.uri, line), text_of(request.version))};
  DIALTONE_ASSERT(dialtone::parse_http_start_line(again) == dialtone::http_packet{request}, "a request means the same");
}

void check(const bytes& line, const dialtone::http_response& response) {
  check_slice(response.phrase, line);
  const bytes again{fmt::format("{} {} {}\r\n", text_of(response.version), response.status, response.phrase.view())};
  DIALTONE_ASSERT(dialtone::parse_http_start_line(again) == dialtone::http_packet{response},
                  "a response means the same");
}

void check(const bytes& line, const dialtone::http_header& header) {
  check_slice(header.unmodified, line);
  check_slice(header.value, line);
  DIALTONE_ASSERT(header.name.size() == header.unmodified.size(), "the usual form of a name is as long");
  DIALTONE_ASSERT(header.known <= 52, "OTP knows 52 names");
  const bytes again{fmt::format("{}: {}\r\n", header.unmodified.view(), header.value.view())};
  DIALTONE_ASSERT(dialtone::parse_http_header_line(again) == dialtone::http_packet{header}, "a field means the same");
}

void check(const bytes& line, const dialtone::http_eoh&) {
  DIALTONE_ASSERT(line.size() <= 2, "nothing stands before the end of the headers");
}

void check(const bytes& line, const dialtone::http_error& error) {
  DIALTONE_ASSERT(error.line == line, "an error has the line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes line{std::string_view{reinterpret_cast<const char*>(data), size}};
  for (const dialtone::http_packet& parsed : {parse_http_start_line(line), parse_http_header_line(line)})
    std::visit([&line](const auto& found) { check(line, found); }, parsed);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// The lines at the head of an HTTP message, taken apart as erlang:decode_packet does with http_bin and httph_bin: a
// first line and header fields. Pure functions, for everybody; the parts are slices of the line. They are lenient as
// OTP is (any blanks between the words of a first line, '\n' for "\r\n", a request without a version); a server that
// has to be strict looks at the parts. Where they refuse what OTP takes: docs/guides/packets.md.
//
//   start  = "HTTP/" 1*digit "." 1*digit 1*blank *digit [1*blank phrase]     a response
//          | token 1*blank uri *blank [ "HTTP/" 1*digit "." 1*digit *blank ] a request
//   header = *token-character ":" *blank value                               with the lines that continue it
//          | nothing                                                         the end of the headers
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include <dialtone/base/bytes.hpp>

namespace dialtone {

struct http_version {
  std::uint32_t major = 0;
  std::uint32_t minor = 9;
  friend auto operator<=>(const http_version&, const http_version&) = default;
};

enum class http_uri_form : std::uint8_t {
  star,          ///< "*": the server itself. The path is "*".
  abs_path,      ///< "/a?b", or a single character: the path alone.
  absolute_uri,  ///< "http://host:port/path" or https: all parts; the path is "/" where none stands.
  scheme,        ///< "word:rest": the rest is the path. "host:port" of CONNECT looks like this too.
  other,         ///< Anything else, as the path.
};

struct http_uri {
  http_uri_form form = http_uri_form::other;
  bytes scheme = {};                                 ///< Of absolute_uri in small letters.
  bytes host = {};                                   ///< An IPv6 address in its brackets.
  std::optional<std::uint16_t> port = std::nullopt;  ///< None also for what is no number from 1 to 65535.
  bytes path = {};
  friend bool operator==(const http_uri&, const http_uri&) = default;
};

struct http_request {
  bytes method = {};
  http_uri uri = {};
  http_version version = {};  ///< 0.9 where none stands.
  friend bool operator==(const http_request&, const http_request&) = default;
};

struct http_response {
  http_version version = {};
  std::uint32_t status = 0;  ///< 0 where none stands.
  bytes phrase = {};
  friend bool operator==(const http_response&, const http_response&) = default;
};

struct http_header {
  std::uint8_t known = 0;  ///< The number of a well-known name in OTP's table, from 1 on; 0 for others.
  bytes name = {};         ///< As in "Content-Md5", unless it is longer than 50 characters.
  bytes unmodified = {};   ///< The name as it came.
  bytes value = {};        ///< With the line ends and blanks of the lines that continue it, and blanks at its end.
  friend bool operator==(const http_header&, const http_header&) = default;
};

/// The end of the headers.
struct http_eoh {
  friend bool operator==(const http_eoh&, const http_eoh&) = default;
};

/// A line that is none of HTTP. Who cuts the stream can go on behind it.
struct http_error {
  bytes line = {};
  friend bool operator==(const http_error&, const http_error&) = default;
};

using http_packet = std::variant<http_request, http_response, http_header, http_eoh, http_error>;

/// A line with its end: http_request, http_response or http_error.
http_packet parse_http_start_line(const bytes& line);

/// A header field with its continuations and the last line's end: http_header, http_eoh or http_error.
http_packet parse_http_header_line(const bytes& line);

namespace detail {
/// Whether that would be http_eoh.
bool ends_http_headers(const bytes& line);
}  // namespace detail

}  // namespace dialtone

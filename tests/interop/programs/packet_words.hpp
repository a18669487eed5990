// SPDX-License-Identifier: Apache-2.0
// Packet types and packets in the words of tests/interop, for its programs. peers/packet_words.erl has the same ones.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include <fmt/format.h>

#include <dialtone/net/http_line.hpp>
#include <dialtone/net/packet.hpp>

namespace dialtone::packet_words {

inline packet type_named(std::string_view name) {
  static constexpr std::array types = {packet::raw,  packet::length_1, packet::length_2, packet::length_4,
                                       packet::line, packet::asn1,     packet::sunrm,    packet::cdr,
                                       packet::fcgi, packet::tpkt,     packet::http,     packet::httph};
  const auto* found = std::ranges::find(types, name, [](packet type) { return to_string(type); });
  if (found != types.end()) return *found;
  std::fputs("unknown packet type\n", stderr);
  std::exit(2);
}

inline std::string text(const bytes& data) {
  std::string result = "x";
  for (const std::byte byte : data) result += fmt::format("{:02X}", static_cast<unsigned>(byte));
  return result;
}

/// The bytes of such a text.
inline std::string bytes_of(std::string_view text) {
  std::string all;
  for (std::size_t i = 1; i < text.size(); i += 2)
    all += static_cast<char>(std::stoi(std::string{text.substr(i, 2)}, nullptr, 16));
  return all;
}

inline std::string text_of(const http_version& version) { return fmt::format("{} {}", version.major, version.minor); }

inline std::string text_of(const http_uri& uri) {
  static constexpr std::array forms = {"star", "abs_path", "absolute_uri", "scheme", "other"};
  return fmt::format("{} {} {} {} {}", forms[static_cast<std::size_t>(uri.form)], text(uri.scheme), text(uri.host),
                     uri.port ? std::to_string(*uri.port) : "-", text(uri.path));
}

struct describe {
  std::string operator()(const http_request& request) const {
    return fmt::format("request {} {} {}", text(request.method), text_of(request.uri), text_of(request.version));
  }
  std::string operator()(const http_response& response) const {
    return fmt::format("response {} {} {}", text_of(response.version), response.status, text(response.phrase));
  }
  std::string operator()(const http_header& header) const {
    return fmt::format("header {} {} {} {}", header.known, text(header.name), text(header.unmodified),
                       text(header.value));
  }
  std::string operator()(const http_eoh&) const { return "eoh"; }
  std::string operator()(const http_error& error) const { return "http_error " + text(error.line); }
};

inline std::string text_of(const http_packet& parsed) { return std::visit(describe{}, parsed); }

}  // namespace dialtone::packet_words

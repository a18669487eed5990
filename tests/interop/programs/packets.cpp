// SPDX-License-Identifier: Apache-2.0
// Cuts the streams of tests/interop/packets_test.py with decode_packet and prints what it found, in the words of
// peers/packets_peer.erl: packets FILE.
#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <variant>

#include <fmt/format.h>

#include <dialtone/net/decode_packet.hpp>
#include <dialtone/net/http_line.hpp>

namespace dialtone {
namespace {

constexpr std::array types = {packet::raw,  packet::length_1, packet::length_2, packet::length_4,
                              packet::line, packet::asn1,     packet::sunrm,    packet::cdr,
                              packet::fcgi, packet::tpkt,     packet::http,     packet::httph};

std::string text(const bytes& data) {
  std::string result = "x";
  for (const std::byte byte : data) result += fmt::format("{:02X}", static_cast<unsigned>(byte));
  return result;
}

std::string version(const http_version& version) { return fmt::format("{} {}", version.major, version.minor); }

std::string uri(const http_uri& uri) {
  static constexpr std::array forms = {"star", "abs_path", "absolute_uri", "scheme", "other"};
  return fmt::format("{} {} {} {} {}", forms[static_cast<std::size_t>(uri.form)], text(uri.scheme), text(uri.host),
                     uri.port ? std::to_string(*uri.port) : "-", text(uri.path));
}

struct describe {
  std::string operator()(const http_request& request) const {
    return fmt::format("request {} {} {}", text(request.method), uri(request.uri), version(request.version));
  }
  std::string operator()(const http_response& response) const {
    return fmt::format("response {} {} {}", version(response.version), response.status, text(response.phrase));
  }
  std::string operator()(const http_header& header) const {
    return fmt::format("header {} {} {} {}", header.known, text(header.name), text(header.unmodified),
                       text(header.value));
  }
  std::string operator()(const http_eoh&) const { return "eoh"; }
  std::string operator()(const http_error& error) const { return "http_error " + text(error.line); }
};

std::string describe_packet(packet type, const bytes& content) {
  if (type == packet::http) return std::visit(describe(), parse_http_start_line(content));
  if (type == packet::httph) return std::visit(describe(), parse_http_header_line(content));
  return "packet " + text(content);
}

std::string steps(packet type, bytes stream, const packet_options& options) {
  std::string result;
  for (;;) {
    const decode_result step = decode_packet(type, stream, options);
    if (const auto* error = std::get_if<packet_error>(&step)) return result + std::string(to_string(*error));
    if (const auto* more = std::get_if<more_needed>(&step)) {
      return result + "more " + (more->size ? std::to_string(*more->size) : "-");
    }
    const auto& found = std::get<decoded_packet>(step);
    result += describe_packet(type, found.packet) + " | ";
    stream = found.rest;
  }
}

packet type_of(std::string_view name) {
  for (const packet type : types) {
    if (to_string(type) == name) return type;
  }
  std::fputs("unknown packet type\n", stderr);
  std::exit(2);
}

int run(const char* file) {
  std::ifstream input(file);
  std::string type, stream;
  std::size_t packet_size = 0, line_length = 0;
  int delimiter = 0;
  while (input >> type >> packet_size >> line_length >> delimiter >> stream) {
    packet_options options{.line_delimiter = static_cast<char>(delimiter)};
    if (packet_size > 0) options.packet_size = packet_size;
    if (line_length > 0) options.line_length = line_length;
    std::string content;
    for (std::size_t i = 1; i < stream.size(); i += 2) {
      content += static_cast<char>(std::stoi(stream.substr(i, 2), nullptr, 16));
    }
    std::cout << steps(type_of(type), bytes(content), options) << '\n';
  }
  return 0;
}

}  // namespace
}  // namespace dialtone

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: packets FILE\n", stderr);
    return 2;
  }
  return dialtone::run(arguments[1]);
}

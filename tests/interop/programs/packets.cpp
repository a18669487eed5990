// SPDX-License-Identifier: Apache-2.0
// Cuts the streams of tests/interop/packets_test.py with decode_packet and prints what it found, in the words of
// peers/packets_peer.erl: packets FILE.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <variant>

#include <dialtone/net/decode_packet.hpp>
#include <dialtone/net/http_line.hpp>

#include "packet_words.hpp"

namespace dialtone {
namespace {

std::string describe_packet(packet type, const bytes& content) {
  if (type == packet::http) return packet_words::text_of(parse_http_start_line(content));
  if (type == packet::httph) return packet_words::text_of(parse_http_header_line(content));
  return "packet " + packet_words::text(content);
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

int run(const char* file) {
  std::ifstream input(file);
  std::string type, stream;
  std::size_t packet_size = 0, line_length = 0;
  int delimiter = 0;
  while (input >> type >> packet_size >> line_length >> delimiter >> stream) {
    packet_options options{.line_delimiter = static_cast<char>(delimiter)};
    if (packet_size > 0) options.packet_size = packet_size;
    if (line_length > 0) options.line_length = line_length;
    std::cout << steps(packet_words::type_named(type), bytes(packet_words::bytes_of(stream)), options) << '\n';
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

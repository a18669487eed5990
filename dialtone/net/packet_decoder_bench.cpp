// SPDX-License-Identifier: Apache-2.0
// How fast a stream of a MiB is cut into packets, by the packet type, the size of the packets, and that of the pieces
// in which the stream arrives: bench_packet_decoder.
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include <dialtone/net/packet_decoder.hpp>

namespace dialtone {
namespace {

constexpr std::size_t stream_size = std::size_t{1} << 20;

/// A packet of `size` bytes with its header.
std::string packet_of(packet type, std::size_t size) {
  if (type == packet::line) return std::string(size - 1, 'x') + "\n";
  if (type == packet::httph) return "Content-Type: " + std::string(size - 16, 'x') + "\r\n";
  if (type == packet::http) {
    std::string request = "GET /index.html HTTP/1.1\r\n";
    while (request.size() < size) request += "Content-Type: text/plain; charset=utf-8\r\n";
    return request + "\r\n";
  }
  std::string wire(encode_packet_header(type, size - 4).value().view());
  return wire.append(size - 4, 'x');
}

/// Each piece in a buffer of its own, as they come from a socket.
std::vector<bytes> pieces_of(const std::string& unit, std::size_t piece_size) {
  std::string stream;
  while (stream.size() < stream_size) stream += unit;
  std::vector<bytes> pieces;
  for (std::size_t at = 0; at < stream.size(); at += piece_size) pieces.emplace_back(stream.substr(at, piece_size));
  return pieces;
}

/// Arguments: the size of a packet, the size of a piece.
void cut(benchmark::State& state, packet type) {
  const std::string unit = packet_of(type, static_cast<std::size_t>(state.range(0)));
  const std::vector<bytes> pieces = pieces_of(unit, static_cast<std::size_t>(state.range(1)));
  std::int64_t packets = 0;
  for (auto iteration : state) {
    static_cast<void>(iteration);
    packet_decoder decoder(type);
    for (const bytes& piece : pieces) {
      decoder.receive(piece);
      while (auto packet = decoder.next().value()) {
        benchmark::DoNotOptimize(packet);
        ++packets;
      }
    }
  }
  state.SetItemsProcessed(packets);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream_size));
}

BENCHMARK_CAPTURE(cut, line, packet::line)
    ->Args({16, 65'536})
    ->Args({64, 65'536})
    ->Args({64, 1'460})
    ->Args({4'096, 64})
    ->Args({524'288, 1});
BENCHMARK_CAPTURE(cut, length_4, packet::length_4)
    ->Args({64, 65'536})
    ->Args({16'384, 65'536})
    ->Args({16'384, 1'460})
    ->Args({1'048'576, 65'536});
BENCHMARK_CAPTURE(cut, httph, packet::httph)->Args({40, 65'536});
BENCHMARK_CAPTURE(cut, http, packet::http)->Args({500, 65'536});

}  // namespace
}  // namespace dialtone

BENCHMARK_MAIN();

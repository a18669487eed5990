// SPDX-License-Identifier: Apache-2.0
// Streams of each packet type, with the packets that lie in them, for the tests of this room.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <dialtone/base/bytes.hpp>
#include <dialtone/net/packet.hpp>

namespace dialtone {

inline constexpr std::array packet_types_test = {packet::raw,  packet::length_1, packet::length_2, packet::length_4,
                                                 packet::line, packet::asn1,     packet::sunrm,    packet::cdr,
                                                 packet::fcgi, packet::tpkt,     packet::http,     packet::httph};

/// Text from a literal with zeros in it.
template <std::size_t Size>
std::string binary_test(const char (&literal)[Size]) {
  return std::string(literal, Size - 1);
}

/// A whole stream of one type.
struct packet_sample_test {
  packet type;
  std::vector<std::string> wire;     ///< Each packet as it is sent.
  std::vector<std::string> content;  ///< What is received of each.
  std::string stream() const {
    std::string all;
    for (const std::string& one : wire) all += one;
    return all;
  }
};

inline packet_sample_test kept_test(packet type, std::vector<std::string> wire) { return {type, wire, wire}; }

inline std::vector<packet_sample_test> packet_samples_test() {
  const std::string large(300, 'l');
  return {
      {packet::length_1,
       {binary_test("\3abc"), binary_test("\0"), binary_test("\377") + std::string(255, 'x'), binary_test("\1z")},
       {"abc", "", std::string(255, 'x'), "z"}},
      {packet::length_2,
       {binary_test("\0\3abc"), binary_test("\0\0"), binary_test("\1\54") + large},
       {"abc", "", large}},
      {packet::length_4,
       {binary_test("\0\0\0\3abc"), binary_test("\0\0\0\0"), binary_test("\0\0\1\54") + large},
       {"abc", "", large}},
      kept_test(packet::line, {"one\n", "\n", "two\r\n", large + "\n"}),
      // A short length, none, a long tag, lengths of 1 to 4 bytes, an indefinite length with what it encloses.
      kept_test(packet::asn1,
                {binary_test("\60\3abc"), binary_test("\5\0"), binary_test("\77\201\1\2ab"),
                 binary_test("\60\201\3abc"), binary_test("\60\202\1\54") + large, binary_test("\60\203\0\0\1a"),
                 binary_test("\60\204\0\0\0\2ab"), binary_test("\60\200"), binary_test("\2\1a"), binary_test("\0\0")}),
      // A record of two fragments, and one of an empty fragment.
      kept_test(packet::sunrm, {binary_test("\0\0\0\2ab"), binary_test("\200\0\0\1c"), binary_test("\200\0\0\0")}),
      kept_test(packet::cdr, {binary_test("GIOP\1\0\0\0\0\0\0\3abc"), binary_test("GIOP\1\2\1\1\3\0\0\0abc"),
                              binary_test("GIOP\1\2\1\1\0\0\0\0")}),
      {packet::fcgi,
       {binary_test("\1\6\0\1\0\3\5\0abcPPPPP"), binary_test("\1\5\0\1\0\0\0\0"), binary_test("\1\5\0\1\0\0\2\0PP")},
       {binary_test("\1\6\0\1\0\3\5\0abc"), binary_test("\1\5\0\1\0\0\0\0"), binary_test("\1\5\0\1\0\0\2\0")}},
      kept_test(packet::tpkt, {binary_test("\3\0\0\7abc"), binary_test("\3\0\0\4"), binary_test("\3\0\1\60") + large}),
      kept_test(packet::http, {"GET /a HTTP/1.1\r\n", "Host: a\r\n", "Folded: a\r\n b\r\n\tc\r\n", "Last:x\n", "\r\n",
                               "HTTP/1.0 200 OK\n", "\n", "POST / HTTP/1.1\r\n", "\r\n"}),
      kept_test(packet::httph, {"A: " + large + "\r\n  " + large + "\r\n", "B: c\n", "\r\n", "C: d\r\n", "\n"}),
  };
}

/// What lies behind the packets of a sample, so that the last one ends for certain.
inline constexpr std::string_view behind_test = "\1";

}  // namespace dialtone

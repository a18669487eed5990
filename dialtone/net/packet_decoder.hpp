// SPDX-License-Identifier: Apache-2.0
// Cuts a stream that arrives in pieces into packets: the receiving half of a socket, without the socket. It holds what
// has arrived and was not taken yet. A packet that lies within one piece is a slice of it, or a copy when it is less
// than a quarter of the buffer and that is larger than 4 KiB: so who keeps a packet keeps no more than that alive. One
// over several pieces is copied together, in a buffer that grows with what has arrived and not with what a header
// announces. The work is linear in the bytes, however the stream is cut. For one owner; movable, and one that was moved
// from is only assigned to or destroyed.
//
// It limits the packets. How far the stream is read ahead of who takes them, is for its user to limit: by reading on
// only when next() was empty, not more than one read is held beyond the packet in progress.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include <dialtone/base/bytes.hpp>
#include <dialtone/base/bytes_builder.hpp>
#include <dialtone/base/bytes_list.hpp>
#include <dialtone/net/http_line.hpp>
#include <dialtone/net/packet.hpp>
#include <dialtone/net/packet_frame.hpp>

namespace dialtone {

class packet_decoder {
 public:
  /// Empty: no whole packet has arrived yet. After an error the stream stays where it is: the same call gives the same
  /// error, and take_all() the bytes.
  template <class Packet>
  using result = std::expected<std::optional<Packet>, packet_error>;

  /// Bytes of a buffer that packets share however small they are: a copy would cost more than to keep it.
  static constexpr std::size_t shared_buffer = 4096;

  explicit packet_decoder(packet type = packet::raw, const packet_options& options = {});

  packet type() const noexcept { return type_; }
  const packet_options& options() const noexcept { return options_; }
  /// What was not taken yet is cut anew, by the new type and limits. `http` begins with a first line.
  void set(packet type, const packet_options& options);
  void set(packet type) { set(type, options_); }
  /// Other limits; `http` goes on where it was.
  void set(const packet_options& options);

  void receive(bytes data);
  /// Puts back what was taken, or anything else, before all that is held.
  void unrecv(bytes data);

  /// The next packet. Of raw all that has arrived, up to the end of a piece. Of http and httph the bytes of the line or
  /// header field.
  result<bytes> next();
  /// The next packet of http or httph, taken apart; other types assert.
  result<http_packet> next_http();
  /// The next `count` bytes, whatever the type: recv(length). Empty while fewer have arrived.
  std::optional<bytes> take(std::size_t count);
  /// All that is held, from the packet in progress on.
  bytes_list take_all();

  /// How many bytes are held.
  std::size_t buffered() const noexcept { return buffered_; }
  bool empty() const noexcept { return buffered_ == 0; }
  /// How many more bytes the call that was empty last has needed: at least one.
  std::size_t missing() const noexcept { return missing_; }

 private:
  using known_frame = std::optional<detail::packet_frame>;

  /// A packet, or the next `count` bytes.
  result<bytes> cut(std::optional<std::size_t> count);
  result<bytes> assemble(std::optional<std::size_t> count);
  detail::measured_packet measure(std::string_view input, std::optional<std::size_t> count);
  bytes take_from_front(const detail::packet_frame& frame);
  bytes take_assembled(const detail::packet_frame& frame, std::size_t pulled);
  std::nullopt_t wait_for(const known_frame& frame);
  std::size_t pull(const known_frame& frame);
  std::size_t pull_size(const known_frame& frame) const;
  void put_assembly_back();
  void put_before(bytes data);
  bool advance();
  void taken(std::size_t size);
  std::string_view front() const { return front_.view().substr(offset_); }
  packet framing() const { return type_ == packet::http && in_headers_ ? packet::httph : type_; }
  void remember(const http_packet& line);

  packet type_;
  bool in_headers_ = false;  // Of http, behind the first line.
  packet_options options_;
  std::size_t buffered_ = 0;
  std::size_t missing_ = 1;
  // The stream: the beginning of a packet that no piece holds as a whole, then the piece that is cut, from offset_ on,
  // then the pieces behind it, from the index first_ on.
  bytes_builder assembly_;
  bytes front_;
  std::size_t offset_ = 0;
  std::vector<bytes> pieces_;
  std::size_t first_ = 0;
  std::size_t searched_ = 0;  // Of the packet in progress, see measure_packet.
};

}  // namespace dialtone

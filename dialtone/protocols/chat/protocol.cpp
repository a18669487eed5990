// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/chat/protocol.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace dialtone::chat {

namespace {

constexpr char register_type = 1;
constexpr char broadcast_type = 2;

void append_field(bytes_builder& sent, const bytes& field) {
  DIALTONE_ASSERT(field.size() <= field_limit, "a field is as long as two bytes can say");
  sent.append(static_cast<char>(field.size() >> 8)).append(static_cast<char>(field.size() & 0xff)).append(field);
}

std::size_t size_at(std::string_view data, std::size_t at) {
  return std::size_t{static_cast<unsigned char>(data[at])} << 8 | static_cast<unsigned char>(data[at + 1]);
}

/// A whole one.
message parse(const bytes& whole) {
  const std::size_t name_size = size_at(whole.view(), 1);
  bytes name = whole.slice(3, name_size);
  if (whole.view().front() == register_type) return register_message{std::move(name)};
  return broadcast_message{std::move(name), whole.drop(3 + name_size + 2)};
}

}  // namespace

bytes encode(const register_message& sent) {
  bytes_builder encoded{3 + sent.name.size()};
  append_field(encoded.append(register_type), sent.name);
  return encoded.finish();
}

bytes encode(const broadcast_message& sent) {
  bytes_builder encoded{5 + sent.from.size() + sent.contents.size()};
  encode_to(encoded, sent.from, sent.contents);
  return encoded.finish();
}

void encode_to(bytes_builder& sent, const bytes& from, const bytes& contents) {
  append_field(sent.append(broadcast_type), from);
  append_field(sent, contents);
}

const char* to_string(decode_error error) {
  switch (error) {
    case decode_error::unknown_type:
      return "unknown type of message";
    case decode_error::name_too_long:
      return "name too long";
    case decode_error::contents_too_long:
      return "contents too long";
  }
  return "unknown";
}

void decoder::receive(bytes data) {
  DIALTONE_ASSERT(received_.empty(), "messages are taken before more is received");
  received_ = std::move(data);
}

/// Of a message, or of its beginning that says more: it is whole when it has so many bytes.
std::expected<std::size_t, decode_error> decoder::needed(std::string_view prefix) const {
  if (prefix.empty()) return 1;
  if (prefix[0] != register_type && prefix[0] != broadcast_type) return std::unexpected{decode_error::unknown_type};
  if (prefix.size() < 3) return 3;
  const std::size_t name = size_at(prefix, 1);
  if (name > limits_.name) return std::unexpected{decode_error::name_too_long};
  if (prefix[0] == register_type) return 3 + name;
  if (prefix.size() < 3 + name + 2) return 3 + name + 2;
  const std::size_t contents = size_at(prefix, 3 + name);
  if (contents > limits_.contents) return std::unexpected{decode_error::contents_too_long};
  return 3 + name + 2 + contents;
}

std::expected<std::optional<message>, decode_error> decoder::next() {
  if (failed_) return std::unexpected{*failed_};
  for (;;) {
    const std::string_view seen = begun_.empty() ? received_.view() : begun_.view();
    const auto size = needed(seen);
    if (!size) {
      failed_ = size.error();
      return std::unexpected{*failed_};
    }
    if (seen.size() >= *size) {
      if (!begun_.empty()) return parse(begun_.finish());
      message whole = parse(received_.first(*size));
      received_ = received_.drop(*size);
      return whole;
    }
    if (received_.empty()) return std::nullopt;
    // No more than is known to be needed: what follows is another message's.
    const std::size_t taken = begun_.empty() ? received_.size() : std::min(*size - seen.size(), received_.size());
    begun_.append(received_.first(taken));
    received_ = received_.drop(taken);
  }
}

}  // namespace dialtone::chat

// SPDX-License-Identifier: Apache-2.0
// Runs the input as a program on a packet_decoder, beside decode_packet on a string of all that the decoder holds.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <dialtone/base/assert.hpp>
#include <dialtone/net/decode_packet.hpp>
#include <dialtone/net/packet_decoder.hpp>

namespace {

using dialtone::bytes;
using dialtone::packet;

/// Reads the program; beyond its end it reads zeros.
class reader {
 public:
  explicit reader(std::string_view program) : rest_(program) {}
  bool done() const { return rest_.empty(); }
  std::size_t number() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::string_view text(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view rest_;
};

class machine {
 public:
  explicit machine(reader program) : program_(program) {}

  void run() {
    while (!program_.done()) {
      step();
      DIALTONE_ASSERT(decoder_.buffered() == model_.size(), "the decoder holds what was received and not taken");
    }
    DIALTONE_ASSERT(decoder_.take_all().flatten() == model_, "all that is held comes back, in order");
    DIALTONE_ASSERT(decoder_.empty(), "after that nothing is held");
  }

 private:
  void step() {
    const std::size_t operation = program_.number();
    switch (operation % 8) {
      case 0:
      case 1:
        receive(program_.text(operation / 8));
        break;
      case 2:
        receive(std::string(program_.number(), static_cast<char>(program_.number())));
        break;
      case 3:
      case 4:
        next();
        break;
      case 5:
        take(1 + operation / 8);
        break;
      case 6:
        unrecv(program_.text(operation / 8));
        break;
      case 7:
        operation >= 240 ? give_back() : set(static_cast<packet>(operation / 8 % 12));
        break;
    }
  }

  void receive(std::string_view text) {
    decoder_.receive(bytes(text));
    model_ += text;
  }

  void unrecv(std::string_view text) {
    decoder_.unrecv(bytes(text));
    model_.insert(0, text);
  }

  void give_back() {
    const bytes all = decoder_.take_all().flatten();
    DIALTONE_ASSERT(all == model_, "all that is held comes back");
    decoder_.receive(all);
  }

  void set(packet type) {
    in_headers_ = false;
    decoder_.set(type, {.packet_size = 1 + program_.number() * 4});
  }

  void take(std::size_t count) {
    const auto taken = decoder_.take(count);
    DIALTONE_ASSERT(taken.has_value() == (model_.size() >= count), "as much as there is can be taken");
    if (!taken) {
      DIALTONE_ASSERT(decoder_.missing() == count - model_.size(), "it is known how much is missing");
      return;
    }
    DIALTONE_ASSERT(*taken == model_.substr(0, count), "bytes are taken from the front");
    model_.erase(0, count);
  }

  void next() {
    const packet type = decoder_.type();
    const packet framing = type == packet::http && in_headers_ ? packet::httph : type;
    const auto result = decoder_.next();
    if (type == packet::raw) return next_raw(result.value());
    const dialtone::decode_result expected = dialtone::decode_packet(framing, bytes(model_), decoder_.options());
    if (!result) {
      DIALTONE_ASSERT(std::get<dialtone::packet_error>(expected) == result.error(), "both fail alike");
    } else if (!*result) {
      const auto more = std::get<dialtone::more_needed>(expected).size;
      DIALTONE_ASSERT(decoder_.missing() == more.value_or(model_.size() + 1) - model_.size(), "both need as much");
    } else {
      const auto& found = std::get<dialtone::decoded_packet>(expected);
      DIALTONE_ASSERT(**result == found.packet, "both find the same packet");
      model_ = found.rest.view();
      if (type == packet::http) remember(found.packet);
    }
  }

  void next_raw(const std::optional<bytes>& taken) {
    DIALTONE_ASSERT(taken.has_value() == !model_.empty(), "raw is all that there is");
    if (!taken) return;
    DIALTONE_ASSERT(!taken->empty() && model_.starts_with(taken->view()), "raw bytes come in order");
    model_.erase(0, taken->size());
  }

  void remember(const bytes& line) {
    const auto parsed = in_headers_ ? parse_http_header_line(line) : parse_http_start_line(line);
    if (std::holds_alternative<dialtone::http_error>(parsed)) return;
    in_headers_ = !std::holds_alternative<dialtone::http_eoh>(parsed);
  }

  reader program_;
  dialtone::packet_decoder decoder_;
  std::string model_;
  bool in_headers_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  machine(reader({reinterpret_cast<const char*>(data), size})).run();
  return 0;
}

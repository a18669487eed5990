// SPDX-License-Identifier: Apache-2.0
// Runs the input as a program on bytes, a builder and a list, beside the same program on strings.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <dialtone/base/assert.hpp>
#include <dialtone/base/bytes.hpp>
#include <dialtone/base/bytes_builder.hpp>
#include <dialtone/base/bytes_list.hpp>

namespace {

using dialtone::bytes;

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

struct lent_buffer {
  static void release(void* context, const std::byte*, std::size_t) noexcept {
    delete static_cast<lent_buffer*>(context);
  }
  std::string content;
};

/// Four values under test, each with the string that it must be equal to.
class machine {
 public:
  explicit machine(reader program) : program_(program) {}

  void run() {
    while (!program_.done()) {
      step();
      for (std::size_t i = 0; i < size; ++i) check(values_[i], models_[i]);
      DIALTONE_ASSERT(builder_.view() == builder_model_, "the builder holds what was appended");
      DIALTONE_ASSERT(list_.size() == list_model_.size(), "the list is as long as its pieces");
    }
    check(list_.flatten(), list_model_);
  }

 private:
  static constexpr std::size_t size = 4;
  static constexpr std::size_t content_limit = 1 << 16;

  void step() {
    const std::size_t operation = program_.number(), i = program_.number() % size, j = program_.number() % size;
    switch (operation % 12) {
      case 0:
        create(i, operation / 12);
        break;
      case 1:
        assign(i, j);
        break;
      case 2:
        move(i, j);
        break;
      case 3:
        slice(i, j);
        break;
      case 4:
        set(i, values_[j].compact(), models_[j]);
        break;
      case 5:
        set(i, dialtone::concat({values_[i], models_[j]}), models_[i] + models_[j]);
        break;
      case 6:
        append(j);
        break;
      case 7:
        set(i, builder_.finish(), std::exchange(builder_model_, {}));
        break;
      case 8:
        list_.append(values_[j]), list_model_ += models_[j];
        break;
      case 9:
        set(i, list_.flatten(), list_model_);
        break;
      case 10:
        compare(i, j);
        break;
      case 11:
        format(i);
        break;
    }
    if (list_model_.size() > content_limit) list_.clear(), list_model_.clear();
    if (builder_model_.size() > content_limit) builder_.clear(), builder_model_.clear();
  }

  void set(std::size_t i, bytes value, std::string model) {
    if (model.size() > content_limit) value = bytes(), model.clear();
    values_[i] = std::move(value);
    models_[i] = std::move(model);
  }

  void create(std::size_t i, std::size_t kind) {
    std::string text(program_.text(program_.number()));
    const auto* data = reinterpret_cast<const std::byte*>(text.data());
    switch (kind % 4) {
      case 0:
        return set(i, std::string_view(text), text);
      case 1:
        return set(i, std::string(text), text);
      case 2:
        return set(i, std::vector<std::byte>(data, data + text.size()), text);
      case 3:
        break;
    }
    auto* lent = new lent_buffer{text};
    data = reinterpret_cast<const std::byte*>(lent->content.data());
    set(i, bytes::adopt(data, lent->content.size(), lent_buffer::release, lent), text);
  }

  void assign(std::size_t i, std::size_t j) {
    values_[i] = values_[j];
    models_[i] = std::string(models_[j]);
  }

  void move(std::size_t i, std::size_t j) {
    if (i == j) return;
    values_[i] = std::move(values_[j]);
    models_[i] = std::exchange(models_[j], {});
  }

  void slice(std::size_t i, std::size_t j) {
    const std::size_t offset = program_.number() * 4 % (models_[j].size() + 1);
    const std::size_t count = program_.number() * 4 % (models_[j].size() - offset + 1);
    set(i, values_[j].slice(offset, count), models_[j].substr(offset, count));
  }

  void append(std::size_t j) {
    builder_.append(values_[j]);
    builder_model_ += models_[j];
  }

  void compare(std::size_t i, std::size_t j) const {
    DIALTONE_ASSERT((values_[i] <=> values_[j]) == (models_[i] <=> models_[j]), "bytes are ordered like text");
    DIALTONE_ASSERT((values_[i] == values_[j]) == (models_[i] == models_[j]), "bytes are equal like text");
    DIALTONE_ASSERT(values_[i].find(models_[j]) == models_[i].find(models_[j]), "text is found as in text");
  }

  void format(std::size_t i) const {
    for (const char character : fmt::format("{}", values_[i])) {
      DIALTONE_ASSERT(character >= ' ' && character <= '~', "what is formatted is printable");
    }
  }

  static void check(const bytes& value, const std::string& model) {
    DIALTONE_ASSERT(value.view() == model, "bytes hold what the model holds");
    DIALTONE_ASSERT(value.is_inline() == (model.size() <= bytes::inline_capacity), "small bytes are inline");
  }

  reader program_;
  std::array<bytes, size> values_;
  std::array<std::string, size> models_;
  dialtone::bytes_builder builder_;
  std::string builder_model_;
  dialtone::bytes_list list_;
  std::string list_model_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  machine(reader({reinterpret_cast<const char*>(data), size})).run();
  return 0;
}

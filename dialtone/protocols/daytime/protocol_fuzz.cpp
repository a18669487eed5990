// SPDX-License-Identifier: Apache-2.0
// Any bytes as an answer: what is a time has one form.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <dialtone/base/assert.hpp>
#include <dialtone/protocols/daytime/protocol.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view answer{reinterpret_cast<const char*>(data), size};
  const auto time = dialtone::daytime::decode(answer);
  if (!time) return 0;
  const dialtone::bytes again = dialtone::daytime::encode(*time);
  DIALTONE_ASSERT(again.starts_with(answer), "a time has one form, and its end of line may be missing");
  DIALTONE_ASSERT(again.size() == answer.size() || again.size() == answer.size() + 2, "nothing else may be missing");
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Any bytes as a name: what the server makes of them is what the client reads in the greeting. Any bytes as what a
// server sends: the question and the greeting are recognized as they are, and nothing else is.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <dialtone/base/assert.hpp>
#include <dialtone/protocols/hello/protocol.hpp>

using dialtone::bytes;
namespace hello = dialtone::hello;

namespace {

void check_name(const bytes& input) {
  auto name = hello::decode_name(input, 100);
  if (!name) {
    DIALTONE_ASSERT(input.size() > 100, "only a long name is refused");
    return;
  }
  DIALTONE_ASSERT(input.starts_with(name->view()), "a name is how the input begins");
  DIALTONE_ASSERT(input.size() - name->size() <= 2, "no more than one end of line is taken away");
  DIALTONE_ASSERT(hello::decode_greeting(hello::encode_greeting(*name)) == *name, "a greeting has the name");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes input{std::string_view{reinterpret_cast<const char*>(data), size}};
  check_name(input);
  if (auto complete = hello::decode_question(input); complete && *complete)
    DIALTONE_ASSERT(input == hello::question, "there is one question");
  if (auto greeted = hello::decode_greeting(input))
    DIALTONE_ASSERT(hello::encode_greeting(*greeted) == input, "a greeting has one form");
  return 0;
}

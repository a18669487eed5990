// SPDX-License-Identifier: Apache-2.0
// The smallest user of the installed package: headers, the language standard, and a symbol of the library.
#include <cstdio>
#include <dialtone/base/assert.hpp>
#include <dialtone/base/time.hpp>

int main() {
  const dialtone::time_point start{};
  const bool endless = dialtone::after_delay(start, dialtone::duration::max()) == dialtone::never;
  const auto later = dialtone::after_delay(start, std::chrono::milliseconds(250));
  DIALTONE_ASSERT(later > start, "time goes forward");
  std::printf("%s, %lld ns\n", endless ? "never" : "sometime", static_cast<long long>((later - start).count()));
}

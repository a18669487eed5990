// SPDX-License-Identifier: Apache-2.0
// A small fast generator of random numbers (splitmix64): for placement, jitter, simulation. The same seed gives the
// same numbers on every machine. Not for secrets.
#pragma once

#include <cstdint>

namespace dialtone::detail {

class random_bits {
 public:
  explicit random_bits(std::uint64_t seed) : state_{seed} {}

  std::uint64_t next() {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }
  /// A number below `limit`, each equally likely but for a bias of less than 2^-32.
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(((next() >> 32) * limit) >> 32); }

 private:
  std::uint64_t state_;
};

}  // namespace dialtone::detail

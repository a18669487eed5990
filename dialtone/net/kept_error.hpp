// SPDX-License-Identifier: Apache-2.0
// An error that may have happened, without a place, in 6 bytes: what a connection keeps of its end. An optional
// net_error takes 32, and most connections never have one. For the room net only.
#pragma once

#include <cstdint>

#include <dialtone/net/net_error.hpp>

namespace dialtone::detail {

class kept_error {
 public:
  kept_error() = default;
  /// Where it happened is not kept.
  kept_error(const net_error& why)
      : known_{true},
        operation_{why.operation()},
        code_{why.code()},
        system_code_{static_cast<std::uint16_t>(why.system_code())} {}

  explicit operator bool() const { return known_; }
  net_error operator*() const {
    return code_ == net_error::system ? net_error::of_system(operation_, system_code_) : net_error{operation_, code_};
  }

 private:
  bool known_ = false;
  net_operation operation_{};
  net_error::code_type code_{};
  std::uint16_t system_code_ = 0;  // an errno is at most 4,095
};

}  // namespace dialtone::detail

// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the key of a registry needs a std::hash and an ==
#include <dialtone/otp/registry.hpp>

struct place {
  int row;
  int column;
  friend bool operator==(const place&, const place&) = default;
};

dialtone::registry<place> wrong;

// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a raw pointer
#include <string>

#include <dialtone/otp/registry.hpp>

dialtone::registry<std::string, int*> wrong;

// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the key and the value of a registry are copied for whoever looks them up
#include <memory>
#include <string>

#include <dialtone/otp/registry.hpp>

dialtone::registry<std::string, std::unique_ptr<int>> wrong;

// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message for many is copied for each: send what can be copied, or to one receiver
#include <memory>

#include <dialtone/runtime/multicast.hpp>

void wrong(dialtone::pid one) { dialtone::send_all(std::vector{one}, std::make_unique<int>(1)); }

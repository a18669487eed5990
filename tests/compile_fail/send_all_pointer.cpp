// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a raw pointer
#include <dialtone/runtime/multicast.hpp>

void wrong(dialtone::pid one, int* number) { dialtone::send_all(std::vector{one}, number); }

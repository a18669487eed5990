// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a view (string_view, span)
#include <string_view>

#include <dialtone/otp/async.hpp>
namespace dt = dialtone;

dt::task<std::string_view> name_of(int number);

void start() { static_cast<void>(dt::async(name_of, 1)); }

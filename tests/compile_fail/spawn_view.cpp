// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a view (string_view, span)
#include <string>

#include <dialtone/runtime/runtime.hpp>
namespace dt = dialtone;

dt::process<> serve(std::string_view host);

void start() { dt::spawn(serve, "localhost"); }

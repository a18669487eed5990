// SPDX-License-Identifier: Apache-2.0
// A protocol from the package: its server and its client.
#include <cstdio>
#include <string>

#include <dialtone/dialtone.hpp>
#include <dialtone/protocols.hpp>

namespace dt = dialtone;

dt::process<> first() {
  auto [client, server] = *dt::memory::pair();
  server.controlling_process(dt::spawn(dt::echo::serve, server));
  auto same = co_await dt::echo::ask(client, "hello", std::chrono::seconds{5});
  std::printf("%s\n", std::string{same->view()}.c_str());
}

int main() { return dt::run(first); }

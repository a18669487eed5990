// SPDX-License-Identifier: Apache-2.0
// Addresses are values; names are resolved inside processes, by a resolver that is handed in. This one knows a text
// like /etc/hosts, so that no name leaves the machine; dt::system_resolver() asks the operating system.
#include <string>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;

void show_values() {
  const dt::socket_address web{dt::ip_address::v4(192, 168, 1, 20), 8080};
  const auto office = dt::ip_network::parse("192.168.0.0/16");
  fmt::print("{}: private {}, in {} {}\n", web, web.ip().is_private(), *office, office->contains(web.ip()));

  const auto scoped = dt::socket_address::parse("[fe80:0:0::1%2]:443");
  fmt::print("{}: scope {}\n", *scoped, scoped->ip().scope());

  const auto wrong = dt::ip_address::parse("192.168.1.256");
  fmt::print("192.168.1.256: {}\n", to_string(wrong.error()));
}

dt::task<> show(dt::resolver names, std::string host) {
  auto addresses = co_await names.resolve(host, {.families = dt::ip_families::v4});
  if (addresses)
    fmt::print("{}: {}\n", host, addresses->front());
  else
    fmt::print("{}\n", addresses.error());
}

dt::process<> first(dt::resolver names) {
  show_values();
  co_await show(names, "db.example");
  co_await show(names, "localhost");
  co_await show(names, "nowhere.example");
  co_await show(names, "127.1");
}

int main() { return dt::run(first, dt::hosts_resolver("10.0.0.5 db.example\n")); }

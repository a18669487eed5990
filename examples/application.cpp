// SPDX-License-Identifier: Apache-2.0
// A program as an application: a supervision tree, settings, something that it needs, and an orderly stop. It runs
// until it is told to end, as by Ctrl-C; here it tells itself. Settings come from the command line: application.cpp
// store.size=5
#include <signal.h>
#include <unistd.h>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;

class store : public dt::gen_server<store> {
 public:
  explicit store(int size) {
    dt::trap_exit();  // so that terminate is called when its supervisor ends it
    fmt::print("the store opens, {} shelves\n", size);
  }
  void terminate(const dt::exit_reason& reason) { fmt::print("the store closes: {}\n", to_string(reason)); }
};

dt::process<> customer(std::string name) {
  fmt::print("{} comes in\n", name);
  ::kill(::getpid(), SIGTERM);
  co_await dt::receive<std::string>();  // until the end
}

dt::supervisor_spec store_tree(const dt::environment& settings) {
  return {.children = {dt::child<store>("store", settings.get<int>("size"))}};
}
dt::supervisor_spec street_tree(const dt::environment& settings) {
  return {.children = {dt::child("customer", customer, settings.get<std::string>("customer"))}};
}

int main(int count, char** words) {
  dt::application store_part{.name = "store", .start = store_tree, .settings = {{"size", 3}}};
  dt::application street{.name = "street", .start = street_tree, .settings = {{"customer", "Ada"}}};
  street.needs = {store_part};
  dt::application_options options;
  for (int index = 1; index < count; ++index) options.configuration.push_back(dt::parse_configured(words[index]));
  return dt::run(street, options);
}

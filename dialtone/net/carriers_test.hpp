// SPDX-License-Identifier: Apache-2.0
// What a stream may go over, for tests that are the same for all: TCP and Unix sockets over each driver of the kernel,
// sockets in memory, and TCP where the whole runtime is in memory, on a clock of its own and in an order drawn from a
// seed.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <dialtone/net/transport.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone::carriers {

using scenario = process<> (*)(transport over);

struct carrier {
  std::string name;
  std::function<transport()> make;
  std::function<exit_reason(scenario, const transport&)> run;
  friend std::ostream& operator<<(std::ostream& out, const carrier& shown) { return out << shown.name; }
};

inline std::function<exit_reason(scenario, const transport&)> at_the_kernel(io::driver_choice driver) {
  return [driver](scenario run, const transport& over) {
    runtime rt{{.schedulers = 1, .driver = driver, .level = log_level::off}};
    return rt.run(run, over);
  };
}

inline std::function<exit_reason(scenario, const transport&)> stepped(bool in_memory, std::uint64_t seed) {
  return [in_memory, seed](scenario run, const transport& over) {
    testing::stepped_options options{.seed = seed, .shuffle = seed != 1};
    if (in_memory) options.runtime.make_driver = memory::network{}.drivers();
    return testing::stepped_runtime{std::move(options)}.run(run, over);
  };
}

inline transport tcp_over_loopback() { return transport::tcp({.address = "127.0.0.1"}); }
inline transport unix_sockets() { return transport::local(); }
inline transport in_memory() { return transport::memory({}); }

/// Their time passes only when nothing else is left to do.
inline std::vector<carrier> with_a_clock() {
  return {{"memory_stepped", in_memory, stepped(false, 1)},
          {"memory_shuffled", in_memory, stepped(false, 4711)},
          {"tcp_in_memory", tcp_over_loopback, stepped(true, 1)},
          {"tcp_in_memory_shuffled", tcp_over_loopback, stepped(true, 4711)}};
}

inline std::vector<carrier> all_of_them() {
  std::vector<carrier> all{{"tcp_epoll", tcp_over_loopback, at_the_kernel(io::driver_choice::epoll)},
                           {"tcp_best", tcp_over_loopback, at_the_kernel(io::driver_choice::best)},
                           {"local_epoll", unix_sockets, at_the_kernel(io::driver_choice::epoll)},
                           {"local_best", unix_sockets, at_the_kernel(io::driver_choice::best)},
                           {"memory", in_memory, at_the_kernel(io::driver_choice::epoll)}};
  std::ranges::copy(with_a_clock(), std::back_inserter(all));
  return all;
}

inline std::string name_of(const ::testing::TestParamInfo<carrier>& of) { return of.param.name; }

/// A suite of its own name, with the carriers that it is instantiated with.
class over_carriers : public ::testing::TestWithParam<carrier> {
 protected:
  static void run(scenario test) {
    const exit_reason end = GetParam().run(test, GetParam().make());
    EXPECT_EQ(end, exit_reason::normal) << to_string(end);
  }
};

struct ends {
  stream::socket client;
  stream::socket server;
};

/// A connection, both ends of which the caller owns.
inline task<ends> connected(transport over, socket_options client = {}, socket_options server = {}) {
  auto listener = co_await over.listen({.connections = std::move(server)});
  auto socket = co_await over.connect(listener->local_address(), std::move(client), std::chrono::seconds{5});
  auto accepted = co_await over.handshake(*co_await listener->accept());
  listener->close();
  co_return ends{*socket, *accepted};
}

/// What was received, or why nothing was.
inline std::string text_of(const std::expected<bytes, net_error>& got) {
  return got ? std::string{got->view()} : to_string(got.error());
}

}  // namespace dialtone::carriers

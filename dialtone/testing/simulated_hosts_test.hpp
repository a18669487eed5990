// SPDX-License-Identifier: Apache-2.0
// Two hosts, a and b, of a simulated network, a driver each, and time that the test moves: what the tests of the
// network stand on.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <dialtone/net/address.hpp>
#include <dialtone/testing/simulated_network.hpp>

namespace dialtone::testing::two_hosts {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using std::chrono_literals::operator""ns;

/// An operation that keeps its result.
struct kept : io::operation {
  kept() : operation{[](operation& self, io::result&& done) { static_cast<kept&>(self).got = std::move(done); }} {}
  std::optional<io::result> got;
};

/// Everything takes a millisecond, and nothing is cut into segments.
inline network_options plain(link_options link = {.delay = latency::fixed(1ms), .segmentation = {}}) {
  return {.link = link};
}

inline io::socket_name at(const ip_address& ip, std::uint16_t port = 0) {
  return to_socket_name(socket_address{ip, port});
}

/// Two ends of a connection.
struct connection {
  io::handle client;
  io::handle server;
};

struct world {
  explicit world(const network_options& options = plain(), std::uint64_t seed = 1) : network{clock, seed, options} {}

  /// Runs what is due and tells who waits for it, until nothing more is due now.
  void settle() {
    network.run_events();
    for (bool again = true; std::exchange(again, false); network.run_events()) {
      for (io::driver* each : {at_a.get(), at_b.get()}) {
        if (each == nullptr || !each->is_ready()) continue;
        again = true;
        each->poll(0ns);
      }
    }
  }
  void run_until(time_point end) {
    for (settle(); network.next_event() <= end; settle()) clock.advance_to(std::max(clock.now(), network.next_event()));
    clock.advance_to(end);
    settle();
  }
  void run_for(duration time) { run_until(clock.now() + time); }
  /// Runs until it is done, for an hour at most.
  io::result finished(kept& what) {
    const time_point end = clock.now() + 1h;
    for (settle(); !what.got && network.next_event() <= end; settle())
      clock.advance_to(std::max(clock.now(), network.next_event()));
    if (!what.got) {
      ADD_FAILURE() << "an operation was never completed";
      return {.error = -1};
    }
    return std::move(*what.got);
  }
  template <class Begin>
  io::result finished(Begin begin) {
    kept later;
    io::result done;
    return begin(later, done) ? std::move(done) : finished(later);
  }

  static io::handle open(io::driver& io, int family = AF_INET) {
    return io.open({.family = family, .type = SOCK_STREAM}).value();
  }
  static int set(io::driver& io, io::handle of, int level, int option, int value) {
    return io.set_option(of, {level, option}, std::as_bytes(std::span{&value, 1}));
  }
  static io::handle listen(io::driver& io, const io::socket_name& name, int backlog = 128) {
    const io::handle listener = open(io, static_cast<const sockaddr*>(name.data())->sa_family);
    EXPECT_EQ(io.bind(listener, name), 0);
    EXPECT_EQ(io.listen(listener, backlog), 0);
    return listener;
  }
  int connect(io::driver& io, io::handle from, const io::socket_name& to) {
    return finished([&](kept& later, io::result& done) { return io.connect(from, to, later, done); }).error;
  }
  io::handle accept(io::driver& io, io::handle listener) {
    return finished([&](kept& later, io::result& done) { return io.accept(listener, later, done); }).accepted;
  }
  io::result receive(io::driver& io, io::handle from) {
    return finished([&](kept& later, io::result& done) { return io.receive(from, later, done); });
  }
  std::string receive_bytes(io::driver& io, io::handle from, std::size_t count) {
    std::string all;
    while (all.size() < count) {
      const io::result got = receive(io, from);
      if (got.error != 0 || got.data.empty()) break;
      all += got.data.view();
    }
    return all;
  }
  io::result send(io::driver& io, io::handle to, bytes data) {
    std::vector<bytes> pieces{std::move(data)};
    return finished([&](kept& later, io::result& done) { return io.send(to, pieces, later, done); });
  }
  /// What is there without waiting: nothing is -1.
  static io::result receive_now(io::driver& io, io::handle from) {
    kept later;
    io::result done;
    if (io.receive(from, later, done)) return done;
    io.cancel(later);
    return {.error = -1};
  }
  /// From a to b.
  connection connect_both() {
    const io::handle listener = listen(*at_b, at(b_address));
    const connection made = connect_to(listener);
    at_b->close(listener);
    return made;
  }
  connection connect_to(io::handle listener) {
    connection made;
    made.client = open(*at_a);
    EXPECT_EQ(connect(*at_a, made.client, at_b->local_name(listener).value()), 0);
    made.server = accept(*at_b, listener);
    EXPECT_TRUE(made.server);
    return made;
  }
  /// Both directions.
  void cut() { network.cut(a, b), network.cut(b, a); }
  void mend() { network.mend(a, b), network.mend(b, a); }

  const ip_address a_address = ip_address::v4(10, 0, 0, 1);
  const ip_address b_address = ip_address::v4(10, 0, 0, 2);
  virtual_clock clock;
  simulated_network network;
  host_id a = network.add_host("a", a_address);
  host_id b = network.add_host("b", b_address);
  std::unique_ptr<io::driver> at_a = network.make_driver(a);
  std::unique_ptr<io::driver> at_b = network.make_driver(b);
};

/// With times that are exact: a millisecond each way.
class simulated_faults : public ::testing::Test {
 protected:
  /// Of an idle connection.
  void expect_alive(const connection& of) {
    in_.send(a_, of.client, "ping");
    EXPECT_EQ(in_.receive_bytes(b_, of.server, 4), "ping");
    in_.send(b_, of.server, "pong");
    EXPECT_EQ(in_.receive_bytes(a_, of.client, 4), "pong");
  }
  void restart_b() {
    in_.network.crash(in_.b);
    in_.network.restart(in_.b);
    again_ = in_.network.make_driver(in_.b);
  }

  world in_;
  io::driver& a_ = *in_.at_a;
  io::driver& b_ = *in_.at_b;
  std::unique_ptr<io::driver> again_;
};

/// How much virtual time passes meanwhile.
template <class What>
duration time_of(world& in, What what) {
  const time_point start = in.clock.now();
  what();
  return in.clock.now() - start;
}

}  // namespace dialtone::testing::two_hosts

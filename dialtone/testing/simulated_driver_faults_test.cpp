// SPDX-License-Identifier: Apache-2.0
// The rare things that a system may do to calls: each happens, says what it is, and loses nothing.
#include <map>
#include <string>

#include <gtest/gtest.h>

#include <dialtone/net/tcp.hpp>
#include <dialtone/testing/simulated_hosts_test.hpp>
#include <dialtone/testing/simulation.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;
using two_hosts::kept;
using two_hosts::world;

/// Lets one kind happen so many times.
class some_times final : public fault_source {
 public:
  some_times(std::string_view point, int times) : point_{point}, left_{times} {}
  bool happens(std::string_view point) override {
    if (point != point_ || left_ == 0) return false;
    --left_;
    return true;
  }
  bool is_over() const { return left_ == 0; }

 private:
  std::string_view point_;
  int left_;
};

/// Two hosts whose connections are up before faults may happen: then a's driver meets one kind of them.
struct faulty_world : world {
  faulty_world(std::string_view point, int times = 1) : faults{point, times} {}
  ~faulty_world() { at_a.reset(); }
  void begin() { at_a = network.make_driver(a, &faults); }
  some_times faults;
};

TEST(simulated_driver_faults, a_socket_that_cannot_be_opened_says_why) {
  for (const auto& [point, error] : {std::pair{fault_points::open_no_descriptor, EMFILE},
                                     {fault_points::open_no_file, ENFILE},
                                     {fault_points::open_no_memory, ENOBUFS}}) {
    faulty_world in{point};
    in.begin();
    const auto refused = in.at_a->open({.family = AF_INET, .type = SOCK_STREAM});
    ASSERT_FALSE(refused) << point;
    EXPECT_EQ(refused.error(), error);
    EXPECT_TRUE(in.at_a->open({.family = AF_INET, .type = SOCK_STREAM}));
  }
}

TEST(simulated_driver_faults, a_connection_that_cannot_be_accepted_waits_in_the_backlog) {
  for (const auto& [point, error] : {std::pair{fault_points::accept_no_descriptor, EMFILE},
                                     {fault_points::accept_no_file, ENFILE},
                                     {fault_points::accept_no_memory, ENOMEM}}) {
    faulty_world in{point};
    in.begin();
    const io::handle listener = world::listen(*in.at_a, two_hosts::at(in.a_address));
    const io::handle client = world::open(*in.at_b);
    EXPECT_EQ(in.connect(*in.at_b, client, in.at_a->local_name(listener).value()), 0);
    const auto accept = [&](kept& later, io::result& done) { return in.at_a->accept(listener, later, done); };
    const io::result refused = in.finished(accept);
    EXPECT_EQ(refused.error, error);
    EXPECT_FALSE(refused.accepted);
    EXPECT_TRUE(in.finished(accept).accepted) << point;
  }
}

TEST(simulated_driver_faults, a_connect_that_finds_no_port_may_be_tried_again) {
  faulty_world in{fault_points::connect_no_port};
  in.begin();
  const io::handle listener = world::listen(*in.at_b, two_hosts::at(in.b_address));
  const io::handle client = world::open(*in.at_a);
  EXPECT_EQ(in.connect(*in.at_a, client, in.at_b->local_name(listener).value()), EADDRNOTAVAIL);
  EXPECT_EQ(in.connect(*in.at_a, client, in.at_b->local_name(listener).value()), 0);
}

TEST(simulated_driver_faults, a_datagram_without_memory_is_not_sent) {
  faulty_world in{fault_points::datagram_no_memory};
  in.begin();
  const io::handle from = in.at_a->open({.family = AF_INET, .type = SOCK_DGRAM}).value();
  const auto send = [&] {
    kept later;
    io::result done;
    EXPECT_TRUE(in.at_a->send_datagram(from, {.to = two_hosts::at(in.b_address, 9), .data = bytes{"x"}}, later, done));
    return done;
  };
  EXPECT_EQ(send().error, ENOBUFS);
  const io::result sent = send();
  EXPECT_EQ(sent.error, 0);
  EXPECT_EQ(sent.sent, 1u);
}

// Those that no program may notice: the bytes are the same, in the same order.
TEST(simulated_driver_faults, what_is_only_late_loses_nothing) {
  constexpr int often = 10;
  for (const std::string_view point : {fault_points::driver_waits, fault_points::driver_spurious,
                                       fault_points::driver_late, fault_points::driver_sends_part}) {
    faulty_world in{point, often};
    in.begin();
    const io::handle listener = world::listen(*in.at_b, two_hosts::at(in.b_address));
    const two_hosts::connection both = in.connect_to(listener);
    std::string all;
    std::string heard;
    for (int round = 0; round < 2 * often; ++round) {
      const std::string said(std::size_t{1} + static_cast<std::size_t>(round) * 100, static_cast<char>('a' + round));
      const io::result sent = in.send(*in.at_a, both.client, bytes{said});
      EXPECT_EQ(sent.error, 0);
      EXPECT_EQ(sent.sent, said.size());
      all += in.receive_bytes(*in.at_b, both.server, said.size());
      in.send(*in.at_b, both.server, bytes{said});
      heard += in.receive_bytes(*in.at_a, both.client, said.size());
    }
    EXPECT_EQ(all.size(), std::size_t{2 * often} + 100 * (2 * often) * (2 * often - 1) / 2);
    EXPECT_EQ(heard, all) << point;
    EXPECT_TRUE(in.faults.is_over()) << point;
  }
}

TEST(simulated_driver_faults, a_send_of_which_a_part_is_taken_goes_on_in_the_next_poll) {
  faulty_world in{fault_points::driver_sends_part};
  in.begin();
  const io::handle listener = world::listen(*in.at_b, two_hosts::at(in.b_address));
  const two_hosts::connection both = in.connect_to(listener);
  kept sending;
  io::result done;
  std::vector<bytes> pieces{bytes{"abcd"}, bytes{"ef"}};
  EXPECT_FALSE(in.at_a->send(both.client, pieces, sending, done));
  EXPECT_EQ(in.at_a->sent_so_far(both.client), 3u);
  EXPECT_TRUE(in.at_a->is_ready());
  in.at_a->poll({});
  ASSERT_TRUE(sending.got);
  EXPECT_EQ(sending.got->sent, 6u);
  EXPECT_EQ(in.receive_bytes(*in.at_b, both.server, 6), "abcdef");
}

TEST(simulated_driver_faults, a_spurious_wake_up_completes_nothing) {
  faulty_world in{fault_points::driver_spurious};
  in.begin();
  const io::handle listener = world::listen(*in.at_b, two_hosts::at(in.b_address));
  const two_hosts::connection both = in.connect_to(listener);
  in.faults = some_times{fault_points::driver_spurious, 1};
  kept waiting;
  io::result done;
  EXPECT_FALSE(in.at_a->receive(both.client, waiting, done));
  EXPECT_TRUE(in.at_a->is_ready());
  in.at_a->poll({});
  EXPECT_FALSE(waiting.got);
  EXPECT_FALSE(in.at_a->is_ready());
  in.send(*in.at_b, both.server, bytes{"data"});
  EXPECT_EQ(in.finished(waiting).data.view(), "data");
}

// --- whole systems ---

constexpr int questions = 200;

// One connection after the other: a spawn may be refused here.
process<> answer_one_by_one() {
  auto listener = co_await tcp::listen({.port = 7});
  while (!listener) listener = co_await tcp::listen({.port = 7});
  while (auto socket = co_await listener->accept()) {
    while (auto data = co_await socket->recv()) co_await socket->send(*data);
    socket->close();
  }
}

struct met {
  std::map<std::string, int, std::less<>> errors;
  int answers = 0;
} met_by_client;

process<> ask_all() {
  for (int number = 0; number < questions;) {
    auto socket = co_await tcp::connect("server", 7, {}, 10s);
    if (!socket) {
      ++met_by_client.errors[std::string{socket.error().code_name()}];
      continue;
    }
    const std::string said(static_cast<std::size_t>(number) * 50 + 1, static_cast<char>('a' + number % 26));
    EXPECT_TRUE(co_await socket->send(bytes{said}));
    auto heard = co_await socket->recv(said.size());
    EXPECT_TRUE(heard && heard->view() == said);
    socket->close();
    ++met_by_client.answers;
    ++number;
  }
}

TEST(simulated_driver_faults, sockets_survive_all_of_them_and_lose_nothing) {
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    SCOPED_TRACE(seed);
    met_by_client = {};
    simulation run{{.seed = seed, .faults = {.timing = probability::percent(20), .refusals = probability::percent(5)}}};
    run.node("server", answer_one_by_one);
    run.node("client", ask_all);
    ASSERT_TRUE(run.run_until_exit("client", 1h));
    EXPECT_EQ(*run.main_exit("client"), exit_reason::normal);
    EXPECT_EQ(met_by_client.answers, questions);
    for (const std::string_view seen : {"EMFILE", "ENFILE", "ENOBUFS", "EADDRNOTAVAIL"})
      EXPECT_TRUE(met_by_client.errors.contains(seen)) << seen;
  }
}

}  // namespace
}  // namespace dialtone::testing

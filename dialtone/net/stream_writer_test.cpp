// SPDX-License-Identifier: Apache-2.0
// What is gathered, who waits and what is told, of the writer alone; and when a socket sends, over a driver that keeps
// what it is given and takes it when the test says so.
#include <dialtone/net/stream_writer.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include <dialtone/net/stream_opening.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/testing/no_driver.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone::detail {
namespace {

/// A send that keeps what it was told.
struct kept_send : send_request {
  explicit kept_send(bytes data)
      : send_request{std::move(data), [](send_request& told, send_result result) {
                       static_cast<kept_send&>(told).result = std::move(result);
                     }} {}
  std::optional<send_result> result;
};

struct writer_with_sends {
  explicit writer_with_sends(watermarks marks = {}) { writer.marks = marks; }
  kept_send& send(bytes data, packet type = packet::raw) {
    auto& sent = *sends.emplace_back(std::make_unique<kept_send>(std::move(data)));
    writer.add(type, sent, sent.result);
    return sent;
  }
  std::vector<bytes> take() {
    std::vector<bytes> taken;
    writer.take([&taken](std::span<bytes> pieces) {
      for (bytes& piece : pieces) taken.push_back(std::move(piece));
      return true;
    });
    return taken;
  }
  std::vector<std::size_t> sizes_taken() {
    std::vector<std::size_t> sizes;
    for (const bytes& piece : take()) sizes.push_back(piece.size());
    return sizes;
  }

  stream_writer writer;
  std::vector<std::unique_ptr<kept_send>> sends;
};

bytes filled(std::size_t size, char with = 'x') { return std::string(size, with); }

// --- gathering ---

TEST(stream_writer, joins_small_pieces_and_leaves_large_ones_as_they_are) {
  writer_with_sends all;
  constexpr std::size_t small = stream_writer::small_piece;
  const bytes large = filled(small);
  for (const std::size_t size : {std::size_t{1}, std::size_t{2}, small - 1}) all.send(filled(size));
  all.send(large);
  all.send(filled(3));
  all.send(filled(small + 1));
  all.send(filled(4));
  all.send(filled(5));
  const std::vector<bytes> taken = all.take();
  ASSERT_EQ(taken.size(), 5u);
  EXPECT_EQ(taken[0].size(), small + 2);
  EXPECT_EQ(taken[1].data(), large.data()) << "by reference";
  EXPECT_EQ(taken[2].size(), 3u);
  EXPECT_EQ(taken[3].size(), small + 1);
  EXPECT_EQ(taken[4].size(), 9u);
  EXPECT_TRUE(all.writer.under_way());
}

TEST(stream_writer, keeps_the_order_of_what_it_joins) {
  writer_with_sends all;
  for (const char* word : {"one ", "", "two ", "three"}) all.send(word);
  EXPECT_EQ(all.take(), std::vector<bytes>{"one two three"});
}

TEST(stream_writer, puts_lengths_before_their_packets) {
  writer_with_sends all;
  all.send("ab", packet::length_2);
  all.send("", packet::length_4);
  all.send(filled(600), packet::length_2);
  const std::vector<bytes> taken = all.take();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0], (bytes{std::string_view{"\0\2ab\0\0\0\0\2\x58", 10}}));
  EXPECT_EQ(taken[1].size(), 600u);
  EXPECT_EQ(all.writer.largest(), 602u);
  EXPECT_EQ(all.writer.sent_packets(), 3u);
}

TEST(stream_writer, refuses_what_its_header_cannot_say) {
  writer_with_sends all;
  EXPECT_TRUE(*all.send(filled(255), packet::length_1).result);
  const kept_send& refused = all.send(filled(256), packet::length_1);
  EXPECT_EQ(refused.result->error(), net_error::message_too_long);
  EXPECT_EQ(refused.result->error().unsent(), 256u);
  EXPECT_EQ(all.writer.size(), 256u);
}

// --- the limit ---

TEST(stream_writer, lets_senders_wait_from_the_high_watermark_to_the_low_one) {
  writer_with_sends all{{.high = 100, .low = 40}};
  EXPECT_TRUE(all.send(filled(99)).result);
  EXPECT_FALSE(all.send(filled(1)).result) << "reaches it";
  EXPECT_EQ(all.writer.waiting(), 1u);
  all.take();
  all.send(filled(40));
  EXPECT_EQ(all.writer.size(), 100u) << "the third waits outside";
  all.writer.sent();
  EXPECT_TRUE(*all.sends[1]->result);
  EXPECT_TRUE(*all.sends[2]->result);
  EXPECT_EQ(all.writer.size(), 40u);
}

TEST(stream_writer, goes_on_at_the_low_watermark_and_not_one_byte_above_it) {
  for (const std::size_t left : {40, 41}) {
    writer_with_sends all{{.high = 100, .low = 40}};
    all.send(filled(100 - left));
    all.take();
    EXPECT_FALSE(all.send(filled(left)).result);
    all.writer.sent();
    EXPECT_EQ(all.sends[1]->result.has_value(), left == 40);
  }
}

TEST(stream_writer, holds_no_more_than_the_watermark_and_one_send_however_many_wait) {
  writer_with_sends all{{.high = 100, .low = 40}};
  for (int i = 0; i < 10; ++i) all.send(filled(1000));
  EXPECT_EQ(all.writer.size(), 1000u);
  EXPECT_EQ(all.writer.waiting(), 10u);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_FALSE(all.sends[i]->result);
    EXPECT_EQ(all.sizes_taken(), std::vector<std::size_t>{1000});
    all.writer.sent();
    EXPECT_TRUE(*all.sends[i]->result);
  }
  EXPECT_EQ(all.writer.size(), 0u);
  EXPECT_EQ(all.writer.waiting(), 0u);
}

TEST(stream_writer, lets_nobody_overtake_who_waits) {
  writer_with_sends all{{.high = 10, .low = 5}};
  for (const char* word : {"0123456789", "abc", "de", "fghij", "k"}) all.send(word);
  std::string sent;
  while (all.writer.size() != 0) {
    for (const bytes& piece : all.take()) sent += piece.view();
    all.writer.sent();
  }
  EXPECT_EQ(sent, "0123456789abcdefghijk");
}

TEST(stream_writer, sends_nothing_of_who_has_gone_before_there_was_room) {
  writer_with_sends all{{.high = 10, .low = 5}};
  all.send("0123456789");
  all.send("abandoned", packet::length_1);
  all.send("last");
  all.writer.forget(*all.sends[1]);
  all.writer.forget(*all.sends[0]);
  EXPECT_EQ(all.take(), std::vector<bytes>{"0123456789"}) << "what is queued stays";
  all.writer.sent();
  EXPECT_EQ(all.take(), std::vector<bytes>{"last"});
  EXPECT_TRUE(*all.sends[2]->result);
  EXPECT_EQ(all.writer.sent_packets(), 2u);
}

TEST(stream_writer, takes_along_what_is_queued_and_leaves_the_rest_to_its_senders) {
  writer_with_sends all{{.high = 10, .low = 5}};
  for (const char* word : {"0123456789", "abc", "de"}) all.send(word, packet::length_1);
  all.writer.let_queued_go();
  all.writer.let_queued_go();
  EXPECT_TRUE(*all.sends[0]->result);
  EXPECT_EQ(all.writer.waiting(), 2u);
  all.writer.tell_outside({net_operation::send, net_error::elsewhere});
  for (const std::size_t outside : {1u, 2u}) EXPECT_EQ(all.sends[outside]->result->error(), net_error::elsewhere);
  EXPECT_EQ(all.sends[1]->data, "abc");
  EXPECT_EQ(all.sends[2]->data, "de");
  EXPECT_EQ(all.take(), std::vector<bytes>{"\n0123456789"});
}

// --- failures ---

constexpr auto lost = net_error::rest::dropped;
const net_error broken = net_error::of_system(net_operation::send, ECONNRESET);

TEST(stream_writer, tells_each_how_much_of_its_own_has_gone_when_it_fails_in_the_middle) {
  // Of 3 + 2 header bytes and 20 of data that are under way, so many have gone: what is left of the 20.
  const std::vector<std::pair<std::size_t, std::size_t>> cases{{0, 20}, {3, 20}, {5, 20}, {6, 19}, {24, 1}, {25, 0}};
  for (const auto& [gone, left] : cases) {
    writer_with_sends all{{.high = 25, .low = 5}};
    all.send("one");
    all.send(filled(20), packet::length_2);
    all.send("outside");
    all.take();
    all.writer.fail(broken, gone);
    EXPECT_TRUE(*all.sends[0]->result) << "it did not wait";
    EXPECT_EQ(all.sends[1]->result->error(), broken.leaving(left)) << gone;
    EXPECT_EQ(all.sends[2]->result->error(), broken.leaving(7));
    EXPECT_EQ(all.writer.size(), 0u);
    EXPECT_FALSE(all.writer.under_way());
    EXPECT_EQ(all.writer.sent_bytes(), gone);
  }
}

TEST(stream_writer, knows_what_is_left_of_a_send_behind_others) {
  writer_with_sends all{{.high = 10, .low = 5}};
  all.send("123456");
  all.take();
  kept_send& second = all.send("abcdef");
  const auto left = [&](std::size_t sent) { return all.writer.left_of(second, broken, lost, sent).unsent(); };
  EXPECT_EQ(left(0), 6u);
  EXPECT_EQ(left(6), 6u);
  all.writer.take_back({"56"});
  EXPECT_EQ(all.writer.sent_bytes(), 4u);
  EXPECT_EQ(left(0), 6u);
  EXPECT_EQ(all.take(), std::vector<bytes>{"56abcdef"});
  EXPECT_EQ(left(2), 6u);
  EXPECT_EQ(left(5), 3u);
  EXPECT_EQ(left(8), 0u);
}

TEST(stream_writer, says_what_still_goes_out_when_only_the_waiting_ends) {
  writer_with_sends all{{.high = 10, .low = 5}};
  all.send("0123456789");
  all.send("outside");
  all.take();
  all.writer.tell_all(broken, net_error::rest::queued, 4);
  EXPECT_EQ(all.sends[0]->result->error(), broken.leaving(6, net_error::rest::queued));
  EXPECT_EQ(all.sends[1]->result->error(), broken.leaving(7, net_error::rest::queued));
  EXPECT_EQ(all.writer.size(), 17u);
  EXPECT_EQ(all.writer.waiting(), 0u);
}

// --- when a socket sends ---

class keeping_driver : public testing::no_driver {
 public:
  bool send(io::handle, std::span<bytes> pieces, io::operation& waiting, io::result& done) override {
    std::size_t size = 0;
    sent.emplace_back();
    for (const bytes& piece : pieces) {
      sent.back() += piece.view();
      size += piece.size();
    }
    if (sent.size() == refuses) {
      under_way = &waiting;
      waiting.in_flight = true;
      return false;
    }
    done = {.sent = size};
    return true;
  }
  bool receive(io::handle, io::operation& waiting, io::result&) override {
    waiting.in_flight = true;
    return false;
  }
  void cancel(io::operation& waiting) override { waiting.in_flight = false; }
  std::size_t sent_so_far(io::handle) const override { return 3; }
  void finish(io::result done) {
    under_way->in_flight = false;
    under_way->complete(*under_way, std::move(done));
  }

  std::vector<std::string> sent;  // by each call
  std::size_t refuses = 0;        // the call that is not done at once, from 1 on
  io::operation* under_way = nullptr;
};

struct driver_reference {
  keeping_driver* to;
};

}  // namespace
}  // namespace dialtone::detail

namespace dialtone {
template <>
inline constexpr bool enable_sendable<detail::driver_reference> = true;
}  // namespace dialtone

namespace dialtone::detail {
namespace {

using namespace std::chrono_literals;

keeping_driver run_with(process<> (*function)(driver_reference)) {
  keeping_driver driver;
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run(function, driver_reference{&driver}), exit_reason::normal);
  return driver;
}

process<> say(stream::socket socket, bytes data) { EXPECT_TRUE(co_await socket.send(std::move(data))); }

TEST(stream_writer_at_a_socket, an_answer_leaves_at_once_and_what_others_send_in_the_same_turn_together) {
  const keeping_driver driver = run_with([](driver_reference driver) -> process<> {
    const stream::socket socket = *own_stream(*driver.to, {1, 1}, {});
    co_await socket.send("several ");
    co_await socket.send("pieces");
    for (const char* word : {"of ", "one ", "turn"}) spawn(say, socket, bytes{word});
    co_await yield();
    co_await yield();
    co_await sleep_for(1ms);
    EXPECT_EQ(socket.getstat()->sent_packets, 5u);
  });
  EXPECT_EQ(driver.sent, (std::vector<std::string>{"several pieces", "of one turn"}));
}

TEST(stream_writer_at_a_socket, what_is_sent_while_a_send_is_under_way_leaves_behind_it) {
  run_with([](driver_reference driver) -> process<> {
    const stream::socket socket = *own_stream(*driver.to, {1, 1}, {});
    driver.to->refuses = 1;
    co_await socket.send("first");
    co_await sleep_for(1ms);
    for (int i = 0; i < 3; ++i) {
      co_await socket.send("next ");
      co_await sleep_for(1ms);
    }
    EXPECT_EQ(driver.to->sent.size(), 1u);
    driver.to->finish({.sent = 5});
    EXPECT_EQ(driver.to->sent.back(), "next next next ");
    EXPECT_EQ(socket.getstat()->send_pending, 0u);
  });
}

TEST(stream_writer_at_a_socket, a_failure_in_the_middle_ends_all_that_wait_and_all_that_follow) {
  run_with([](driver_reference driver) -> process<> {
    const stream::socket socket =
        *own_stream(*driver.to, {1, 1}, {.high_watermark = 10, .low_watermark = 5, .send_timeout = 5ms});
    driver.to->refuses = 1;
    EXPECT_EQ((co_await socket.send("0123456789")).error(),
              (net_error{net_operation::send, net_error::timeout}.leaving(7, net_error::rest::queued)));
    constexpr auto outside = [](stream::socket socket) -> task<send_result> { co_return co_await socket.send("out"); };
    constexpr auto fail = [](keeping_driver* driver) -> task<int> {
      driver->finish({.error = ECONNRESET, .sent = 4});
      co_return 0;
    };
    auto [told, done] = co_await all(outside(socket), fail(driver.to));
    EXPECT_EQ(told.error(), broken.leaving(3));
    EXPECT_EQ((co_await socket.send("late")).error(), broken.leaving(4));
    EXPECT_EQ(socket.getstat()->sent_bytes, 4u);
    EXPECT_EQ(socket.getstat()->send_pending, 0u);
  });
}

}  // namespace
}  // namespace dialtone::detail

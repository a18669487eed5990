// SPDX-License-Identifier: Apache-2.0
// The driver without a kernel, under the tests of all drivers (they are in kernel_driver_test.cpp's headers), and what
// only it does.
#include <dialtone/io/memory_driver.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <cerrno>
#include <system_error>
#include <thread>

#include <dialtone/io/driver_conformance_test.hpp>
#include <dialtone/io/socket_option.hpp>

namespace dialtone::io::conformance {
namespace {

using std::chrono_literals::operator""ms;

std::shared_ptr<memory_network> new_network() { return std::make_shared<memory_network>(); }

INSTANTIATE_TEST_SUITE_P(memory, driver_conformance,
                         testing::Values(driver_under_test{
                             "memory", [] { return std::make_unique<memory_driver>(new_network()); }}),
                         name_of);

class memory_driver_alone : public testing::Test {
 protected:
  memory_driver io_{new_network()};
};

socket_name any_address(std::uint16_t port = 0) { return socket_name::of_internet({.port = port}); }

TEST_F(memory_driver_alone, makes_pairs_without_names) {
  const auto [one, other] = io_.make_pair();
  send(io_, one, "hello");
  EXPECT_EQ(receive(io_, other).data, "hello");
  EXPECT_EQ(io_.peer_name(one), socket_name::of_unix({}));
  io_.close(one);
  EXPECT_TRUE(receive(io_, other).data.empty());
}

TEST_F(memory_driver_alone, is_a_stream_that_shows_no_boundaries) {
  const auto [one, other] = io_.make_pair();
  send(io_, one, "a");
  send(io_, one, "b");
  EXPECT_EQ(receive(io_, other).data, "ab");
}

TEST_F(memory_driver_alone, passes_one_large_piece_on_without_a_copy) {
  const auto [one, other] = io_.make_pair();
  const bytes large{pattern(10'000)};
  send(io_, one, large);
  EXPECT_EQ(receive(io_, other).data.data(), large.data());
}

TEST_F(memory_driver_alone, holds_as_much_as_the_capacity_and_no_byte_more) {
  const auto [one, other] = io_.make_pair();
  EXPECT_EQ(send(io_, one, bytes{pattern(memory_pipe::capacity)}).error, 0);
  std::vector<bytes> more{"x"};
  waiting write;
  result done;
  ASSERT_FALSE(io_.send(one, more, write, done));
  io_.poll(0ms);
  EXPECT_FALSE(write.got);
  EXPECT_EQ(receive_bytes(io_, other, memory_pipe::capacity).size(), memory_pipe::capacity);
  EXPECT_EQ(finished(io_, write).sent, 1);
  EXPECT_EQ(receive(io_, other).data, "x");
}

TEST_F(memory_driver_alone, holds_any_number_of_small_pieces_in_their_order) {
  const auto [one, other] = io_.make_pair();
  const std::string all = pattern(5000);
  for (const char each : all) send(io_, one, bytes{std::string(1, each)});
  EXPECT_TRUE(receive(io_, other).data == all);
}

TEST_F(memory_driver_alone, reaches_who_listens_at_all_addresses) {
  const handle listener = listen_on(io_, any_address());
  const std::uint16_t port = io_.local_name(listener)->internet()->port;
  const handle client = open_stream(io_);
  EXPECT_EQ(connect(io_, client, loopback(port)), 0);
  EXPECT_EQ(io_.peer_name(client), loopback(port));
  EXPECT_EQ(io_.local_name(accept(io_, listener)), loopback(port));
}

TEST_F(memory_driver_alone, has_unix_names_and_chooses_one) {
  const handle listener = io_.open({AF_UNIX, SOCK_STREAM}).value();
  ASSERT_EQ(io_.bind(listener, socket_name::of_unix({})), 0);
  ASSERT_EQ(io_.listen(listener, 1), 0);
  const socket_name chosen = io_.local_name(listener).value();
  EXPECT_TRUE(chosen.unix_path()->starts_with('\0'));
  const handle client = io_.open({AF_UNIX, SOCK_STREAM}).value();
  EXPECT_EQ(connect(io_, client, chosen), 0);
  EXPECT_EQ(io_.local_name(client), socket_name::of_unix({}));
}

TEST_F(memory_driver_alone, lets_connections_beyond_the_backlog_wait_in_order) {
  const handle listener = listen_on(io_, loopback(), 1);
  const socket_name name = io_.local_name(listener).value();
  EXPECT_EQ(connect(io_, open_stream(io_), name), 0);
  waiting second;
  waiting third;
  waiting gives_up;
  result done;
  const handle impatient = open_stream(io_);
  ASSERT_FALSE(io_.connect(impatient, name, gives_up, done));
  ASSERT_FALSE(io_.connect(open_stream(io_), name, second, done));
  ASSERT_FALSE(io_.connect(open_stream(io_), name, third, done));
  io_.close(impatient);
  EXPECT_TRUE(accept(io_, listener));
  EXPECT_EQ(finished(io_, second).error, 0);
  EXPECT_FALSE(third.got);
  io_.close(listener);
  EXPECT_EQ(finished(io_, third).error, ECONNREFUSED);
}

TEST_F(memory_driver_alone, has_a_backlog_of_4096_at_most) {
  const handle listener = listen_on(io_, loopback(), 1'000'000);
  const socket_name name = io_.local_name(listener).value();
  for (int i = 0; i < memory_driver::backlog_limit; ++i) ASSERT_EQ(connect(io_, open_stream(io_), name), 0) << i;
  waiting one_more;
  result done;
  ASSERT_FALSE(io_.connect(open_stream(io_), name, one_more, done));
  EXPECT_TRUE(accept(io_, listener));
  EXPECT_EQ(finished(io_, one_more).error, 0);
}

TEST_F(memory_driver_alone, resets_connections_that_wait_when_their_listener_goes) {
  const handle listener = listen_on(io_, loopback());
  const handle client = open_stream(io_);
  ASSERT_EQ(connect(io_, client, io_.local_name(listener).value()), 0);
  io_.close(listener);
  EXPECT_EQ(receive(io_, client).error, ECONNRESET);
}

std::string asked(driver& io, handle of, socket_option which, std::size_t most = 64) {
  std::string value(most, '?');
  const auto written = io.option(of, which, std::as_writable_bytes(std::span{value}));
  return written ? value.substr(0, *written) : "error " + std::to_string(written.error());
}

int set_text(driver& io, handle of, socket_option which, std::string_view value) {
  return io.set_option(of, which, std::as_bytes(std::span{value}));
}

TEST_F(memory_driver_alone, remembers_options_up_to_64_bytes) {
  const handle socket = open_stream(io_);
  const std::string none(sizeof(int), '\0');
  const std::string longest(64, 'x');
  for (const socket_option each : {socket_option{SOL_SOCKET, SO_PRIORITY},
                                   {SOL_SOCKET, SO_BINDTODEVICE},
                                   {SOL_SOCKET, 127},
                                   {IPPROTO_TCP, TCP_CONGESTION},
                                   {IPPROTO_IP, IP_TOS}}) {
    EXPECT_EQ(asked(io_, socket, each), none);
    EXPECT_EQ(set_text(io_, socket, each, "some"), 0);
    EXPECT_EQ(asked(io_, socket, each), "some");
    EXPECT_EQ(asked(io_, socket, each, 2), "so");
    EXPECT_EQ(set_text(io_, socket, each, longest), 0);
    EXPECT_EQ(set_text(io_, socket, each, longest + "x"), EINVAL);
    EXPECT_EQ(asked(io_, socket, each), longest);
  }
  EXPECT_EQ(set(io_, socket, SOL_SOCKET, 128, 1), ENOPROTOOPT);
  EXPECT_EQ(set(io_, socket, SOL_SOCKET, 0, 1), ENOPROTOOPT);
  EXPECT_EQ(set(io_, socket, IPPROTO_IPV6, IPV6_TCLASS, 1), ENOPROTOOPT);
  const handle six = io_.open({AF_INET6, SOCK_STREAM}).value();
  EXPECT_EQ(set(io_, six, IPPROTO_IPV6, IPV6_TCLASS, 1), 0);
  const handle local = io_.open({AF_UNIX, SOCK_STREAM}).value();
  EXPECT_EQ(set(io_, local, IPPROTO_TCP, TCP_NODELAY, 1), EOPNOTSUPP);
  EXPECT_TRUE(is_v6(io_, six));
  EXPECT_FALSE(is_v6(io_, socket));
  EXPECT_EQ(get_option(io_, local, option::type), SOCK_STREAM);
}

TEST_F(memory_driver_alone, gives_a_listeners_options_to_its_connections_but_for_unix_sockets) {
  for (const int family : {AF_INET, AF_UNIX}) {
    const handle listener = io_.open({family, SOCK_STREAM}).value();
    ASSERT_EQ(io_.listen(listener, 1), 0);
    EXPECT_EQ(get_option(io_, listener, option::listens), 1);
    ASSERT_EQ(set(io_, listener, SOL_SOCKET, SO_PRIORITY, 3), 0);
    const handle client = io_.open({family, SOCK_STREAM}).value();
    ASSERT_EQ(connect(io_, client, io_.local_name(listener).value()), 0);
    const handle server = accept(io_, listener);
    EXPECT_EQ(get_option(io_, server, option::priority), family == AF_INET ? 3 : 0);
    EXPECT_EQ(get_option(io_, server, option::listens), 0);
  }
}

TEST_F(memory_driver_alone, refuses_what_it_has_not) {
  EXPECT_EQ(io_.open({AF_INET, SOCK_DGRAM}).error(), EINVAL);
  EXPECT_EQ(io_.open({AF_PACKET, SOCK_STREAM}).error(), EAFNOSUPPORT);
  const handle fresh = open_stream(io_);
  EXPECT_EQ(receive(io_, fresh).error, ENOTCONN);
  EXPECT_EQ(send(io_, fresh, "x").error, ENOTCONN);
  EXPECT_EQ(io_.shutdown(fresh, shutdown_how::write), ENOTCONN);
  EXPECT_EQ(io_.peer_name(fresh).error(), ENOTCONN);
  waiting early;
  result done;
  EXPECT_TRUE(io_.accept(fresh, early, done));
  EXPECT_EQ(done.error, EINVAL);
  EXPECT_THROW(io_.adopt(0), std::system_error);
  EXPECT_EQ(io_.bind(fresh, socket_name::of_unix("path")), EINVAL);
}

TEST_F(memory_driver_alone, says_once_that_it_is_ready_until_it_is_polled) {
  int said = 0;
  memory_driver io{new_network(), [&] { ++said; }};
  const auto [one, other] = io.make_pair();
  waiting read;
  result done;
  ASSERT_FALSE(io.receive(other, read, done));
  send(io, one, "a");
  send(io, one, "b");
  EXPECT_EQ(said, 1);
  io.poll(0ms);
  EXPECT_EQ(read.got->data, "ab");
  send(io, one, "c");
  EXPECT_EQ(said, 2);
}

// Whoever says that a driver is ready holds its network, and wakes a scheduler, whose own driver may be in that network
// or in one whose lock somebody holds who wakes this one.
TEST(memory_drivers, can_be_woken_under_the_lock_of_any_network) {
  const auto network = new_network();
  memory_driver asleep{network};
  memory_driver io{network, [&] { asleep.wake(); }};
  const auto [one, other] = io.make_pair();
  waiting read;
  result done;
  ASSERT_FALSE(io.receive(other, read, done));
  send(io, one, "a");
  asleep.poll(duration::max());  // was woken
  io.poll(0ms);
  EXPECT_EQ(read.got->data, "a");
}

TEST(memory_drivers, reach_each_other_from_thread_to_thread) {
  const auto network = new_network();
  memory_driver near{network};
  const handle listener = listen_on(near, loopback());
  const socket_name name = near.local_name(listener).value();
  const std::string large = pattern(3'000'000);
  std::thread other{[&] {
    memory_driver far{network};
    const handle client = open_stream(far);
    EXPECT_EQ(connect(far, client, name), 0);
    EXPECT_EQ(send(far, client, bytes{large}).sent, large.size());
    EXPECT_TRUE(receive_bytes(far, client, large.size()) == large);
    // Its sockets close with it.
  }};
  const handle server = accept(near, listener);
  EXPECT_TRUE(receive_bytes(near, server, large.size()) == large);
  EXPECT_EQ(send(near, server, bytes{large}).sent, large.size());
  const result end = receive(near, server);
  EXPECT_EQ(end.error, 0);
  EXPECT_TRUE(end.data.empty());
  other.join();
}

TEST(memory_drivers, of_different_networks_do_not_meet) {
  memory_driver one{new_network()};
  memory_driver other{new_network()};
  const socket_name name = one.local_name(listen_on(one, loopback())).value();
  EXPECT_EQ(connect(other, open_stream(other), name), ECONNREFUSED);
}

}  // namespace
}  // namespace dialtone::io::conformance

// SPDX-License-Identifier: Apache-2.0
// The part of the conformance tests of drivers (see driver_conformance_test.hpp) about datagrams: what arrives and what
// comes with it, and errors of what was sent before. Their waits are in driver_datagram_life_test.hpp.
#pragma once

#include <dialtone/io/driver_conformance_test.hpp>

#include <netinet/udp.h>

namespace dialtone::io::conformance {

using std::chrono_literals::operator""ms;

/// A datagram operation that keeps its result.
struct waiting_datagram : datagram_operation {
  waiting_datagram()
      : datagram_operation{
            [](operation& self, result&& done) { static_cast<waiting_datagram&>(self).later.got = std::move(done); }} {}
  waiting later;
};

struct received_datagram {
  int error = 0;
  std::string data = {};
  datagram_origin origin = {};
};

inline received_datagram finished(driver& io, waiting_datagram& what) {
  for (int round = 0; round < 200 && !what.later.got; ++round) io.poll(10ms);
  if (!what.later.got) {
    io.cancel(what);
    ADD_FAILURE() << "a datagram has never come";
    return {.error = -1};
  }
  return {what.later.got->error, std::string{what.later.got->data.view()}, what.got};
}

inline received_datagram receive_datagram(driver& io, handle from, std::size_t room = 65'536) {
  waiting_datagram read;
  read.room = room;
  result done;
  if (!io.receive_datagram(from, read, done)) return finished(io, read);
  return {done.error, std::string{done.data.view()}, read.got};
}

inline result send_datagram(driver& io, handle from, const outgoing_datagram& sent) {
  return finished(io, [&](waiting& later, result& done) { return io.send_datagram(from, sent, later, done); });
}

inline handle open_datagram(driver& io, const socket_name& name = loopback()) {
  const int family = static_cast<const sockaddr*>(name.data())->sa_family;
  const handle opened = io.open({.family = family, .type = SOCK_DGRAM}).value();
  EXPECT_EQ(io.bind(opened, name), 0);
  return opened;
}

inline socket_name own_name(driver& io, handle of) { return io.local_name(of).value(); }

/// A Unix socket with a name that the kernel has chosen.
inline handle open_unix_datagram(driver& io) { return open_datagram(io, socket_name::of_unix("")); }

/// Of drivers that know datagrams, and of those that know them of Unix sockets.
class driver_datagrams : public driver_conformance {};
class driver_unix_datagrams : public driver_conformance {};

TEST_P(driver_datagrams, a_datagram_arrives_whole_with_the_name_of_its_sender) {
  const handle sender = open_datagram(io_);
  const handle receiver = open_datagram(io_);
  for (const std::size_t size : {1UZ, 100UZ, 20'000UZ, 65'507UZ}) {
    const result sent = send_datagram(io_, sender, {own_name(io_, receiver), bytes{pattern(size)}});
    EXPECT_EQ(sent.error, 0);
    EXPECT_EQ(sent.sent, size);
    const received_datagram got = receive_datagram(io_, receiver);
    EXPECT_TRUE(got.data == pattern(size));
    EXPECT_EQ(got.origin.source, own_name(io_, sender));
    EXPECT_FALSE(got.origin.truncated);
  }
  EXPECT_EQ(send_datagram(io_, sender, {own_name(io_, receiver), bytes{pattern(65'508)}}).error, EMSGSIZE);
}

TEST_P(driver_datagrams, a_wait_for_a_datagram_is_ended_by_poll) {
  const handle sender = open_datagram(io_);
  const handle receiver = open_datagram(io_);
  for (int round = 0; round < 200; ++round) {
    waiting_datagram read;
    result done;
    ASSERT_FALSE(io_.receive_datagram(receiver, read, done)) << round;
    if (round % 3 == 0) io_.poll(0ms);
    EXPECT_FALSE(read.later.got);
    send_datagram(io_, sender, {own_name(io_, receiver), "first"});
    send_datagram(io_, sender, {own_name(io_, receiver), "second"});
    ASSERT_EQ(finished(io_, read).data, "first") << round;
    EXPECT_EQ(read.got.source, own_name(io_, sender));
    ASSERT_EQ(receive_datagram(io_, receiver).data, "second") << round;
  }
}

TEST_P(driver_datagrams, an_empty_datagram_is_one) {
  const handle sender = open_datagram(io_);
  const handle receiver = open_datagram(io_);
  const auto send_both = [&] {
    EXPECT_EQ(send_datagram(io_, sender, {own_name(io_, receiver), ""}).error, 0);
    send_datagram(io_, sender, {own_name(io_, receiver), "after it"});
  };
  send_both();
  const received_datagram got = receive_datagram(io_, receiver);
  EXPECT_EQ(got.error, 0);
  EXPECT_EQ(got.data, "");
  EXPECT_EQ(got.origin.source, own_name(io_, sender));
  EXPECT_EQ(receive_datagram(io_, receiver).data, "after it");
  waiting_datagram read;
  result done;
  ASSERT_FALSE(io_.receive_datagram(receiver, read, done));
  send_both();
  EXPECT_EQ(finished(io_, read).data, "");
  EXPECT_EQ(receive_datagram(io_, receiver).data, "after it");
}

TEST_P(driver_datagrams, a_datagram_that_is_too_long_is_cut_and_says_so) {
  const handle sender = open_datagram(io_);
  const handle receiver = open_datagram(io_);
  for (const std::size_t size : {9UZ, 10UZ, 11UZ, 60'000UZ}) {
    send_datagram(io_, sender, {own_name(io_, receiver), bytes{pattern(size)}});
    send_datagram(io_, sender, {own_name(io_, receiver), "next"});
    const received_datagram got = receive_datagram(io_, receiver, 10);
    EXPECT_EQ(got.data, pattern(std::min(size, 10UZ)));
    EXPECT_EQ(got.origin.truncated, size > 10);
    EXPECT_EQ(receive_datagram(io_, receiver, 10).data, "next");
  }
}

TEST_P(driver_datagrams, a_connected_socket_hears_its_peer_only_and_needs_no_name) {
  const handle one = open_datagram(io_);
  const handle other = open_datagram(io_);
  const handle stranger = open_datagram(io_);
  ASSERT_EQ(connect(io_, one, own_name(io_, other)), 0);
  EXPECT_EQ(send_datagram(io_, one, {.data = "to the peer"}).error, 0);
  EXPECT_EQ(receive_datagram(io_, other).data, "to the peer");
  send_datagram(io_, stranger, {own_name(io_, one), "unheard"});
  send_datagram(io_, other, {own_name(io_, one), "heard"});
  EXPECT_EQ(receive_datagram(io_, one).data, "heard");
  EXPECT_EQ(send_datagram(io_, stranger, {.data = "to nobody"}).error, EDESTADDRREQ);
}

TEST_P(driver_datagrams, a_send_to_nobody_is_an_error_of_a_connected_socket_once_each) {
  const handle gone = open_datagram(io_);
  const handle sender = open_datagram(io_);
  ASSERT_EQ(connect(io_, sender, own_name(io_, gone)), 0);
  io_.close(gone);
  for (int round = 0; round < 5; ++round) {
    waiting_datagram read;
    result done;
    ASSERT_FALSE(io_.receive_datagram(sender, read, done));
    EXPECT_EQ(send_datagram(io_, sender, {.data = "x"}).error, 0);
    EXPECT_EQ(finished(io_, read).error, ECONNREFUSED);
    EXPECT_EQ(send_datagram(io_, sender, {.data = "y"}).error, 0);
    EXPECT_EQ(send_datagram(io_, sender, {.data = "z"}).error, ECONNREFUSED) << "and z is not sent";
  }
  waiting_datagram nothing;
  result done;
  EXPECT_FALSE(io_.receive_datagram(sender, nothing, done));
  io_.poll(0ms);
  EXPECT_FALSE(nothing.later.got);
}

/// Sockets of either family that this machine has, which say how they were reached.
inline std::vector<handle> open_observers(driver& io) {
  std::vector<handle> opened{open_datagram(io)};
  EXPECT_EQ(set(io, opened[0], IPPROTO_IP, IP_RECVTOS, 1), 0);
  EXPECT_EQ(set(io, opened[0], IPPROTO_IP, IP_RECVTTL, 1), 0);
  const auto v6 = io.open({.family = AF_INET6, .type = SOCK_DGRAM});
  if (v6 && io.bind(*v6, socket_name::of_internet(
                             {.is_v6 = true, .address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}})) == 0) {
    EXPECT_EQ(set(io, *v6, IPPROTO_IPV6, IPV6_RECVTCLASS, 1), 0);
    EXPECT_EQ(set(io, *v6, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1), 0);
    opened.push_back(*v6);
  }
  return opened;
}

TEST_P(driver_datagrams, what_travels_beside_a_datagram_is_set_and_told) {
  for (const handle each : open_observers(io_)) {
    const socket_name name = own_name(io_, each);
    send_datagram(io_, each, {name, "plain"});
    const received_datagram plain = receive_datagram(io_, each);
    EXPECT_EQ(plain.origin.ancillary.tos, 0);
    EXPECT_EQ(plain.origin.ancillary.ttl, 64);
    const outgoing_datagram marked{name, "marked", {.tos = 0x28, .ttl = 7}};
    EXPECT_EQ(send_datagram(io_, each, marked).error, 0);
    const received_datagram got = receive_datagram(io_, each);
    EXPECT_EQ(got.data, "marked");
    EXPECT_EQ(got.origin.ancillary, marked.ancillary);
    ASSERT_EQ(connect(io_, each, name), 0);
    EXPECT_EQ(send_datagram(io_, each, {.data = "to its peer", .ancillary = {.ttl = 9}}).error, 0);
    EXPECT_EQ(receive_datagram(io_, each).origin.ancillary, (datagram_ancillary{.tos = 0, .ttl = 9}));
  }
  const handle silent = open_datagram(io_);
  send_datagram(io_, silent, {own_name(io_, silent), "x", {.tos = 0x28}});
  EXPECT_EQ(receive_datagram(io_, silent).origin.ancillary, datagram_ancillary{});
}

TEST_P(driver_datagrams, a_socket_for_both_families_marks_what_goes_to_either) {
  const auto both = io_.open({.family = AF_INET6, .type = SOCK_DGRAM});
  if (!both) return;  // a machine without IPv6 has none
  const handle observer = open_observers(io_)[0];
  const socket_name v4 = own_name(io_, observer);
  const internet_name there = v4.internet().value();
  internet_name mapped{.is_v6 = true, .port = there.port};
  mapped.address[10] = mapped.address[11] = 0xff;
  for (std::size_t i = 0; i < 4; ++i) mapped.address[12 + i] = there.address[i];
  for (const socket_name& to : {v4, socket_name::of_internet(mapped)}) {
    EXPECT_EQ(send_datagram(io_, *both, {to, "x", {.tos = 0x20, .ttl = 3}}).error, 0);
    EXPECT_EQ(receive_datagram(io_, observer).origin.ancillary, (datagram_ancillary{.tos = 0x20, .ttl = 3}));
  }
  ASSERT_EQ(connect(io_, *both, socket_name::of_internet(mapped)), 0);
  EXPECT_EQ(send_datagram(io_, *both, {.data = "x", .ancillary = {.tos = 0x20}}).error, 0);
  EXPECT_EQ(receive_datagram(io_, observer).origin.ancillary.tos, 0x20);
}

TEST_P(driver_datagrams, the_kernel_cuts_a_large_one_and_joins_small_ones) {
  const handle sender = open_datagram(io_);
  const handle plain = open_datagram(io_);
  const handle joining = open_datagram(io_);
  ASSERT_EQ(set(io_, joining, IPPROTO_UDP, UDP_GRO, 1), 0);
  const bytes large{pattern(10'500)};
  EXPECT_EQ(send_datagram(io_, sender, {own_name(io_, plain), large, {.segment_size = 1000}}).sent, 10'500);
  for (std::size_t at = 0; at < 10'500; at += 1000) {
    const received_datagram got = receive_datagram(io_, plain);
    EXPECT_TRUE(got.data == pattern(std::min(1000UZ, 10'500 - at), at)) << at;
    EXPECT_EQ(got.origin.ancillary.segment_size, 0);
  }
  EXPECT_EQ(send_datagram(io_, sender, {own_name(io_, joining), large, {.segment_size = 1000}}).error, 0);
  std::string all;
  while (all.size() < large.size()) {
    const received_datagram got = receive_datagram(io_, joining);
    if (got.data.size() > 1000) {
      EXPECT_EQ(got.origin.ancillary.segment_size, 1000);
    }
    all += got.data;
  }
  EXPECT_TRUE(all == large.view());
  EXPECT_EQ(send_datagram(io_, sender, {own_name(io_, plain), large, {.segment_size = 1}}).error, EINVAL);
}

}  // namespace dialtone::io::conformance

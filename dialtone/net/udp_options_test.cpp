// SPDX-License-Identifier: Apache-2.0
// The options of UDP sockets, what travels beside the bytes, segments, multicasts, and datagrams of Unix sockets.
#include <dialtone/net/udp.hpp>

#include <fmt/format.h>
#include <sys/socket.h>
#include <filesystem>

#include <dialtone/net/interfaces.hpp>
#include <dialtone/net/udp_on_each_driver_test.hpp>

namespace dialtone {
namespace {

using namespace udp_tests;

std::string letters(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

TEST(udp_options, are_set_and_told) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here();
    const auto before = socket.getopts().value();
    EXPECT_EQ(before.active, active::passive);
    EXPECT_EQ(before.buffer, 65'536);
    EXPECT_EQ(before.read_packets, 16);
    EXPECT_EQ(before.broadcast, false);
    EXPECT_EQ(before.tos, 0);
    EXPECT_EQ(before.ttl, 64);
    EXPECT_EQ(before.recv_ttl, false);
    EXPECT_EQ(before.multicast_ttl, 1);
    EXPECT_EQ(before.multicast_loop, true);
    EXPECT_EQ(before.gro, false);
    EXPECT_TRUE(socket.setopts({.read_packets = 3,
                                .receive_buffer = 40'000,
                                .send_buffer = 30'000,
                                .broadcast = true,
                                .tos = 0x20,
                                .ttl = 5,
                                .recv_ttl = true,
                                .multicast_ttl = 9,
                                .multicast_loop = false}));
    const auto now = socket.getopts().value();
    EXPECT_EQ(now.buffer, before.buffer) << "what is not given stays";
    EXPECT_EQ(now.read_packets, 3);
    EXPECT_GE(now.receive_buffer, 40'000);
    EXPECT_GE(now.send_buffer, 30'000);
    EXPECT_EQ(now.broadcast, true);
    EXPECT_EQ(now.tos, 0x20);
    EXPECT_EQ(now.ttl, 5);
    EXPECT_EQ(now.recv_ttl, true);
    EXPECT_EQ(now.multicast_ttl, 9);
    EXPECT_EQ(now.multicast_loop, false);
  });
}

/// The code and the option that it names.
std::string refusal_of(udp::socket socket, const datagram_options& options) {
  const auto set = socket.setopts(options);
  return set ? "none" : fmt::format("{} {}", set.error().code_name(), set.error().name());
}

TEST(udp_options, that_cannot_be_are_refused_by_their_names_before_anything_changes) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here();
    const std::pair<datagram_options, std::string> wrong[] = {
        {{.buffer = 0, .ttl = 9}, "buffer"},
        {{.buffer = datagram_options::buffer_limit + 1, .ttl = 9}, "buffer"},
        {{.read_packets = 0, .ttl = 9}, "read_packets"},
        {{.ttl = 0}, "ttl"},
        {{.receive_buffer = std::size_t{1} << 31, .ttl = 9}, "receive_buffer"},
        {{.send_buffer = std::size_t{1} << 31, .ttl = 9}, "send_buffer"},
        {{.active = active::count(40'000), .ttl = 9}, "active"}};
    for (const auto& [options, name] : wrong) EXPECT_EQ(refusal_of(socket, options), "bad_option " + name);
    EXPECT_EQ(socket.getopts()->ttl, 64);
    EXPECT_EQ(refusal_of(socket, {.receive_buffer = (std::size_t{1} << 31) - 1}), "none") << "the kernel takes less";
    auto refused = co_await udp::open({.address = "127.0.0.1"}, {.buffer = 0});
    EXPECT_EQ(refused.error(), net_error::bad_option);
    EXPECT_EQ(refused.error().name(), "buffer");
  });
}

TEST(udp_options, that_the_kernel_refuses_are_told_by_their_names) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here();
    EXPECT_EQ(refusal_of(socket, {.multicast_interface = 123'456}), "EADDRNOTAVAIL multicast_interface");
    EXPECT_EQ(refusal_of(socket, {.raw = {{SOL_SOCKET, 9999, "1234"}}}), "ENOPROTOOPT raw 1 9999");
    const auto of_a_path = (co_await udp::open({.address = "unix:"})).value();
    EXPECT_EQ(refusal_of(of_a_path, {.tos = 8}), "EOPNOTSUPP tos");
  });
}

TEST(udp_options, a_priority_and_neighbours_only_are_set_and_told) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here();
    EXPECT_EQ(socket.getopts()->priority, 0);
    EXPECT_EQ(socket.getopts()->dont_route, false);
    EXPECT_TRUE(socket.setopts({.tos = 0x10, .priority = 3, .dont_route = true}));
    EXPECT_EQ(socket.getopts()->tos, 0x10);
    EXPECT_EQ(socket.getopts()->priority, 3) << "and not what the kernel makes of the TOS";
    EXPECT_EQ(socket.getopts()->dont_route, true);
    EXPECT_TRUE(co_await socket.send(address_of(socket), "to a neighbour"));
    EXPECT_EQ(co_await next_of(socket), "to a neighbour");
  });
}

TEST(udp_options, one_without_a_name_is_set_and_told_raw) {
  in_process([]() -> process<> {
    const int yes = 1;
    const bytes value{std::string{reinterpret_cast<const char*>(&yes), sizeof yes}};
    for (const char* address : {"127.0.0.1", "unix:"}) {
      auto socket = co_await udp::open({.address = address}, {.raw = {{SOL_SOCKET, SO_TIMESTAMP, value}}});
      EXPECT_EQ(socket->raw_option(SOL_SOCKET, SO_TIMESTAMP, sizeof yes), value);
      EXPECT_EQ(socket->raw_option(SOL_SOCKET, SO_TIMESTAMP, 64)->size(), sizeof yes);
      EXPECT_EQ(socket->raw_option(SOL_SOCKET, 9999, 4).error(), std::errc::no_protocol_option);
      EXPECT_EQ(socket->raw_option(SOL_SOCKET, 9999, 4).error().name(), "raw 1 9999");
      socket->close();
      EXPECT_EQ(socket->raw_option(SOL_SOCKET, SO_TIMESTAMP, 4).error(), net_error::closed);
    }
  });
}

TEST(udp_options, a_broadcast_needs_its_option) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here();
    const socket_address all{ip_address::v4(127, 255, 255, 255), address_of(socket).port()};
    EXPECT_EQ((co_await socket.send(all, "x")).error(), std::errc::permission_denied);
    socket.setopts({.broadcast = true});
    EXPECT_TRUE(co_await socket.send(all, "x"));
  });
}

TEST(udp_options, tos_and_ttl_are_told_when_asked_for) {
  in_process([]() -> process<> {
    for (const char* address : {"127.0.0.1", "::1"}) {
      auto opened = co_await udp::open({.address = address}, {.recv_tos = true, .recv_ttl = true});
      if (!opened) continue;  // a machine without IPv6 has none
      const auto socket = *opened;
      co_await socket.send(address_of(socket), "plain");
      EXPECT_EQ((co_await socket.recv(5s))->ancillary, (datagram_ancillary{0, 64}));
      co_await socket.send(address_of(socket), "marked", {.tos = 0x28, .ttl = 3});
      EXPECT_EQ((co_await socket.recv(5s))->ancillary, (datagram_ancillary{0x28, 3}));
      EXPECT_TRUE(socket.setopts({.tos = 0x30, .ttl = 9, .recv_ttl = false}));
      EXPECT_TRUE(socket.setopts({.active = active::once}));
      EXPECT_TRUE(socket.connect(address_of(socket)));
      co_await socket.send("of the socket");
      EXPECT_EQ((co_await receive<udp::data>()).ancillary, (datagram_ancillary{.tos = 0x30}));
    }
  });
}

/// Sends `size` bytes in segments, and gives what arrives: as many datagrams, but the last one of the same size.
task<std::string> sent_in_segments(udp::socket from, udp::socket to, std::size_t size, std::size_t segment) {
  EXPECT_TRUE(co_await from.send(address_of(to), letters(size), {.segment_size = segment}));
  std::string all;
  while (all.size() < size) {
    auto got = co_await to.recv(5s);
    if (!got) break;
    EXPECT_EQ(got->bytes.size(), std::min(segment, size - all.size()));
    EXPECT_EQ(got->source, address_of(from));
    EXPECT_FALSE(got->truncated);
    all += got->bytes.view();
  }
  co_return all;
}

TEST(udp_segments, large_bytes_leave_as_many_datagrams) {
  in_process([]() -> process<> {
    for (const bool gro : {false, true}) {
      const auto sender = co_await open_here();
      const auto receiver = co_await open_here({.receive_buffer = 1'000'000, .gro = gro});
      const std::pair<std::size_t, std::size_t> cases[] = {{10'500, 1000}, {1, 1000},        {1000, 1000}, {2000, 1000},
                                                           {50'000, 500},  {70'000, 40'000}, {300, 1}};
      for (const auto& [size, segment] : cases)
        EXPECT_TRUE(co_await sent_in_segments(sender, receiver, size, segment) == letters(size)) << size;
      const auto counted = receiver.getstat().value();
      EXPECT_EQ(counted.received_packets, 11 + 1 + 1 + 2 + 100 + 2 + 300);
      EXPECT_EQ(sender.getstat()->sent_packets, counted.received_packets);
      EXPECT_EQ(sender.getstat()->sent_bytes, counted.received_bytes);
      EXPECT_TRUE(co_await sender.send(address_of(receiver), "", {.segment_size = 10}));
      EXPECT_EQ(co_await next_of(receiver), "");
    }
  });
}

TEST(udp_segments, a_segment_that_is_no_datagram_is_refused) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here();
    auto refused = co_await socket.send(address_of(socket), letters(140'000), {.segment_size = 66'000});
    EXPECT_EQ(refused.error(), net_error::message_too_long);
    EXPECT_EQ(socket.getstat()->sent_packets, 0);
  });
}

TEST(udp_segments, what_the_kernel_has_joined_is_one_message_each) {
  in_process([]() -> process<> {
    const auto sender = co_await open_here();
    const auto receiver = co_await open_here({.active = active::count(3), .buffer = 800, .gro = true});
    EXPECT_TRUE(co_await sender.send(address_of(receiver), letters(5400), {.segment_size = 1000}));
    for (int i = 0; i < 3; ++i) {
      const auto got = co_await receive<udp::data>();
      EXPECT_TRUE(got.bytes == letters(5400).substr(static_cast<std::size_t>(i) * 1000, 800));
      EXPECT_TRUE(got.truncated);
    }
    co_await receive<udp::passive>();
    EXPECT_FALSE((co_await receive<udp::data>(after(0s))).has_value());
    EXPECT_EQ((co_await next_of(receiver)).size(), 800) << "the rest is still there";
    EXPECT_EQ((co_await next_of(receiver)).size(), 800);
    const auto last = co_await receiver.recv(5s);
    EXPECT_EQ(last->bytes.size(), 400);
    EXPECT_FALSE(last->truncated);
    EXPECT_EQ((co_await receiver.recv(0s)).error(), net_error::timeout);
  });
}

std::uint32_t loopback_index() {
  for (const network_interface& each : interfaces().value())
    if (each.flags.loopback) return each.index;
  return 0;
}

TEST(udp_multicast, members_of_a_group_hear_what_is_sent_to_it) {
  in_process([]() -> process<> {
    const ip_address group = ip_address::v4(239, 1, 2, 3);
    const std::uint32_t lo = loopback_index();
    const udp::open_options there{.address = "239.1.2.3", .reuse_address = true, .memberships = {{group, lo}}};
    const auto one = (co_await udp::open(there)).value();
    const socket_address everybody = address_of(one);
    auto same = there;
    same.port = everybody.port();
    const auto other = (co_await udp::open(same)).value();
    const auto sender = co_await open_here({.multicast_interface = lo});
    EXPECT_TRUE(co_await sender.send(everybody, "to all"));
    EXPECT_EQ(co_await next_of(one), "to all");
    EXPECT_EQ(co_await next_of(other), "to all");
    EXPECT_TRUE(other.drop_membership(group, lo));
    EXPECT_EQ(other.drop_membership(group, lo).error(), std::errc::address_not_available);
    EXPECT_EQ(other.add_membership(ip_address::v4(10, 0, 0, 1), lo).error(), std::errc::invalid_argument);
    EXPECT_TRUE(co_await sender.send(everybody, "to those who stay"));
    EXPECT_EQ(co_await next_of(one), "to those who stay");
    EXPECT_FALSE((co_await other.recv(0s)).has_value());
  });
}

/// An interface with IPv6 that multicasts go out by; 0 for none.
std::uint32_t multicasting_v6_index() {
  for (const network_interface& each : interfaces().value())
    for (const interface_address& of : each.addresses)
      if (each.flags.up && each.flags.multicast && of.address.is_v6()) return each.index;
  return 0;
}

TEST(udp_multicast, of_ipv6_comes_back_to_members_of_this_machine) {
  in_process([]() -> process<> {
    const std::uint32_t index = multicasting_v6_index();
    auto opened = co_await udp::open({.address = "::1"});
    if (!opened || index == 0)
      co_return say_no_ipv6(opened ? "no interface that multicasts" : to_string(opened.error()));
    const ip_address group = ip_address::parse("ff02::1234").value();
    const auto member = (co_await udp::open({.memberships = {{group, index}}})).value();
    const socket_address everybody{group, address_of(member).port()};
    const udp::socket stranger = *opened;
    const auto sender = (co_await udp::open({}, {.multicast_interface = index})).value();
    EXPECT_TRUE(co_await sender.send(everybody, "to all"));
    EXPECT_EQ(co_await next_of(member), "to all");
    EXPECT_TRUE(sender.setopts({.multicast_ttl = 3, .multicast_loop = false}));
    EXPECT_EQ(sender.getopts()->multicast_ttl, 3);
    EXPECT_TRUE(co_await sender.send(everybody, "to others only"));
    EXPECT_TRUE(sender.setopts({.multicast_loop = true}));
    EXPECT_TRUE(co_await sender.send(everybody, "to all again"));
    EXPECT_EQ(co_await next_of(member), "to all again");
    EXPECT_TRUE(member.drop_membership(group, index));
    EXPECT_EQ(member.drop_membership(group, index).error(), std::errc::address_not_available);
    EXPECT_TRUE(co_await sender.send(everybody, "to those who stay"));
    EXPECT_TRUE(co_await stranger.send({ip_address::loopback(ip_family::v6), everybody.port()}, "last"));
    EXPECT_EQ(co_await next_of(member), "last");
  });
}

/// A folder that is gone with its scope.
struct scratch_folder {
  scratch_folder() { std::filesystem::create_directory(path); }
  ~scratch_folder() { std::filesystem::remove_all(path); }
  std::string path = std::filesystem::temp_directory_path() / ("dialtone_udp_" + std::to_string(random()));
};

TEST(unix_datagrams, have_a_path_an_abstract_name_or_one_of_the_system_s_choice) {
  in_process([]() -> process<> {
    const scratch_folder folder;
    const std::string addresses[] = {"unix:" + folder.path + "/here", "unix:@dialtone " + folder.path, "unix:"};
    const auto sender = (co_await udp::open({.address = "unix:"})).value();
    for (const std::string& address : addresses) {
      auto opened = co_await udp::open({.address = address});
      EXPECT_TRUE(opened) << to_string(opened.error());
      if (address.size() > 5) {
        EXPECT_EQ(to_string(address_of(*opened)), address);
      }
      EXPECT_TRUE(co_await sender.send(address_of(*opened), letters(30'000)));
      auto got = co_await opened->recv(5s);
      EXPECT_TRUE(got->bytes == letters(30'000));
      EXPECT_EQ(got->source, address_of(sender));
      EXPECT_TRUE(co_await opened->send(got->source, "answer"));
      EXPECT_EQ(co_await next_of(sender), "answer");
      EXPECT_EQ((co_await udp::open({.address = to_string(address_of(*opened))})).error(), std::errc::address_in_use);
      const socket_address there = address_of(*opened);
      opened->close();
      EXPECT_EQ((co_await sender.send(there, "x")).error(), std::errc::connection_refused);
    }
  });
}

TEST(unix_datagrams, have_modes_and_segments_as_others) {
  in_process([]() -> process<> {
    const auto receiver = (co_await udp::open({.address = "unix:"}, {.active = active::count(3)})).value();
    const auto sender = (co_await udp::open({.address = "unix:"})).value();
    EXPECT_TRUE(sender.connect(address_of(receiver)));
    EXPECT_TRUE(co_await sender.send(letters(2500), {.segment_size = 1000}));
    for (const std::size_t size : {1000UZ, 1000UZ, 500UZ})
      EXPECT_EQ((co_await receive<udp::data>()).bytes.size(), size);
    co_await receive<udp::passive>();
    EXPECT_FALSE(sender.setopts({.ttl = 3})) << "it has none";
    EXPECT_FALSE(sender.getopts()->ttl);
  });
}

process<> send_too(udp::socket through, std::string text) { static_cast<void>(co_await through.send(text)); }

// A full queue holds senders: they go on in their order, but for one that was killed meanwhile.
TEST(unix_datagrams, senders_wait_for_room_in_turn) {
  in_process([]() -> process<> {
    const auto receiver = (co_await udp::open({.address = "unix:"})).value();
    const auto sender = (co_await udp::open({.address = "unix:"})).value();
    EXPECT_TRUE(sender.connect(address_of(receiver)));
    const int sent = co_await fill(sender);
    spawn(send_too, sender, std::string{"second"});
    const pid killed = spawn(send_too, sender, std::string{"of a killed one"});
    spawn(send_too, sender, std::string{"third"});
    co_await until_there_wait(3, sender);
    exit(killed, exit_reason::kill);
    const auto stranger = (co_await udp::open({.address = "unix:"})).value();
    EXPECT_EQ((co_await stranger.send(address_of(receiver), "x")).error(), std::errc::resource_unavailable_try_again);
    for (int i = 0; i <= sent; ++i) EXPECT_EQ(co_await next_of(receiver), std::to_string(i));
    EXPECT_EQ(co_await next_of(receiver), "second");
    EXPECT_EQ(co_await next_of(receiver), "third");
  });
}

}  // namespace
}  // namespace dialtone

// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/datagram_calls.hpp>

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace dialtone::io {

namespace {

// More than the kernel says at once: four numbers (of a socket for both families, each of IP and of IPv6).
constexpr std::size_t control_room = 256;
struct control {
  alignas(cmsghdr) std::array<std::byte, control_room> room;
};

// TOS comes as a byte, all else as an int.
int number_in(cmsghdr& each) {
  const std::size_t size = each.cmsg_len - CMSG_LEN(0);
  int value = 0;
  std::uint8_t byte = 0;
  if (size >= sizeof value) {
    std::memcpy(&value, CMSG_DATA(&each), sizeof value);
    return value;
  }
  if (size == 0) return 0;
  std::memcpy(&byte, CMSG_DATA(&each), sizeof byte);
  return byte;
}

void note(datagram_ancillary& told, cmsghdr& each) {
  const auto is = [&](int level, int type) { return each.cmsg_level == level && each.cmsg_type == type; };
  if (is(IPPROTO_IP, IP_TOS) || is(IPPROTO_IPV6, IPV6_TCLASS)) told.tos = static_cast<std::uint8_t>(number_in(each));
  if (is(IPPROTO_IP, IP_TTL) || is(IPPROTO_IPV6, IPV6_HOPLIMIT)) told.ttl = static_cast<std::uint8_t>(number_in(each));
  if (is(IPPROTO_UDP, UDP_GRO)) told.segment_size = static_cast<std::uint16_t>(number_in(each));
}

template <class Number>
void add(msghdr& message, int level, int type, Number value) {
  auto* next = reinterpret_cast<cmsghdr*>(static_cast<std::byte*>(message.msg_control) + message.msg_controllen);
  next->cmsg_level = level;
  next->cmsg_type = type;
  next->cmsg_len = CMSG_LEN(sizeof value);
  std::memcpy(CMSG_DATA(next), &value, sizeof value);
  message.msg_controllen += CMSG_SPACE(sizeof value);
}

// What goes to an IPv4 address is IPv4's, also from a socket for both families.
bool goes_by_v4(int descriptor, const socket_name& to) {
  socket_name name = to;
  if (name.size == 0) {
    socklen_t size = socket_name::capacity;
    if (::getpeername(descriptor, static_cast<sockaddr*>(name.data()), &size) == 0) name.size = size;
  }
  const auto internet = name.internet();
  if (!internet || !internet->is_v6) return true;
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(mapped.begin(), mapped.end(), internet->address.begin());
}

void add_all(msghdr& message, int descriptor, const outgoing_datagram& sent) {
  const datagram_ancillary& with = sent.ancillary;
  if (with.tos || with.ttl) {
    const bool v4 = goes_by_v4(descriptor, sent.to);
    const int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
    if (with.tos) add(message, level, v4 ? IP_TOS : IPV6_TCLASS, int{*with.tos});
    if (with.ttl) add(message, level, v4 ? IP_TTL : IPV6_HOPLIMIT, int{*with.ttl});
  }
  if (with.segment_size != 0) add(message, IPPROTO_UDP, UDP_SEGMENT, with.segment_size);
}

// A Unix socket that is not the peer has a full queue: nobody says when it has room again.
bool is_never_told(const outgoing_datagram& sent) { return sent.to.size != 0 && sent.to.unix_path().has_value(); }

}  // namespace

bool take_datagram(int descriptor, receive_buffers& buffers, datagram_operation& waiting, result& done) {
  control told;
  waiting.got = {};
  iovec into{buffers.next(), std::min(waiting.room, receive_buffers::size)};
  msghdr message{};
  message.msg_name = waiting.got.source.data();
  message.msg_namelen = socket_name::capacity;
  message.msg_iov = &into;
  message.msg_iovlen = 1;
  message.msg_control = told.room.data();
  message.msg_controllen = told.room.size();
  ssize_t count = 0;
  do count = ::recvmsg(descriptor, &message, MSG_DONTWAIT);
  while (count < 0 && errno == EINTR);
  if (count < 0) {
    done = {.error = errno};
    return done.error != EAGAIN;
  }
  waiting.got.source.size = message.msg_namelen;
  waiting.got.truncated = (message.msg_flags & MSG_TRUNC) != 0;
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each))
    note(waiting.got.ancillary, *each);
  done = {.data = buffers.take(static_cast<std::size_t>(count))};
  return true;
}

bool put_datagram(int descriptor, const outgoing_datagram& sent, result& done) {
  control told{};
  iovec from{const_cast<std::byte*>(sent.data.data()), sent.data.size()};
  msghdr message{};
  if (sent.to.size != 0) {
    message.msg_name = const_cast<void*>(sent.to.data());
    message.msg_namelen = sent.to.size;
  }
  message.msg_iov = &from;
  message.msg_iovlen = 1;
  message.msg_control = told.room.data();
  add_all(message, descriptor, sent);
  if (message.msg_controllen == 0) message.msg_control = nullptr;
  ssize_t count = 0;
  do count = ::sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (count < 0 && errno == EINTR);
  done = count < 0 ? result{.error = errno} : result{.sent = static_cast<std::size_t>(count)};
  return done.error != EAGAIN || is_never_told(sent);
}

}  // namespace dialtone::io

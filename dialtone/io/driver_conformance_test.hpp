// SPDX-License-Identifier: Apache-2.0
// What every driver must do, as tests over the drivers that a test program instantiates them with (see
// kernel_driver_test.cpp). This header has the doubles and what all tests need; the tests are in
// driver_transfer_test.hpp, driver_life_test.hpp, driver_close_test.hpp and driver_datagram*_test.hpp. They know no
// descriptors, so a driver without a kernel may be put under them, and they wait only in poll.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <dialtone/io/driver.hpp>

namespace dialtone::io::conformance {

struct driver_under_test {
  std::string name;
  std::function<std::unique_ptr<driver>()> make;
  friend std::ostream& operator<<(std::ostream& out, const driver_under_test& shown) { return out << shown.name; }
};

inline std::string name_of(const ::testing::TestParamInfo<driver_under_test>& of) { return of.param.name; }

/// An operation that keeps its result.
struct waiting : operation {
  waiting() : operation{[](operation& self, result&& done) { static_cast<waiting&>(self).got = std::move(done); }} {}
  std::optional<result> got;
};

/// Polls until `what` is done, and gives its result. An error that no kernel has when it never is.
inline result finished(driver& io, waiting& what) {
  constexpr int most = 200;
  for (int round = 0; round < most && !what.got; ++round) io.poll(std::chrono::milliseconds{10});
  if (!what.got) {
    io.cancel(what);
    ADD_FAILURE() << "an operation was never completed";
    return {.error = -1};
  }
  return std::move(*what.got);
}

/// Begins an operation and polls until it is done.
template <class Begin>
result finished(driver& io, Begin begin) {
  waiting done_later;
  result done;
  return begin(done_later, done) ? std::move(done) : finished(io, done_later);
}

inline result receive(driver& io, handle from) {
  return finished(io, [&](waiting& later, result& done) { return io.receive(from, later, done); });
}
inline result send(driver& io, handle to, std::vector<bytes> pieces) {
  return finished(io, [&](waiting& later, result& done) { return io.send(to, pieces, later, done); });
}
inline result send(driver& io, handle to, bytes data) { return send(io, to, std::vector{std::move(data)}); }
inline handle accept(driver& io, handle listener) {
  return finished(io, [&](waiting& later, result& done) { return io.accept(listener, later, done); }).accepted;
}
inline int connect(driver& io, handle from, const socket_name& to) {
  return finished(io, [&](waiting& later, result& done) { return io.connect(from, to, later, done); }).error;
}

/// What comes until there are `count` bytes, the end, or an error.
inline std::string receive_bytes(driver& io, handle from, std::size_t count) {
  std::string all;
  while (all.size() < count) {
    const result got = receive(io, from);
    if (got.error != 0 || got.data.empty()) break;
    all += got.data.view();
  }
  return all;
}

inline socket_name loopback(std::uint16_t port = 0) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socket_name name;
  std::memcpy(name.data(), &address, sizeof address);
  name.size = sizeof address;
  return name;
}

inline handle open_stream(driver& io) { return io.open({.family = AF_INET, .type = SOCK_STREAM}).value(); }

inline int set(driver& io, handle of, int level, int option, int value) {
  return io.set_option(of, {level, option}, std::as_bytes(std::span{&value, 1}));
}

inline handle listen_on(driver& io, const socket_name& name, int backlog = 128) {
  const handle listener = open_stream(io);
  EXPECT_EQ(set(io, listener, SOL_SOCKET, SO_REUSEADDR, 1), 0);
  EXPECT_EQ(io.bind(listener, name), 0);
  EXPECT_EQ(io.listen(listener, backlog), 0);
  return listener;
}

/// Two ends of a connection.
struct connection {
  handle client;
  handle server;
};

inline connection connect_to(driver& io, handle listener) {
  const handle client = open_stream(io);
  EXPECT_EQ(connect(io, client, io.local_name(listener).value()), 0);
  const handle server = accept(io, listener);
  EXPECT_TRUE(server);
  return {client, server};
}

inline connection make_connection(driver& io) {
  const handle listener = listen_on(io, loopback());
  const connection made = connect_to(io, listener);
  io.close(listener);
  return made;
}

/// Bytes that show where they belong.
inline std::string pattern(std::size_t size, std::size_t start = 0) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>((start + i) * 2654435761U >> 13);
  return text;
}

class driver_conformance : public ::testing::TestWithParam<driver_under_test> {
 protected:
  std::unique_ptr<driver> made_ = GetParam().make();
  driver& io_ = *made_;
};

}  // namespace dialtone::io::conformance

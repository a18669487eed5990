// SPDX-License-Identifier: Apache-2.0
// Calls and casts to a gen_server, and the start and the end of one.
#include "dialtone_works.hpp"

#include <stdexcept>

namespace works {

namespace {

class echo : public dt::gen_server<echo> {
 public:
  struct ask {
    using reply = long;
    long value;
  };
  struct note {
    long value;
  };
  struct last {
    using reply = long;
  };
  long handle_call(ask request) { return request.value; }
  void handle_cast(note request) { last_ = request.value; }
  long handle_call(last) { return last_; }

 private:
  long last_ = 0;
};

struct item {
  long value;
};
struct elapsed {
  double nanoseconds;
};

dt::process<> client(dt::server<echo> server, long calls, long stashed, dt::pid observer) {
  for (long i = 0; i < stashed; ++i) dt::send(dt::self(), item{i});
  auto start = dt::now();
  for (long i = 0; i < calls; ++i)
    if (co_await server.call(echo::ask{i}) != i) throw std::runtime_error("the answer is wrong");
  dt::send(observer, elapsed{nanoseconds_since(start)});
}

dt::task<double> calls_behind(long calls, long stashed) {
  auto server = co_await dt::start_link<echo>();
  // Its own messages: a limit would only hold the one who fills it.
  dt::spawn_link({.mailbox_limit = dt::unlimited}, client, server, calls, stashed, dt::self());
  auto time = co_await dt::receive<elapsed>();
  co_await server.stop();
  co_return time.nanoseconds / static_cast<double>(calls);
}

}  // namespace

dt::task<double> call_empty(long calls) { return calls_behind(calls, 0); }

dt::task<double> call_100k(long calls) { return calls_behind(calls, stash_size); }

dt::task<double> cast(long count) {
  auto server = co_await dt::start_link<echo>();
  auto start = dt::now();
  long sent = 0;
  while (sent < count) {
    for (const long end = std::min(sent + batch, count); sent < end; ++sent) server.cast(echo::note{sent});
    if (co_await server.call(echo::last{}) != sent - 1) throw std::runtime_error("a cast is missing");
  }
  double time = nanoseconds_since(start);
  co_await server.stop();
  co_return time / static_cast<double>(count);
}

dt::task<double> start_stop(long count) {
  auto start = dt::now();
  for (long i = 0; i < count; ++i) {
    auto server = co_await dt::start_link<echo>();
    co_await server.stop();
  }
  co_return nanoseconds_since(start) / static_cast<double>(count);
}

}  // namespace works

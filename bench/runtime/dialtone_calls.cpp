// SPDX-License-Identifier: Apache-2.0
// Calls with a reply, each under a monitor of the server, from a process with an empty mailbox and with a full one.
#include "dialtone_works.hpp"

#include <chrono>
#include <stdexcept>

namespace works {

using namespace std::chrono_literals;

namespace {

struct question {
  dt::reply_to<long> reply;
  long value;
};

struct elapsed {
  double nanoseconds;
};

dt::process<> server() {
  for (;;) {
    auto asked = co_await dt::receive<question>();
    dt::reply(asked.reply, asked.value);
  }
}

dt::process<> client(dt::pid answering, long calls, long stashed, dt::pid observer) {
  for (long i = 0; i < stashed; ++i) dt::send(dt::self(), item{i});
  auto start = dt::now();
  for (long i = 0; i < calls; ++i) {
    dt::pending_reply<long> answer{answering};
    dt::send(answering, question{answer.address(), i});
    auto answered = co_await answer.within(5s);
    if (!answered || *answered != i) throw std::runtime_error("the answer is wrong");
  }
  dt::send(observer, elapsed{nanoseconds_since(start)});
}

dt::task<double> selective(long calls, long stashed) {
  dt::pid answering = dt::spawn(server);
  // Its own messages: a limit would only hold the one who fills it.
  dt::spawn({.mailbox_limit = dt::unlimited}, client, answering, calls, stashed, dt::self());
  auto time = co_await dt::receive<elapsed>();
  dt::exit(answering, dt::exit_reason::kill);
  co_return time.nanoseconds / static_cast<double>(calls);
}

}  // namespace

dt::task<double> selective_empty(long calls) { return selective(calls, 0); }

dt::task<double> selective_100k(long calls) { return selective(calls, stash_size); }

}  // namespace works

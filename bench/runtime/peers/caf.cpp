// SPDX-License-Identifier: Apache-2.0
// The works of bench/runtime/works.py on CAF 0.17 with event-based actors: bench_runtime_caf WORK SIZE SCHEDULERS.
//
// CAF places actors itself. For one message stream between two threads the two actors are detached (a thread each),
// for many streams its work-stealing scheduler has two workers. A message that an actor sends to itself is how it
// yields here: max-throughput bounds what it may handle in one go, as reductions do on the BEAM.
#include <unistd.h>

#include <caf/all.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace {

using caf::actor;
using caf::actor_system;
using caf::behavior;
using caf::event_based_actor;
using clock_type = std::chrono::steady_clock;

using ping = caf::atom_constant<caf::atom("ping")>;
using pong = caf::atom_constant<caf::atom("pong")>;
using item = caf::atom_constant<caf::atom("item")>;
using token = caf::atom_constant<caf::atom("token")>;
using next = caf::atom_constant<caf::atom("next")>;
using again = caf::atom_constant<caf::atom("again")>;
using call = caf::atom_constant<caf::atom("call")>;
using done = caf::atom_constant<caf::atom("done")>;
using stop = caf::atom_constant<caf::atom("stop")>;

constexpr int batch = 1000;
constexpr int members_of_ring = 10'000;
constexpr int pairs = 8;
constexpr int stash_size = 100'000;

double nanoseconds_since(clock_type::time_point start) {
  return std::chrono::duration<double, std::nano>(clock_type::now() - start).count();
}

double rate(double messages, clock_type::time_point start) { return messages * 1e9 / nanoseconds_since(start); }

void await_done(caf::scoped_actor& self, int count) {
  for (int i = 0; i < count; ++i) self->receive([](done) {});
}

template <caf::spawn_options Options, class Function, class... Arguments>
actor start(actor_system& system, Function function, Arguments... arguments) {
  return system.spawn<Options>(function, std::move(arguments)...);
}

// --- ping and pong ---------------------------------------------------------------------------------------------------

behavior ponger(event_based_actor* self) {
  return {
      [=](ping, const actor& from) { self->send(from, pong::value); },
      [=](stop) { self->quit(); },
  };
}

struct round_count {
  long left = 0;
};

behavior pinger(caf::stateful_actor<round_count>* self, actor peer, actor observer, long rounds) {
  self->state.left = rounds;
  self->send(peer, ping::value, actor{self});
  return {
      [=](pong) {
        if (--self->state.left > 0) {
          self->send(peer, ping::value, actor{self});
          return;
        }
        self->send(peer, stop::value);
        self->send(observer, done::value);
        self->quit();
      },
  };
}

template <caf::spawn_options Options>
double ping_pong(actor_system& system, long rounds, int pair_count) {
  caf::scoped_actor self{system};
  auto begin = clock_type::now();
  for (int i = 0; i < pair_count; ++i)
    start<Options>(system, pinger, start<Options>(system, ponger), caf::actor_cast<actor>(self), rounds);
  await_done(self, pair_count);
  return nanoseconds_since(begin);
}

// --- flood -----------------------------------------------------------------------------------------------------------

behavior counter(caf::stateful_actor<round_count>* self, actor observer, long count) {
  self->state.left = count;
  return {
      [=](item, long) {
        if (--self->state.left > 0) return;
        self->send(observer, done::value);
        self->quit();
      },
  };
}

behavior sender(caf::stateful_actor<round_count>* self, actor receiver, long count) {
  self->state.left = count;
  self->send(self, again::value);
  return {
      [=](again) {
        long& left = self->state.left;
        for (int i = 0; i < batch && left > 0; ++i, --left) self->send(receiver, item::value, left);
        if (left > 0)
          self->send(self, again::value);
        else
          self->quit();
      },
  };
}

template <caf::spawn_options Options>
double flood(actor_system& system, long count, int streams) {
  caf::scoped_actor self{system};
  auto begin = clock_type::now();
  for (int i = 0; i < streams; ++i)
    start<Options>(system, sender, start<Options>(system, counter, caf::actor_cast<actor>(self), count), count);
  await_done(self, streams);
  return nanoseconds_since(begin);
}

// --- spawn and exit --------------------------------------------------------------------------------------------------

void nothing(event_based_actor*) {}

behavior spawner(caf::stateful_actor<round_count>* self, actor observer, long batches) {
  self->state.left = batches;
  std::size_t base = self->system().registry().running();
  auto spawn_batch = [=] {
    for (int i = 0; i < batch; ++i) self->spawn(nothing);
    self->send(self, again::value);
  };
  spawn_batch();
  return {
      [=](again) {
        if (self->system().registry().running() != base) {
          self->send(self, again::value);
        } else if (--self->state.left > 0) {
          spawn_batch();
        } else {
          self->send(observer, done::value);
          self->quit();
        }
      },
  };
}

double spawn_exit(actor_system& system, long count) {
  caf::scoped_actor self{system};
  long batches = std::max(count / batch, 1L);
  auto begin = clock_type::now();
  system.spawn(spawner, caf::actor_cast<actor>(self), batches);
  await_done(self, 1);
  return nanoseconds_since(begin) / static_cast<double>(batches * batch);
}

// --- ring ------------------------------------------------------------------------------------------------------------

struct link_state {
  actor next;
};

behavior hop(caf::stateful_actor<link_state>* self, actor observer) {
  return {
      [=](next, actor after) { self->state.next = std::move(after); },
      [=](token, long left) {
        if (left > 0)
          self->send(self->state.next, token::value, left - 1);
        else
          self->send(observer, done::value);
      },
      [=](stop) { self->quit(); },
  };
}

double ring(actor_system& system, int ring_size, long hops) {
  caf::scoped_actor self{system};
  std::vector<actor> members;
  for (int i = 0; i < ring_size; ++i) members.push_back(system.spawn(hop, caf::actor_cast<actor>(self)));
  for (int i = 0; i < ring_size; ++i) self->send(members[i], next::value, members[(i + 1) % ring_size]);
  auto begin = clock_type::now();
  self->send(members[0], token::value, hops);
  await_done(self, 1);
  double time = nanoseconds_since(begin);
  for (auto& member : members) self->send(member, stop::value);
  return time / static_cast<double>(hops);
}

// --- idle actors -----------------------------------------------------------------------------------------------------

behavior idle(event_based_actor* self) {
  return {[=](stop) { self->quit(); }};
}

double resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double idle_bytes(actor_system& system, long count) {
  std::vector<actor> actors(static_cast<std::size_t>(count));  // an actor that nobody refers to would end
  double before = resident_bytes();
  for (auto& one : actors) one = system.spawn(idle);
  caf::scoped_actor self{system};
  // Their first slice is over when the last of them answers: one worker takes them in order.
  self->request(system.spawn(ponger), caf::infinite, ping::value, caf::actor_cast<actor>(self));
  self->receive([](pong) {});
  return (resident_bytes() - before) / static_cast<double>(count);
}

// --- calls -----------------------------------------------------------------------------------------------------------

behavior server(event_based_actor* self) {
  return {
      [](call, long value) { return value; },
      [=](stop) { self->quit(); },
  };
}

void next_call(caf::stateful_actor<round_count>* self, actor peer, actor observer) {
  if (self->state.left-- == 0) {
    self->send(peer, stop::value);
    self->send(observer, done::value);
    self->quit();
    return;
  }
  self->request(peer, std::chrono::seconds{5}, call::value, self->state.left).await([=](long) {
    next_call(self, peer, observer);
  });
}

behavior caller(caf::stateful_actor<round_count>* self, actor peer, actor observer, long calls) {
  self->state.left = calls;
  self->set_default_handler(caf::skip);
  return {[=](again) { next_call(self, peer, observer); }};
}

double selective(actor_system& system, long calls, int stashed) {
  caf::scoped_actor self{system};
  auto client = system.spawn(caller, system.spawn(server), caf::actor_cast<actor>(self), calls);
  for (int i = 0; i < stashed; ++i) self->send(client, item::value, static_cast<long>(i));
  auto begin = clock_type::now();
  self->send(client, again::value);
  await_done(self, 1);
  return nanoseconds_since(begin) / static_cast<double>(calls);
}

// --- which work ------------------------------------------------------------------------------------------------------

constexpr auto placed_by_caf = caf::no_spawn_options;

bool is_idle(const std::string& name) { return name == "idle_bytes" || name == "idle_bytes_10k"; }

double work(actor_system& system, const std::string& name, long size) {
  auto count = static_cast<double>(size);
  if (name == "ping_pong") return ping_pong<placed_by_caf>(system, size, 1) / count / 2;
  if (name == "flood") return flood<placed_by_caf>(system, size, 1) / count;
  if (name == "spawn_exit") return spawn_exit(system, size);
  if (name == "ring") return ring(system, members_of_ring, size);
  if (name == "ring_million") return ring(system, 1'000'000, size);
  if (is_idle(name)) return idle_bytes(system, size);
  if (name == "selective_empty") return selective(system, size, 0);
  if (name == "selective_100k") return selective(system, size, stash_size);
  if (name == "cross_ping_pong") return ping_pong<caf::detached>(system, size, 1) / count;
  if (name == "cross_flood") return count * 1e9 / flood<caf::detached>(system, size, 1);
  if (name == "cross_n_to_n") return 2 * pairs * count * 1e9 / flood<placed_by_caf>(system, size, 2 * pairs);
  if (name == "within_one") return 2 * pairs * count * 1e9 / ping_pong<placed_by_caf>(system, size, pairs);
  if (name == "within_two") return 4 * pairs * count * 1e9 / ping_pong<placed_by_caf>(system, size, 2 * pairs);
  return 0;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 4) {
    std::fprintf(stderr, "usage: %s WORK SIZE SCHEDULERS\n", arguments[0]);
    return 2;
  }
  std::string name = arguments[1];
  long size = std::stol(arguments[2]);
  if (name == "timers") {
    std::puts("NOT_APPLICABLE CAF 0.17 gives no handle to cancel one delayed message");
    return 0;
  }
  caf::actor_system_config config;
  config.set("scheduler.max-threads", std::stoul(arguments[3]));
  config.set("scheduler.max-throughput", name == "spawn_exit" ? 1 : batch);
  actor_system system{config};
  const bool is_large = is_idle(name) || name == "ring_million";
  if (!is_large) work(system, name, std::max(size / 10, 1L));
  double result = work(system, name, size);
  if (result == 0) {
    std::fprintf(stderr, "no such work: %s\n", name.c_str());
    return 2;
  }
  std::printf("RESULT %.3f\n", result);
  std::fflush(stdout);
  // A million actors are not worth waiting for.
  if (is_large) std::_Exit(0);
  return 0;
}

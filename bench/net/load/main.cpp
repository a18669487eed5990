// SPDX-License-Identifier: Apache-2.0
// The load for echo servers, on one core.
//
//   bench_net_load KIND CONNECTIONS SIZE PIPELINED SECONDS TURNS RATE PORT:PID...
//
// The servers take turns, TURNS times: while one works, the others wait for input. So a machine that speeds up or slows
// down meets them alike, and each turn gives a pair to compare. Each server has a process of the load to itself, so
// that the limit of descriptors is for each, and what goes wrong with one spoils no other's figures.
//
// Output: one line of JSON for each turn, the servers in their order, again and again; {"failed": why} for a turn that
// went wrong, {"unable": why} for what the server cannot do. What a turn is and says, by KIND: echo.cpp, churn.cpp,
// idle.cpp.
//
// All sockets, the servers' too, use the congestion control "reno", so that the system's default, which may pace with
// timers as bbr does, is no part of what is measured.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "load.hpp"

namespace {

std::unique_ptr<load::work> make(const load::options& asked, const load::server& under_load) {
  if (asked.kind == "echo") return load::make_echo(asked, under_load);
  if (asked.kind == "churn") return load::make_churn(asked, under_load);
  if (asked.kind == "idle") return load::make_idle(asked, under_load);
  throw std::runtime_error{"no such kind of load"};
}

std::string said(std::string_view member, std::string text) {
  std::ranges::replace_if(text, [](char one) { return one == '"' || one == '\\' || one == '\n'; }, '\'');
  return "{\"" + std::string{member} + "\": \"" + text + "\"}";
}

/// The process of one server: for each byte that it is sent it does a step (first it prepares) and answers a line.
class lane {
 public:
  lane(const load::options& asked, const load::server& under_load) {
    std::array<int, 2> ends{};
    load::checked(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
    const auto process = load::checked(::fork(), "fork");
    channel_ = load::descriptor{ends[process == 0 ? 1 : 0]};
    const load::descriptor other{ends[process == 0 ? 0 : 1]};
    if (process == 0) std::_Exit(serve(asked, under_load));
  }

  std::string step() const {
    if (::send(channel_.get(), "s", 1, MSG_NOSIGNAL) != 1) return said("failed", "the load has ended");
    std::string line;
    for (char one = 0; ::read(channel_.get(), &one, 1) == 1;) {
      if (one == '\n') return line;
      line += one;
    }
    return said("failed", "the load has ended");
  }

 private:
  int serve(const load::options& asked, const load::server& under_load) const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::unique_ptr<load::work> made;
    std::string gap;
    for (char one = 0; ::read(channel_.get(), &one, 1) == 1;) {
      std::string line = gap;
      try {
        if (!made) {
          made = make(asked, under_load);
          made->prepare();
        } else if (gap.empty()) {
          line = made->turn();
        }
      } catch (const load::not_able& reason) {
        line = gap = said("unable", reason.what());
      } catch (const std::exception& reason) {
        line = gap = said("failed", reason.what());
      }
      line += '\n';
      if (::send(channel_.get(), line.data(), line.size(), MSG_NOSIGNAL) < 0) return 1;
    }
    return 0;
  }

  load::descriptor channel_;
};

template <class Number>
Number number(std::string_view text) {
  Number read{};
  const auto [end, error] = std::from_chars(text.begin(), text.end(), read);
  if (error != std::errc{} || end != text.end() || read < 0)
    throw std::runtime_error{std::string{text} + ": no number"};
  return read;
}

load::options options_of(std::span<char*> words) {
  load::options asked{.kind = words[1],
                      .connections = number<std::size_t>(words[2]),
                      .size = number<std::size_t>(words[3]),
                      .pipelined = number<std::size_t>(words[4]),
                      .seconds = number<double>(words[5]),
                      .turns = number<int>(words[6]),
                      .rate = number<double>(words[7])};
  if (asked.connections < 1 || asked.size < 1 || asked.pipelined < 1 || asked.seconds <= 0 || asked.turns < 1)
    throw std::runtime_error{"only RATE may be 0"};
  return asked;
}

load::server server_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) throw std::runtime_error{std::string{text} + ": not PORT:PID"};
  return {.port = number<std::uint16_t>(text.substr(0, colon)), .process = number<pid_t>(text.substr(colon + 1))};
}

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void run(std::span<char*> words) {
  const auto asked = options_of(words);
  raise_descriptor_limit();
  std::vector<lane> lanes;
  for (const auto* text : words.subspan(8)) lanes.emplace_back(asked, server_of(text));
  for (const auto& one : lanes) one.step();
  for (int turn = 0; turn < asked.turns; ++turn)
    for (const auto& one : lanes) std::puts(one.step().c_str());
}

}  // namespace

int main(int count, char** words) try {
  if (count < 9) {
    std::fputs("usage: bench_net_load KIND CONNECTIONS SIZE PIPELINED SECONDS TURNS RATE PORT:PID...\n", stderr);
    return 2;
  }
  run({words, static_cast<std::size_t>(count)});
  return 0;
} catch (const std::exception& reason) {
  std::fprintf(stderr, "load: %s\n", reason.what());
  return 1;
}

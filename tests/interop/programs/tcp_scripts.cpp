// SPDX-License-Identifier: Apache-2.0
// Runs the scripts of tests/interop/tcp_test.py with tcp::socket, in the words of peers/tcp_peer.erl: tcp_scripts PORT.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <dialtone/net/http_line.hpp>
#include <dialtone/net/tcp.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/spawn.hpp>

#include "packet_words.hpp"

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

// What the processes share: all of them run on the one scheduler.
struct {
  std::map<std::string, pid> actors;
  pid conductor;
  tcp::listener listener;
  tcp::socket socket;
} scene;

// --- bytes ---

std::uint32_t adler32(const bytes& data) {
  std::uint32_t low = 1, high = 0;
  for (const std::byte byte : data) {
    low = (low + static_cast<unsigned>(byte)) % 65'521;
    high = (high + low) % 65'521;
  }
  return (high << 16) | low;
}

std::string text(const bytes& data) {
  if (data.size() > 256) return fmt::format("{} bytes {}", data.size(), adler32(data));
  return packet_words::text(data);
}

/// Hexadecimal, and how often.
bytes data_of(const std::string& word) {
  const std::size_t star = std::min(word.find('*'), word.size());
  const std::string once = packet_words::bytes_of(word.substr(0, star));
  std::string all;
  const int times = star == word.size() ? 1 : std::stoi(word.substr(star + 1));
  for (int i = 0; i < times; ++i) all += once;
  return bytes{all};
}

// --- results ---

std::string error_text(const net_error& error) {
  if (error == net_error::message_too_long) return "emsgsize";
  if (error == net_error::already_reading) return "ealready";
  if (error == net_error::bad_option) return "einval";
  std::string name{error.code_name()};
  std::ranges::transform(name, name.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return name;
}

std::string result_text(const std::expected<void, net_error>& done) {
  return done ? "ok" : "error " + error_text(done.error());
}
std::string result_text(const std::expected<bytes, net_error>& got) {
  return got ? "ok " + text(*got) : "error " + error_text(got.error());
}
std::string result_text(const std::expected<http_packet, net_error>& got) {
  return got ? "ok " + packet_words::text_of(*got) : "error " + error_text(got.error());
}
std::string result_text(const std::expected<detail::stream_statistics, net_error>& got) {
  if (!got) return "error " + error_text(got.error());
  return fmt::format("ok recv_oct={} send_oct={} send_pend={}", got->received_bytes, got->sent_bytes,
                     got->send_pending);
}

// --- options ---

active active_named(const std::string& name) {
  if (name == "true") return active::always;
  if (name == "false") return active::passive;
  return name == "once" ? active::once : active::count(std::stoi(name));
}

duration time_named(const std::string& name) {
  return name == "infinity" ? tcp::unlimited : duration{std::chrono::milliseconds{std::stoi(name)}};
}

void set_option(socket_options& options, const std::string& name, const std::string& value) {
  const auto size = [&] { return static_cast<std::size_t>(std::stoull(value)); };
  if (name == "active") options.active = active_named(value);
  if (name == "packet") options.packet = packet_words::type_named(value);
  if (name == "packet_size") options.packet_size = size();
  if (name == "line_length") options.line_length = size();
  if (name == "line_delimiter") options.line_delimiter = static_cast<char>(size());
  if (name == "exit_on_close") options.exit_on_close = value == "true";
  if (name == "show_econnreset") options.show_econnreset = value == "true";
  if (name == "high_watermark") options.high_watermark = size();
  if (name == "low_watermark") options.low_watermark = size();
  if (name == "send_timeout") options.send_timeout = time_named(value);
  if (name == "send_timeout_close") options.send_timeout_close = value == "true";
  if (name == "nodelay") options.nodelay = value == "true";
}

socket_options options_of(words::const_iterator first, words::const_iterator last) {
  socket_options options;
  for (; first != last; ++first) {
    const std::size_t equals = first->find('=');
    set_option(options, first->substr(0, equals), first->substr(equals + 1));
  }
  return options;
}

std::string active_text(active mode) {
  if (mode.is_count()) return std::to_string(mode.messages());
  return mode.is_once() ? "once" : mode.is_always() ? "true" : "false";
}

std::string time_text(duration limit) {
  if (limit == tcp::unlimited) return "infinity";
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
}

std::string flag_text(std::optional<bool> value) { return value ? fmt::to_string(*value) : "unknown"; }

std::string option_text(const socket_options& now, const std::string& name) {
  const std::map<std::string, std::string> values = {{"active", active_text(*now.active)},
                                                     {"packet", std::string{to_string(*now.packet)}},
                                                     {"packet_size", std::to_string(*now.packet_size)},
                                                     {"exit_on_close", flag_text(now.exit_on_close)},
                                                     {"show_econnreset", flag_text(now.show_econnreset)},
                                                     {"high_watermark", std::to_string(*now.high_watermark)},
                                                     {"low_watermark", std::to_string(*now.low_watermark)},
                                                     {"send_timeout", time_text(*now.send_timeout)},
                                                     {"send_timeout_close", flag_text(now.send_timeout_close)},
                                                     {"nodelay", flag_text(now.nodelay)},
                                                     {"keepalive", flag_text(now.keepalive)}};
  return fmt::format(" {}={}", name, values.at(name));
}

std::string result_text(const std::expected<socket_options, net_error>& got, const words& asked) {
  if (!got) return "error " + error_text(got.error());
  std::string line = "ok";
  for (auto name = asked.begin() + 1; name != asked.end(); ++name) line += option_text(*got, *name);
  return line;
}

// --- actors: they act when they are told to, and leave all other messages where they are ---

struct order {
  words what;
};
struct answer {
  pid actor;
  words lines;
};

task<words> flushed() {
  words lines;
  while (auto got = co_await receive<tcp::data, tcp::http, tcp::closed, tcp::passive, tcp::error>(after(0s))) {
    if (auto* data = std::get_if<tcp::data>(&*got)) lines.push_back("data " + text(data->bytes));
    if (auto* http = std::get_if<tcp::http>(&*got)) lines.push_back("data " + packet_words::text_of(http->packet));
    if (std::holds_alternative<tcp::closed>(*got)) lines.push_back("closed");
    if (std::holds_alternative<tcp::passive>(*got)) lines.push_back("passive");
    if (auto* error = std::get_if<tcp::error>(&*got)) lines.push_back("error " + error_text(error->why));
  }
  co_return lines;
}

/// gen_tcp's recv gives what the socket's type says; here a call of its own takes lines of http apart. It has no
/// length, which both refuse.
task<std::string> received(tcp::socket socket, std::size_t length, duration limit) {
  const auto options = socket.getopts();
  const bool has_http = options && (options->packet == packet::http || options->packet == packet::httph);
  if (has_http && length == 0) co_return result_text(co_await socket.recv_http(limit));
  co_return result_text(co_await socket.recv(length, limit));
}

task<std::string> call(words what) {
  const tcp::socket socket = scene.socket;
  const std::string& name = what[0];
  if (name == "recv") co_return co_await received(socket, std::stoull(what[1]), time_named(what[2]));
  if (name == "send") co_return result_text(co_await socket.send(data_of(what[1])));
  if (name == "unrecv") co_return result_text(socket.unrecv(data_of(what[1])));
  if (name == "shutdown") co_return result_text(socket.shutdown());
  if (name == "setopts") co_return result_text(socket.setopts(options_of(what.begin() + 1, what.end())));
  if (name == "getopts") co_return result_text(socket.getopts(), what);
  if (name == "getstat") co_return result_text(socket.getstat());
  if (name == "controlling_process") {
    auto given = socket.controlling_process(scene.actors[what[1]]);
    co_return !given && given.error() == net_error::bad_option ? "error badarg" : result_text(given);
  }
  if (name == "close") {
    socket.close();
    co_return "ok";
  }
  co_return "unknown: " + name;
}

task<words> open(words what) {
  if (what[0] == "accept")
    scene.socket = *co_await scene.listener.accept(10s);
  else
    scene.socket = *co_await tcp::connect("127.0.0.1", static_cast<std::uint16_t>(std::stoi(what[1])),
                                          options_of(what.begin() + 2, what.end()), 10s);
  co_return words{"ok"};
}

task<words> perform(words what) {
  if (what[0] == "flush") co_return co_await flushed();
  if (what[0] == "accept" || what[0] == "connect") co_return co_await open(std::move(what));
  co_return words{co_await call(std::move(what))};
}

process<> act() {
  for (;;) {
    order told = co_await receive<order>();
    if (told.what[0] == "die") co_return;
    words lines = co_await perform(std::move(told.what));
    send(scene.conductor, answer{self(), std::move(lines)});
  }
}

// --- the conductor ---

task<words> begin() {
  for (const auto& [name, actor] : scene.actors) exit(actor, exit_reason::kill);
  scene.listener.close();
  for (const char* name : {"a", "b", "c"}) {
    scene.actors[name] = spawn(act);
    static_cast<void>(monitor(scene.actors[name]));
  }
  co_return words{};
}

task<words> listen(words what) {
  auto made = co_await tcp::listen({.address = "127.0.0.1", .connections = options_of(what.begin() + 1, what.end())});
  scene.listener = *made;
  co_return words{std::to_string(made->local_address().port())};
}

/// Nobody answers for a process that has died.
task<words> answer_of(std::string name) {
  const pid actor = scene.actors[name];
  if (!is_alive(actor)) co_return words{};
  auto got = co_await receive<answer, down>(
      [&](const auto& arrived) {
        if constexpr (std::is_same_v<std::decay_t<decltype(arrived)>, answer>)
          return arrived.actor == actor;
        else
          return arrived.pid == actor;
      },
      after(10s));
  if (!got) co_return words{"no answer"};
  co_return std::holds_alternative<answer>(*got) ? std::get<answer>(std::move(*got)).lines : words{};
}

task<words> command(words what) {
  if (what[0] == "sync") co_return words{};
  if (what[0] == "new") co_return co_await begin();
  if (what[0] == "listen") co_return co_await listen(std::move(what));
  if (what[0] == "accept" || what[0] == "connect") what.insert(what.begin(), "a");
  const std::string name = what[0];
  what.erase(what.begin());
  if (what[0] == "join") co_return co_await answer_of(name);
  const bool starts = what[0] == "start", ends = what[0] == "die";
  if (starts) what.erase(what.begin());
  send(scene.actors[name], order{std::move(what)});
  if (starts) co_return words{};
  words lines = co_await answer_of(name);
  co_return ends ? words{"ok"} : lines;
}

process<> conduct(std::uint16_t port) {
  scene.conductor = self();
  auto control = co_await tcp::connect("127.0.0.1", port, {.packet = packet::line}, 10s);
  if (!control) exit(exit_reason::custom_text(to_string(control.error())));
  while (auto line = co_await control->recv()) {
    std::istringstream split{std::string{line->view()}};
    std::string lines;
    for (const std::string& one : co_await command({std::istream_iterator<std::string>{split}, {}}))
      lines += one + "\n";
    co_await control->send(lines + ".\n");
  }
  exit(exit_reason::normal);
}

}  // namespace
}  // namespace dialtone

int main(int count, char** arguments) {
  if (count == 2) {
    const auto port = static_cast<std::uint16_t>(std::stoi(arguments[1]));
    return dialtone::run({.schedulers = 1, .level = dialtone::log_level::error}, dialtone::conduct, port);
  }
  std::fputs("usage: tcp_scripts PORT\n", stderr);
  return 2;
}

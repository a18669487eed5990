// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/trace.hpp>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <dialtone/testing/trace_comparison.hpp>

namespace dialtone::testing {

namespace {

// Numbers of eight bytes, in the order of a little-endian machine on every one.
std::uint64_t number_of(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    number |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return number;
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 32);
}

// What Mermaid would take for its own: the end of a statement, and the beginning of an entity.
std::string escaped(std::string_view text) {
  std::string plain;
  for (char each : text) plain += each == ';' || each == '#' || each == '\n' ? ' ' : each;
  return plain;
}

bool is_of_two(const trace_event& event) {
  return event.node != trace_event::nobody && event.peer != trace_event::nobody && event.node != event.peer;
}

std::string said(const trace_event& event) {
  std::string text = event.process ? to_string(event.process) + ' ' : std::string{};
  text += event.what;
  if (event.value != 0) text += fmt::format(" {}", event.value);
  if (event.bytes != 0) text += fmt::format(" {} bytes", event.bytes);
  if (event.connection != 0) text += fmt::format(" (connection {})", event.connection);
  if (!event.text.empty()) text += ": " + event.text;
  return text;
}

}  // namespace

std::uint64_t trace::hash_of(std::string_view content) {
  std::uint64_t hash = content.size();
  while (content.size() >= 8) {
    hash = mixed(hash, number_of(content.substr(0, 8)));
    content.remove_prefix(8);
  }
  return mixed(hash, number_of(content));
}

std::uint32_t trace::add_node(std::string name) {
  mix(hash_of(name));
  if (compared_ != nullptr) compared_->add_node(name);
  names_.push_back(std::move(name));
  return static_cast<std::uint32_t>(names_.size() - 1);
}

void trace::add(trace_event event) {
  ++count_;
  pass(event);
  if (limit_ == 0) return;
  if (event.text.size() > text_limit) event.text.resize(text_limit);
  if (kept_.size() == limit_) kept_.pop_front();
  kept_.push_back(std::move(event));
}

void trace::pass(const trace_event& event) {
  mix(event);
  if (compared_ != nullptr) compared_->add(event, hash_);
}

void trace::mix(const trace_event& event) {
  mix(static_cast<std::uint64_t>(event.time.count()));
  mix(hash_of(event.what));
  mix(std::uint64_t{event.node} << 32 | event.peer);
  for (const std::uint64_t each :
       {event.process.value(), event.value, event.connection, event.bytes, event.content_hash})
    if (each != 0) mix(each);
}

void trace::mix(std::uint64_t value) { hash_ = mixed(hash_, value); }

std::string trace::text(std::size_t most) const {
  std::size_t shown = std::min(most, kept_.size());
  std::string lines;
  if (shown != count_) lines = fmt::format("({} earlier events)\n", count_ - shown);
  for (std::size_t i = kept_.size() - shown; i < kept_.size(); ++i) lines += to_text(kept_[i], names_) + '\n';
  return lines;
}

std::string trace::diagram() const {
  std::string lines = "sequenceDiagram\n";
  for (std::size_t i = 0; i < names_.size(); ++i)
    lines += fmt::format("  participant n{} as {}\n", i, escaped(names_[i]));
  if (names_.empty()) return lines;
  std::size_t shown = std::min(diagram_limit, kept_.size());
  if (shown != count_)
    lines += fmt::format("  Note over n0,n{}: {} earlier events\n", names_.size() - 1, count_ - shown);
  for (std::size_t i = kept_.size() - shown; i < kept_.size(); ++i) lines += arrow(kept_[i]);
  return lines;
}

std::string trace::arrow(const trace_event& event) const {
  std::string what = to_text(event.time) + ' ' + escaped(said(event));
  if (is_of_two(event)) return fmt::format("  n{}->>n{}: {}\n", event.node, event.peer, what);
  if (event.node != trace_event::nobody) return fmt::format("  Note over n{}: {}\n", event.node, what);
  return fmt::format("  Note over n0,n{}: {}\n", names_.size() - 1, what);
}

std::string to_text(const trace_event& event, const std::vector<std::string>& names) {
  const auto name = [&](std::uint32_t node) { return node < names.size() ? std::string_view{names[node]} : "?"; };
  std::string who;
  if (is_of_two(event))
    who = fmt::format("{} -> {}: ", name(event.node), name(event.peer));
  else if (event.node != trace_event::nobody)
    who = fmt::format("{}: ", name(event.node));
  return fmt::format("{} {}{}", to_text(event.time), who, said(event));
}

std::string to_text(duration since_the_beginning) {
  constexpr std::int64_t second = 1'000'000'000;
  std::int64_t count = since_the_beginning.count();
  return fmt::format("+{}.{:09}s", count / second, count % second);
}

}  // namespace dialtone::testing

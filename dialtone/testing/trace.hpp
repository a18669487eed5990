// SPDX-License-Identifier: Apache-2.0
// What has happened in a simulation: a hash of all of it, the last events for people, and the log of the nodes. The
// hash is the same on every machine and in every build of a program: times, nodes, kinds, counts and contents go into
// it, never addresses in memory, sizes of types or source lines; so of a text, nothing. But of a program that asks for
// sizes (a process's memory_limit) each build makes runs of its own. For one thread.
//
//   +0.000100000s client -> server: connect (connection 1)
//   +3.000000000s partition: {server} | {client}
//   +3.250000000s server: log: [error] <0.2.1> cache: gone
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <dialtone/base/time.hpp>
#include <dialtone/runtime/pid.hpp>

namespace dialtone::testing {

struct trace_event {
  static constexpr std::uint32_t nobody = 0xffffffff;

  duration time{};  ///< since the beginning of the simulation
  /// A word that lives for ever. It stands for the kind of the event, in the hash too.
  std::string_view what;
  std::uint32_t node = nobody;
  /// Who has got it from `node`; nobody, or `node` itself, where it is an event of one node.
  std::uint32_t peer = nobody;
  /// Of `node`.
  pid process = {};
  /// What was drawn, or what else is a number.
  std::uint64_t value = 0;
  /// 0: of no connection.
  std::uint64_t connection = 0;
  std::uint64_t bytes = 0;
  /// Of `bytes`, by hash_of.
  std::uint64_t content_hash = 0;
  /// For people; not in the hash.
  std::string text = {};
};

class trace_comparison;

class trace {
 public:
  /// Events that are kept for people, the last ones: enough to see what led to a failure.
  static constexpr std::size_t default_limit = 200;
  /// More arrows than this nobody reads; the diagram then has the last of them.
  static constexpr std::size_t diagram_limit = 200;
  /// Characters of a text that are kept.
  static constexpr std::size_t text_limit = 500;

  /// `compared` is told of each event, and outlives the trace.
  explicit trace(std::size_t limit = default_limit, trace_comparison* compared = nullptr)
      : limit_{limit}, compared_{compared} {}

  /// Counts from 0.
  std::uint32_t add_node(std::string name);
  void add(trace_event event);
  /// Something that is too small and too frequent to be kept for people: a choice that was made, a process that runs.
  void pass(const trace_event& event);
  /// Whether somebody reads the texts of what passes.
  bool is_compared() const { return compared_ != nullptr; }

  /// Of everything so far.
  std::uint64_t hash() const { return hash_; }
  /// Events so far, kept or not.
  std::uint64_t count() const { return count_; }
  const std::deque<trace_event>& kept() const { return kept_; }

  /// A line for each event that is kept, at most the last `most`; a first line says how many there were before.
  std::string text(std::size_t most = std::size_t(-1)) const;
  /// A sequence diagram in Mermaid's language, of the last `diagram_limit` events that are kept.
  std::string diagram() const;

  static std::uint64_t hash_of(std::string_view content);

 private:
  void mix(std::uint64_t value);
  void mix(const trace_event& event);
  std::string arrow(const trace_event& event) const;

  std::size_t limit_;
  trace_comparison* compared_;
  std::vector<std::string> names_;
  std::deque<trace_event> kept_;
  std::uint64_t count_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325;
};

/// An event as a line without its end, with the names of the nodes.
std::string to_text(const trace_event& event, const std::vector<std::string>& names);
/// "+12.345678901s".
std::string to_text(duration since_the_beginning);

}  // namespace dialtone::testing

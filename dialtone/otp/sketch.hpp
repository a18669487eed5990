// SPDX-License-Identifier: Apache-2.0
// A supervision tree as data, from its specification before it runs and from the running system, and its sketch as text
// or as a Mermaid diagram. The two sketches of one tree are the same, so a test can compare them, and documentation
// can show what was never drawn by hand.
//
//   supervisor one_for_one, 3 restarts in 5s
//   ├─ first: worker, permanent
//   └─ second: worker, transient
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <dialtone/base/sendable.hpp>
#include <dialtone/base/time.hpp>
#include <dialtone/runtime/pid.hpp>

namespace dialtone {

struct supervisor_spec;
class child_spec;

enum class sketch_format : std::uint8_t {
  text,
  text_with_pids,  ///< of the running tree: also who runs, and who does not
  mermaid,
};

struct supervision_tree {
  std::string id = {};     ///< of the child; empty at the top
  std::string about = {};  ///< kind, strategy, restart type, as the sketch shows it
  dialtone::pid pid = {};  ///< of the running process; none in a specification
  bool is_supervisor = false;
  std::vector<supervision_tree> children = {};
};

/// Equal in shape, ids and specifications; which processes they are does not count.
bool same_tree(const supervision_tree& left, const supervision_tree& right);

supervision_tree tree_of(const supervisor_spec& spec);
std::string sketch(const supervision_tree& tree, sketch_format format = sketch_format::text);
std::string sketch(const supervisor_spec& spec, sketch_format format = sketch_format::text);

namespace detail {

/// What the sketch says of a supervisor, and of a child with all that its specification knows below it.
std::string about(const supervisor_spec& spec);
std::string restarts_text(std::size_t intensity, duration period);
supervision_tree tree_of(const child_spec& child);

}  // namespace detail

template <>
inline constexpr bool enable_sendable<supervision_tree> = true;

}  // namespace dialtone

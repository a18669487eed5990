// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/sketch.hpp>

#include <fmt/format.h>
#include <array>
#include <string_view>

#include <dialtone/otp/supervisor.hpp>

namespace dialtone {

namespace {

// In the largest unit that shows it exactly: 5s, 1500ms, 2min.
std::string text_of(duration time) {
  struct unit {
    std::int64_t nanoseconds;
    std::string_view name;
  };
  constexpr std::array units{unit{60'000'000'000, "min"}, unit{1'000'000'000, "s"}, unit{1'000'000, "ms"},
                             unit{1'000, "us"}};
  for (const unit& unit : units)
    if (time.count() != 0 && time.count() % unit.nanoseconds == 0)
      return fmt::format("{}{}", time.count() / unit.nanoseconds, unit.name);
  return fmt::format("{}ns", time.count());
}

std::string_view text_of(auto_shutdown_type type) {
  switch (type) {
    case auto_shutdown_type::never:
      return "";
    case auto_shutdown_type::any_significant:
      return ", ends after any significant child";
    case auto_shutdown_type::all_significant:
      return ", ends after all significant children";
  }
  return "";
}

std::string about_child(const detail::child_data& child) {
  std::string text = to_string(child.restart);
  if (child.significant) text += ", significant";
  const duration usual = child.type == child_type::supervisor ? infinity : duration{std::chrono::seconds{5}};
  if (child.shutdown == brutal_kill)
    text += ", brutal_kill";
  else if (child.shutdown != usual)
    text += ", shutdown " + (child.shutdown == infinity ? std::string{"infinity"} : text_of(child.shutdown));
  if (child.backoff)
    text += fmt::format(", back-off {} to {}", text_of(child.backoff->initial), text_of(child.backoff->maximum));
  return text;
}

std::string kind_of(const child_spec& child) { return child->start == nullptr ? "worker" : child->start->kind(); }

// An id is any text: one with a line break would look like two nodes.
std::string on_one_line(std::string_view id) {
  std::string text;
  for (char letter : id) {
    if (static_cast<unsigned char>(letter) < ' ' || letter == '\x7f')
      text += fmt::format("\\x{:02x}", static_cast<int>(letter));
    else
      text += letter;
  }
  return text;
}

struct lines {
  sketch_format format;
  std::string text;

  void add(const supervision_tree& node, const std::string& indent, std::string_view branch) {
    text += indent;
    text += branch;
    if (!node.id.empty()) text += on_one_line(node.id) + ": ";
    text += node.about;
    if (format == sketch_format::text_with_pids) text += node.pid ? " " + to_string(node.pid) : " (not running)";
    text += '\n';
  }
  void add_below(const supervision_tree& node, const std::string& indent) {
    for (const supervision_tree& child : node.children) {
      const bool last = &child == &node.children.back();
      add(child, indent, last ? "└─ " : "├─ ");
      add_below(child, indent + (last ? "   " : "│  "));
    }
  }
};

// What would end a label of Mermaid's or be taken for markup is written as one of its entities.
std::string label_of(const supervision_tree& node) {
  std::string label;
  for (char letter : on_one_line(node.id)) {
    if (std::string_view{"\"#<>&`"}.contains(letter))
      label += fmt::format("#{};", static_cast<int>(letter));
    else
      label += letter;
  }
  return label + (label.empty() ? "" : "<br/>") + node.about;
}

struct diagram {
  std::string text = "graph TD\n";
  int count = 0;

  int add(const supervision_tree& node) {
    const int number = count++;
    const bool box = node.is_supervisor;
    text += fmt::format("  n{}{}\"{}\"{}\n", number, box ? "[" : "(", label_of(node), box ? "]" : ")");
    for (const supervision_tree& child : node.children) {
      const int below = add(child);
      text += fmt::format("  n{} --> n{}\n", number, below);
    }
    return number;
  }
};

}  // namespace

std::string detail::restarts_text(std::size_t intensity, duration period) {
  return fmt::format("{} restart{} in {}", intensity, intensity == 1 ? "" : "s", text_of(period));
}

std::string detail::about(const supervisor_spec& spec) {
  return fmt::format("supervisor {}, {}{}", to_string(spec.strategy), restarts_text(spec.intensity, spec.period),
                     text_of(spec.auto_shutdown));
}

supervision_tree detail::tree_of(const child_spec& child) {
  const supervisor_spec* below = child->start == nullptr ? nullptr : child->start->subtree();
  if (below == nullptr) return {.id = child->id, .about = kind_of(child) + ", " + about_child(*child)};
  supervision_tree node = dialtone::tree_of(*below);
  node.id = child->id;
  node.about += ", " + about_child(*child);
  return node;
}

supervision_tree tree_of(const supervisor_spec& spec) {
  supervision_tree top{.about = detail::about(spec), .is_supervisor = true};
  for (const child_spec& child : spec.children) top.children.push_back(detail::tree_of(child));
  return top;
}

bool same_tree(const supervision_tree& left, const supervision_tree& right) {
  return left.id == right.id && left.about == right.about && left.is_supervisor == right.is_supervisor &&
         std::ranges::equal(left.children, right.children, same_tree);
}

std::string sketch(const supervision_tree& tree, sketch_format format) {
  if (format == sketch_format::mermaid) {
    diagram drawn;
    drawn.add(tree);
    return drawn.text;
  }
  lines written{format, {}};
  written.add(tree, {}, {});
  written.add_below(tree, {});
  return written.text;
}

std::string sketch(const supervisor_spec& spec, sketch_format format) { return sketch(tree_of(spec), format); }

}  // namespace dialtone

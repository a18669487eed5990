// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/tree.hpp>

#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/reply.hpp>

namespace dialtone::testing {

namespace {

struct tree_question {
  reply_to<std::expected<supervisor_ref, start_error>> reply;
};

process<> keep_tree(supervisor_spec spec) {
  trap_exit();
  auto started = co_await try_start_link(std::move(spec));
  reply((co_await receive<tree_question>()).reply, started);
  if (started) exit((co_await receive<exited>()).reason);
}

task<std::expected<supervisor_ref, start_error>> ask_for_tree(pid keeper) {
  pending_reply<std::expected<supervisor_ref, start_error>> answer{keeper};
  send(keeper, tree_question{answer.address()});
  auto told = co_await answer.within(infinity);
  if (!told) co_return std::unexpected{start_error::because(told.error())};
  co_return std::move(*told);
}

}  // namespace

supervisor_ref start_tree(runtime& where, supervisor_spec spec) {
  auto started = where.call(ask_for_tree, where.spawn(keep_tree, std::move(spec)));
  if (!started) throw start_failed{started.error()};
  return *started;
}
supervisor_ref start_tree(stepped_runtime& where, supervisor_spec spec) { return start_tree(*where, std::move(spec)); }

std::string tree_difference(const supervision_tree& running, const supervision_tree& specified) {
  if (same_tree(running, specified)) return {};
  return "running:\n" + sketch(running, sketch_format::text_with_pids) + "specified:\n" + sketch(specified);
}

task<std::string> difference_from(supervisor_ref top, supervisor_spec specified) {
  co_return tree_difference(co_await top.tree(), tree_of(specified));
}

std::string tree_difference(runtime& where, supervisor_ref top, const supervisor_spec& specified) {
  return where.call(difference_from, top, specified);
}

std::string tree_difference(stepped_runtime& where, supervisor_ref top, const supervisor_spec& specified) {
  where.settle();
  return tree_difference(*where, top, specified);
}

namespace {

task<> find_down(supervision_tree node, std::string path, std::vector<std::string>* down) {
  if (!node.pid || !co_await info_of(node.pid)) down->push_back(path);
  for (supervision_tree& child : node.children) {
    std::string below = path + "/" + child.id;
    co_await find_down(std::move(child), std::move(below), down);
  }
}

}  // namespace

task<std::vector<std::string>> processes_down(supervisor_ref top) {
  std::vector<std::string> down;
  supervision_tree tree = co_await top.tree();
  co_await find_down(std::move(tree), "top", &down);
  co_return down;
}

}  // namespace dialtone::testing

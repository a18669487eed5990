// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/child_end.hpp>

#include <algorithm>

#include <dialtone/otp/time_limit.hpp>

namespace dialtone::detail {

namespace {

void tell(const ending& told) {
  unlink(told.child);
  exit(told.child, told.limit == brutal_kill ? exit_reason::kill : exit_reason::shutdown);
}

// The link is gone while a child is being ended: if who waits is killed meanwhile, nothing else would end the child.
struct unlinked_child {
  explicit unlinked_child(pid child) : child{child} {}
  unlinked_child(const unlinked_child&) = delete;
  ~unlinked_child() {
    if (!has_ended) exit(child, exit_reason::kill);
  }
  pid child;
  bool has_ended = false;
};

struct unlinked_children {
  ~unlinked_children() {
    for (std::size_t index = 0; watched.left() != 0 && index < children.size(); ++index)
      if (!watched.has_ended(index)) exit(children[index].child, exit_reason::kill);
  }
  const deaths& watched;
  const std::vector<ending>& children;
};

duration patience(const ending& with) { return with.limit == brutal_kill ? infinity : with.limit; }

}  // namespace

task<exit_reason> end_child(pid child, duration limit) {
  const ending told{child, limit};
  pending_reply<void> death{child};
  unlinked_child ended{child};
  tell(told);
  auto outcome = co_await death.within(patience(told));
  ended.has_ended = outcome.error() != exit_reason::timeout;
  if (ended.has_ended) co_return outcome.error();
  pending_reply<void> forced{child};
  exit(child, exit_reason::kill);
  auto killed = co_await forced.within(infinity);
  ended.has_ended = true;
  // One that is gone already has ended by itself, with the reason `timeout`.
  co_return killed.error() == exit_reason::noproc ? outcome.error() : killed.error();
}

task<std::size_t> end_children(std::vector<ending> children) {
  deaths watched;
  for (const ending& child : children) watched.watch(child.child);
  const unlinked_children left{watched, children};
  for (const ending& child : children) tell(child);
  std::vector<duration> limits;
  for (const ending& child : children) limits.push_back(patience(child));
  std::ranges::sort(limits);
  auto same = std::ranges::unique(limits);
  limits.erase(same.begin(), same.end());
  std::size_t killed = 0;
  duration waited = duration::zero();
  for (duration limit : limits) {
    if (limit == infinity) break;
    co_await watched.within(limit - waited);
    waited = limit;
    for (std::size_t index = 0; watched.left() != 0 && index < children.size(); ++index) {
      if (children[index].limit != limit || watched.has_ended(index)) continue;
      ++killed;
      exit(children[index].child, exit_reason::kill);
    }
  }
  co_await watched.within(infinity);
  co_return killed;
}

void deaths::watch(pid process) {
  watch_of_one& one = watched_.emplace_back();
  one.owner = this;
  one.completed = &one_has_ended;
  one.watch(process);
  if (!one.complete()) ++left_;
}

void deaths::one_has_ended(pending_reply_base& ended) {
  deaths& owner = *static_cast<watch_of_one&>(ended).owner;
  if (--owner.left_ != 0 || owner.waiting_ == nullptr) return;
  waiter& waiting = *std::exchange(owner.waiting_, nullptr);
  this_core->make_ready(*waiting.process, waiting);
}

void deaths::all_ended::await_suspend(std::coroutine_handle<> coroutine) {
  this_core->suspend(*this, coroutine);
  if (waited_.left_ == 0) return this_core->make_ready(*process, *this);
  waited_.waiting_ = this;
  if (timer_.limit == infinity) return;
  timer_.start(*this, [](waiter& waiting) {
    auto& self = static_cast<all_ended&>(waiting);
    if (self.waited_.waiting_ == nullptr) return;  // all have ended: it is ready
    self.waited_.waiting_ = nullptr;
    this_core->make_ready(*self.process, self);
  });
}

}  // namespace dialtone::detail

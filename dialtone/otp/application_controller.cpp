// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/application_controller.hpp>

#include <fmt/format.h>
#include <algorithm>
#include <ranges>

#include <dialtone/otp/child_end.hpp>
#include <dialtone/runtime/coroutine.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/process_block.hpp>

namespace dialtone::detail {

namespace {

// Functions of the program's author run in the controller: their exit is their failure, and not the end of who has to
// stop the trees in order.
task<std::optional<exit_reason>> failure_of(task<> work) {
  try {
    co_await work;
  } catch (...) {
    const exit_reason why = reason_of_current_exception();
    if (calling_process().has(doomed) && !take_back_exit()) throw;
    co_return why;
  }
  co_return std::nullopt;
}

// What goes wrong on the way out must not keep the others from an orderly stop.
task<> say_good_bye(std::string name, task<> (*run)(environment settings), environment settings) {
  if (run == nullptr) co_return;
  if (auto failure = co_await failure_of(run(std::move(settings))))
    log(log_level::error, fmt::format("application '{}' did not stop in order: {}", name, to_string(*failure)));
}

[[noreturn]] void refuse(std::string why) { throw exit_exception{exit_reason::custom_text(std::move(why))}; }

}  // namespace

application_controller::application_controller(application program, std::vector<configured> configuration)
    : configuration_{std::move(configuration)} {
  trap_exit();
  calling_process().flags |= never_owes;
  add(std::move(program));
  for (const configured& with : configuration_) configure(with);
}

// What it needs comes before it; who is needed twice stands where it was needed first.
void application_controller::add(application added) {
  auto is_it = [&](const entry& known) { return known.about.name == added.name; };
  if (added.name.empty() || added.start == nullptr) refuse("an application needs a name and a start function");
  if (std::ranges::any_of(applications_, is_it)) return;
  for (application& needed : added.needs) add(std::move(needed));
  added.needs.clear();
  if (applications_.size() == application_limit)
    refuse(fmt::format("a program has at most {} applications", application_limit));
  applications_.push_back({std::move(added)});
}

void application_controller::configure(const configured& with) {
  auto found = std::ranges::find(applications_, with.application, [](const entry& known) { return known.about.name; });
  if (found == applications_.end())
    refuse(fmt::format("configuration of '{}': there is no such application", with.application));
  try {
    found->about.settings.set(with.key, with.text);
  } catch (const environment_error& wrong) {
    refuse(fmt::format("configuration of '{}': {}", with.application, wrong.what()));
  }
}

task<> application_controller::init() {
  auto failure = co_await failure_of(start_all());
  if (!failure) co_return;
  co_await stop_all();
  throw exit_exception{*failure};
}

task<> application_controller::start_all() {
  for (entry& starting : applications_) co_await start(&starting);
  for (entry& started : applications_)
    for (const start_phase& phase : started.about.phases) co_await phase.run(started.about.settings);
}

task<> application_controller::start(entry* started) {
  auto tree = co_await try_start_link(started->about.start(started->about.settings));
  if (!tree) refuse(fmt::format("application '{}' did not start: {}", started->about.name, to_string(tree.error())));
  started->tree = *tree;
}

task<> application_controller::terminate(const exit_reason&) { return stop_all(); }

task<> application_controller::stop_all() {
  for (entry& stopped : std::views::reverse(applications_)) co_await stop_one(&stopped);
}

task<> application_controller::stop_one(entry* stopped) {
  if (!stopped->tree.pid()) co_return;
  co_await say_good_bye(stopped->about.name, stopped->about.prepare_stop, stopped->about.settings);
  co_await end_child(std::exchange(stopped->tree, {}).pid(), infinity);
  co_await say_good_bye(stopped->about.name, stopped->about.stopped, stopped->about.settings);
}

void application_controller::handle_info(const exited& ended) {
  auto found = std::ranges::find(applications_, ended.pid, [](const entry& known) { return known.tree.pid(); });
  if (found == applications_.end()) return;
  found->tree = {};
  const bool fatal = found->about.type == application_type::permanent ||
                     (found->about.type == application_type::transient && ended.reason != exit_reason::normal);
  log(fatal ? log_level::error : log_level::warning,
      fmt::format("application '{}' has ended: {}", found->about.name, to_string(ended.reason)));
  if (fatal)
    stop(exit_reason::custom_text(
        fmt::format("application '{}' has ended: {}", found->about.name, to_string(ended.reason))));
}

std::vector<application_info> application_controller::handle_call(which_request) const {
  std::vector<application_info> result;
  for (const entry& known : applications_) result.push_back({known.about.name, known.about.settings, known.tree});
  return result;
}

}  // namespace dialtone::detail

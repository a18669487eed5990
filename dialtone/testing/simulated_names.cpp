// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/simulated_names.hpp>

#include <algorithm>

#include <dialtone/runtime/timers.hpp>

namespace dialtone::testing {

class simulated_names::own_source final : public resolver_source {
 public:
  own_source(std::shared_ptr<const simulated_names> names, std::uint64_t seed)
      : names_{std::move(names)}, chance_{seed} {}

  task<host_answer> look_up(host_question question, time_point) override {
    // Drawn before the wait: what other processes ask meanwhile changes nothing of this answer.
    const bool fails = names_->options_.failures.draw(chance_);
    co_await sleep_for(names_->options_.delay.draw(chance_));
    if (fails) co_return std::unexpected{net_error{net_operation::resolve, net_error::try_again}};
    co_return names_->answer(question);
  }

 private:
  std::shared_ptr<const simulated_names> names_;
  dialtone::detail::random_bits chance_;
};

std::shared_ptr<resolver_source> simulated_names::source(std::uint64_t seed) {
  return std::make_shared<own_source>(shared_from_this(), seed);
}

host_answer simulated_names::answer(const host_question& question) const {
  if (const auto* name = std::get_if<std::string>(&question.subject)) {
    if (auto failing = failing_.find(*name); failing != failing_.end())
      return std::unexpected{net_error{net_operation::resolve, failing->second}};
    if (auto found = addresses_.find(*name); found != addresses_.end()) {
      auto wanted = of_families(found->second, question.families);
      if (!wanted.empty()) return host_entry{*name, std::move(wanted)};
    }
  } else {
    const auto& address = std::get<ip_address>(question.subject);
    for (const auto& [each, addresses] : addresses_) {
      if (std::ranges::find(addresses, address) != addresses.end()) return host_entry{each, {address}};
    }
  }
  return std::unexpected{net_error{net_operation::resolve, net_error::nxdomain}};
}

}  // namespace dialtone::testing

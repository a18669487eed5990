// SPDX-License-Identifier: Apache-2.0
// The name service of a simulation: knows the nodes, answers after a delay that is drawn, and fails when it is told to.
// Each node asks through a source of its own, with chance of its own. For one thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <dialtone/net/resolver.hpp>
#include <dialtone/runtime/random_bits.hpp>
#include <dialtone/testing/simulated_link.hpp>

namespace dialtone::testing {

struct name_options {
  /// Of each answer.
  latency delay = latency::fixed(std::chrono::microseconds{100});
  /// That a question ends in net_error::try_again.
  probability failures = {};
};

class simulated_names : public std::enable_shared_from_this<simulated_names> {
 public:
  /// One more address of a name; the first to be added is the best.
  void add(const std::string& name, ip_address address) { addresses_[name].push_back(address); }
  void set(name_options options) { options_ = options; }
  /// From now on, questions for the name end in `why`.
  void fail(const std::string& name, net_error::code_type why) { failing_.insert_or_assign(name, why); }
  void mend(const std::string& name) { failing_.erase(name); }
  void mend_all() { failing_.clear(); }

  /// For runtime_options::names.
  std::shared_ptr<resolver_source> source(std::uint64_t seed);

 private:
  class own_source;
  host_answer answer(const host_question& question) const;

  name_options options_;
  std::map<std::string, std::vector<ip_address>> addresses_;
  std::map<std::string, net_error::code_type> failing_;
};

}  // namespace dialtone::testing

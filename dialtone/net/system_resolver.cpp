// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/system_resolver.hpp>

#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <dialtone/base/assert.hpp>
#include <dialtone/io/name_service.hpp>
#include <dialtone/net/hosts_file.hpp>
#include <dialtone/net/lookup_table.hpp>
#include <dialtone/runtime/blocking.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone {

namespace {

using detail::lookup_table;
using detail::shared_lookup_table;

std::unexpected<net_error> failed(net_error::code_type code) {
  return std::unexpected{net_error{net_operation::resolve, code}};
}

// --- what blocks ---

std::unexpected<net_error> failed(const io::lookup_error& error) {
  switch (error.why) {
    case io::lookup_failure::try_again:
      return failed(net_error::try_again);
    case io::lookup_failure::no_recovery:
      return failed(net_error::no_recovery);
    case io::lookup_failure::system:
      return std::unexpected{net_error::of_system(net_operation::resolve, error.system_code)};
    case io::lookup_failure::not_found:
      break;
  }
  return failed(net_error::nxdomain);
}

host_answer addresses_from_system(const std::string& host, ip_families families) {
  const auto found = io::addresses_of_host(host, families);
  if (!found) return failed(found.error());
  host_entry entry{host, {}};
  for (const io::socket_name& name : *found)
    if (const auto address = from_socket_name(name); address && entry.addresses.size() < host_address_limit)
      entry.addresses.push_back(address->ip());
  if (entry.addresses.empty()) return failed(net_error::nxdomain);
  return entry;
}

host_answer name_from_system(const ip_address& address) {
  auto name = io::host_of_address(to_socket_name({address, 0}));
  if (!name) return failed(name.error());
  return host_entry{*std::move(name), {address}};
}

host_answer ask_system(const host_question& question) {
  if (const auto* address = std::get_if<ip_address>(&question.subject)) return name_from_system(*address);
  return addresses_from_system(std::get<std::string>(question.subject), question.families);
}

// --- workers ---

// Leaves the table in order when its process is killed: once the system has answered, which nobody hears then, the next
// caller begins anew.
class worker_place {
 public:
  explicit worker_place(shared_lookup_table table) : table_{std::move(table)} {}
  ~worker_place() {
    if (held_) table_->worker_died(question_);
  }
  worker_place(const worker_place&) = delete;
  worker_place& operator=(const worker_place&) = delete;

  bool take_next() {
    question_ = table_->next(now());
    held_ = question_.has_value();
    return held_;
  }
  const host_question& question() const { return *question_; }
  void finish(const host_answer& answer) {
    for (const lookup_table::waiter& waiter : table_->finish(*question_, answer, now())) reply(waiter, answer);
    question_.reset();
  }

 private:
  shared_lookup_table table_;
  std::optional<host_question> question_;
  bool held_ = true;
};

task<host_answer> look_up_in_pool(shared_lookup_table table, host_question question) {
  try {
    co_return co_await blocking([table, question] { return table->look_up(question); });
  } catch (const blocking_overloaded&) {
    co_return failed(net_error::system_limit);
  } catch (const std::system_error& no_thread) {
    co_return std::unexpected{net_error::of_system(net_operation::resolve, no_thread.code().value())};
  }
}

process<> look_up_hosts(shared_lookup_table table) {
  worker_place place{table};
  while (place.take_next()) place.finish(co_await look_up_in_pool(table, place.question()));
}

// --- callers ---

class system_source final : public resolver_source {
 public:
  explicit system_source(system_resolver_options options)
      : hosts_{options.hosts_file, options.hosts_check},
        table_{std::make_shared<lookup_table>(with_defaults(std::move(options)))} {}

  task<host_answer> look_up(host_question question, time_point deadline) override {
    if (auto answer = from_hosts(question)) co_return *std::move(answer);
    if (auto answer = table_->known(question, now())) co_return *std::move(answer);
    pending_reply<host_answer> pending;
    if (auto answer = join(question, pending.address(), deadline)) co_return *std::move(answer);
    auto answer = co_await pending.within(deadline - now());
    if (!answer) co_return failed(net_error::timeout);
    co_return *std::move(answer);
  }

 private:
  static system_resolver_options with_defaults(system_resolver_options options) {
    DIALTONE_ASSERT(options.concurrent_lookups > 0, "a resolver needs at least one lookup at once");
    if (options.look_up == nullptr) options.look_up = &ask_system;
    return options;
  }

  std::optional<host_answer> from_hosts(const host_question& question) {
    const auto table = hosts_.table(now());
    if (const auto* address = std::get_if<ip_address>(&question.subject)) {
      const std::string_view name = table->name_of(*address);
      return name.empty() ? std::nullopt : std::optional{host_answer{host_entry{std::string{name}, {*address}}}};
    }
    const std::string& host = std::get<std::string>(question.subject);
    std::vector<ip_address> addresses = of_families(table->addresses_of(host), question.families);
    if (addresses.empty()) return {};
    return host_answer{host_entry{host, std::move(addresses)}};
  }

  std::optional<host_answer> join(const host_question& question, lookup_table::waiter who, time_point deadline) {
    auto joined = table_->join(question, who, deadline, now());
    if (!joined.start_worker) return std::move(joined.answer);
    if (!try_spawn({.label = "resolver lookup"}, look_up_hosts, table_)) {
      const host_answer refused = failed(net_error::system_limit);
      for (const lookup_table::waiter& waiter : table_->not_started(question)) reply(waiter, refused);
    }
    return {};
  }

  detail::hosts_file hosts_;
  const shared_lookup_table table_;
};

}  // namespace

resolver system_resolver(system_resolver_options options) {
  return resolver{std::make_shared<system_source>(std::move(options))};
}

}  // namespace dialtone

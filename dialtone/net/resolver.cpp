// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/resolver.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include <dialtone/base/assert.hpp>
#include <dialtone/io/interfaces.hpp>
#include <dialtone/net/host_name.hpp>
#include <dialtone/net/hosts_table.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone {

namespace {

net_error failed(net_error::code_type code) { return net_error{net_operation::resolve, code}; }

// "fe80::1%eth0" too: only here the system is asked for the number of an interface.
std::optional<ip_address> literal(const std::string& host) {
  if (auto address = ip_address::parse(host)) return *address;
  const std::size_t percent = host.find('%');
  if (percent == std::string::npos) return {};
  const auto address = ip_address::parse(std::string_view{host}.substr(0, percent));
  const std::uint32_t scope = io::interface_index(host.substr(percent + 1));
  return address && address->is_v6() && scope != 0 ? std::optional{address->with_scope(scope)} : std::nullopt;
}

// What needs no source. IPv4 first: every machine has it on its loopback interface.
std::optional<std::vector<ip_address>> known_by_itself(const std::string& host) {
  if (auto address = literal(host)) return std::vector{*address};
  if (auto name = host_name_of(host); name && is_localhost(*name))
    return std::vector{ip_address::loopback(ip_family::v4), ip_address::loopback(ip_family::v6)};
  return {};
}

task<host_answer> ask(std::shared_ptr<resolver_source> source, host_question question, time_point deadline) {
  const time_point start = now();
  if (deadline == never) deadline = after_delay(start, resolver::default_timeout);
  if (deadline <= start) co_return std::unexpected{failed(net_error::timeout)};
  auto answer = co_await with_deadline(deadline - start, source->look_up(std::move(question), deadline));
  if (!answer) co_return std::unexpected{failed(net_error::timeout)};
  co_return *std::move(answer);
}

task<resolver::addresses> resolve_with(std::shared_ptr<resolver_source> source, std::string host,
                                       resolve_options options) {
  auto found = known_by_itself(host);
  if (!found) {
    auto name = host_name_of(host);
    if (!name) co_return std::unexpected{failed(net_error::bad_name).at(host.substr(0, host_name_limit))};
    auto answer = co_await ask(std::move(source), {*std::move(name), options.families}, options.deadline);
    if (!answer) co_return std::unexpected{answer.error().at(host)};
    found = std::move(answer->addresses);
  }
  auto wanted = of_families(*std::move(found), options.families);
  if (wanted.empty()) co_return std::unexpected{failed(net_error::nxdomain).at(host)};
  co_return wanted;
}

task<resolver::name> name_with(std::shared_ptr<resolver_source> source, ip_address address, resolve_options options) {
  auto answer = co_await ask(std::move(source), {address.unmapped(), ip_families::any}, options.deadline);
  if (!answer) co_return std::unexpected{answer.error().at(to_string(address))};
  if (answer->name.empty()) co_return std::unexpected{failed(net_error::nxdomain).at(to_string(address))};
  co_return std::move(answer->name);
}

class hosts_source final : public resolver_source {
 public:
  explicit hosts_source(std::string_view text) : table_{text} {}

  task<host_answer> look_up(host_question question, time_point) override {
    const auto* address = std::get_if<ip_address>(&question.subject);
    host_entry entry;
    if (address != nullptr)
      entry = {std::string{table_.name_of(*address)}, {*address}};
    else
      entry = {std::get<std::string>(question.subject), table_.addresses_of(std::get<std::string>(question.subject))};
    if (entry.name.empty() || entry.addresses.empty()) co_return std::unexpected{failed(net_error::nxdomain)};
    co_return entry;
  }

 private:
  const hosts_table table_;
};

}  // namespace

std::string to_string(const host_question& question) {
  const auto* address = std::get_if<ip_address>(&question.subject);
  return address != nullptr ? to_string(*address) : std::get<std::string>(question.subject);
}

resolver::resolver(std::shared_ptr<resolver_source> source) : source_{std::move(source)} {
  DIALTONE_ASSERT(source_ != nullptr, "a resolver has a source");
}

task<resolver::addresses> resolver::resolve(std::string host, resolve_options options) const {
  return resolve_with(source_, std::move(host), options);
}

task<resolver::name> resolver::name_of(ip_address address, resolve_options options) const {
  return name_with(source_, address, options);
}

resolver hosts_resolver(std::string_view text) { return resolver{std::make_shared<hosts_source>(text)}; }

std::vector<ip_address> of_families(std::vector<ip_address> addresses, ip_families families) {
  if (families != ip_families::any)
    std::erase_if(addresses, [&](const ip_address& one) { return one.is_v4() != (families == ip_families::v4); });
  return addresses;
}

std::vector<ip_address> interleave_families(const std::vector<ip_address>& addresses) {
  std::vector<ip_address> one, other, mixed;
  for (const ip_address& address : addresses)
    (address.family() == addresses.front().family() ? one : other).push_back(address);
  for (std::size_t i = 0; i < std::max(one.size(), other.size()); ++i) {
    if (i < one.size()) mixed.push_back(one[i]);
    if (i < other.size()) mixed.push_back(other[i]);
  }
  return mixed;
}

}  // namespace dialtone

// SPDX-License-Identifier: Apache-2.0
// Names to addresses and back. A resolver is a handle: a small value that copies and travels in messages; what answers
// is behind it (resolver_source) and shared. Where none is given, as to tcp::connect, that of the runtime answers:
// runtime_options::names, or the system (system_resolver.hpp). Tests and simulations bring their own.
//
//   auto addresses = co_await names.resolve("example.org", {.families = dt::ip_families::v4});
//   // std::expected<std::vector<dt::ip_address>, dt::net_error>: nxdomain, timeout, try_again, bad_name, ...
//
// Inside a process only; resumed by its own scheduler. Literal addresses ("::1", "fe80::1%eth0") and localhost are
// answered at once, whatever the source. The caller has its answer at its deadline, `timeout` at the latest, though a
// source may be busy for longer; a caller that is killed leaves nothing behind but the source's work for others.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <dialtone/base/time.hpp>
#include <dialtone/io/name_service.hpp>
#include <dialtone/net/ip_address.hpp>
#include <dialtone/net/net_error.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone {

/// any, v4, v6: which addresses are wanted.
using ip_families = io::name_family;

struct resolve_options {
  ip_families families = ip_families::any;
  /// On the runtime's clock. Without one, resolver::default_timeout from now.
  time_point deadline = never;
};

/// What a source is asked: the addresses of a host, or the name of an address.
struct host_question {
  /// A name as host_name_of gives it; never a literal address, never localhost.
  std::variant<std::string, ip_address> subject;
  /// Of the addresses of a host.
  ip_families families = ip_families::any;
  friend bool operator==(const host_question&, const host_question&) = default;
};
std::string to_string(const host_question& question);

struct host_entry {
  std::string name;
  /// The best to try first (RFC 6724).
  std::vector<ip_address> addresses;
  friend bool operator==(const host_entry&, const host_entry&) = default;
};

using host_answer = std::expected<host_entry, net_error>;

/// What answers. Called by processes of all schedulers at once; kept alive by its handles. Has nothing to do with the
/// deadline but to spare work that nobody waits for any more: the resolver keeps it for the caller.
class resolver_source {
 public:
  virtual ~resolver_source() = default;
  /// The error needs no place: the resolver adds it. No answer without an address, or without a name.
  virtual task<host_answer> look_up(host_question question, time_point deadline) = 0;
};

class resolver {
 public:
  using addresses = std::expected<std::vector<ip_address>, net_error>;
  using name = std::expected<std::string, net_error>;

  /// The system's own gives up after 5 s a name server, and asks two or three.
  static constexpr duration default_timeout = std::chrono::seconds{15};

  explicit resolver(std::shared_ptr<resolver_source> source);

  /// At least one address, all of the families that are wanted, in the order in which they are best tried.
  task<addresses> resolve(std::string host, resolve_options options = {}) const;
  /// The name of an address; of a mapped one, that of its IPv4 address. The owner of the address chooses the name, and
  /// may choose anybody's: it proves nothing until it resolves to the address. Families do not count.
  task<name> name_of(ip_address address, resolve_options options = {}) const;

  /// For runtime_options::names.
  const std::shared_ptr<resolver_source>& source() const { return source_; }
  friend bool operator==(const resolver&, const resolver&) = default;

 private:
  std::shared_ptr<resolver_source> source_;
};

/// Of the runtime of the calling process: runtime_options::names, or else one system_resolver() for all its processes.
resolver default_resolver();

/// Knows what a text like /etc/hosts says, and nothing else: for tests, and where no name may leave the machine.
resolver hosts_resolver(std::string_view text);

/// Those that are wanted, in their order.
std::vector<ip_address> of_families(std::vector<ip_address> addresses, ip_families families);

/// The families in turn, beginning with that of the first address, the order within each kept (RFC 8305, 4): so that
/// one family that does not work costs one attempt, not all of its addresses.
std::vector<ip_address> interleave_families(const std::vector<ip_address>& addresses);

template <>
inline constexpr bool enable_sendable<resolver> = true;

}  // namespace dialtone

template <>
struct std::hash<dialtone::host_question> {
  std::size_t operator()(const dialtone::host_question& question) const noexcept {
    return std::hash<std::variant<std::string, dialtone::ip_address>>{}(question.subject) * 3 +
           static_cast<std::size_t>(question.families);
  }
};

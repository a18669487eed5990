// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/connect.hpp>

#include <algorithm>
#include <cerrno>

#include <dialtone/io/socket_option.hpp>
#include <dialtone/net/connect_attempts.hpp>
#include <dialtone/net/kernel_options.hpp>
#include <dialtone/net/network_namespace.hpp>

namespace dialtone::detail {

task<resolver::addresses> addresses_of(std::string host, std::optional<resolver> names, resolve_options options) {
  // Most have an address, and need no resolver at all.
  if (auto address = ip_address::parse(host)) {
    auto wanted = of_families({*address}, options.families);
    if (!wanted.empty()) co_return wanted;
  }
  if (!names) names = default_resolver();
  auto found = co_await names->resolve(std::move(host), options);
  if (!found) co_return std::unexpected{found.error()};
  co_return interleave_families(*found);
}

namespace {

bool is_of_family(const socket_address& address, const socket_address& local) {
  return address.is_unix() == local.is_unix() && (address.is_unix() || address.ip().family() == local.ip().family());
}

/// The attempts of one plan, and which is the next.
class dialing {
 public:
  explicit dialing(connect_plan plan)
      : plan_{std::move(plan)}, driver_{*this_scheduler_of_process().driver}, attempts_{driver_} {}

  task<connect_result> run() {
    for (;;) {
      if (attempts_.is_connected()) co_return attempts_.take_connected();
      const time_point time = now();
      if (time >= plan_.deadline) co_return std::unexpected{late()};
      if (may_begin(time)) {
        const socket_address to = next(time);
        begin(to, co_await open_stream_in(plan_.network_namespace, &driver_, to));
        continue;
      }
      if (!attempts_.under_way()) co_return std::unexpected{last_error()};
      co_await attempts_.change(has_next() ? std::min(next_start_, plan_.deadline) : plan_.deadline);
    }
  }

 private:
  bool has_next() const { return next_ != plan_.addresses.size(); }
  bool may_begin(time_point time) const {
    const bool has_failed = attempts_.errors().size() != errors_at_start_;
    return has_next() && (!attempts_.under_way() || has_failed || time >= next_start_);
  }

  const socket_address& next(time_point time) {
    next_start_ = after_delay(time, plan_.attempt_delay);
    errors_at_start_ = attempts_.errors().size();
    return plan_.addresses[next_++];
  }

  void begin(const socket_address& to, std::expected<opened_handle, net_error> opened) {
    if (!opened) return attempts_.fail(opened.error());
    if (auto ready = prepare(opened->get(), to); !ready) return attempts_.fail(ready.error().at(to));
    attempts_.begin(opened->take(), to);
  }

  std::expected<void, net_error> prepare(io::handle opened, const socket_address& to) {
    if (plan_.local_address && !is_of_family(to, *plan_.local_address))
      return std::unexpected{net_error::of_system(net_operation::bind, EAFNOSUPPORT)};
    if (auto set = set_kernel_options(driver_, opened, plan_.options); !set) return set;
    if (!plan_.local_address) return {};
    const int error = driver_.bind(opened, to_socket_name(*plan_.local_address));
    if (error != 0) return std::unexpected{error_of(net_operation::bind, error)};
    return {};
  }

  net_error named(const net_error& error) const { return plan_.host.empty() ? error : error.at(plan_.host); }

  // What came first is the cause as often as what came last: all are told.
  net_error last_error() const {
    std::vector<net_error> earlier = attempts_.errors();
    const net_error last = earlier.back();
    earlier.pop_back();
    return named(last).after(std::move(earlier));
  }
  net_error late() const {
    net_error error{net_operation::connect, net_error::timeout};
    if (next_ != 0) error = error.at(plan_.addresses[next_ - 1]);
    return named(error).after(attempts_.errors());
  }

  connect_plan plan_;
  io::driver& driver_;
  connect_attempts attempts_;
  std::size_t next_ = 0;
  std::size_t errors_at_start_ = 0;
  time_point next_start_;
};

}  // namespace

task<connect_result> connect_to_any(connect_plan plan) {
  dialing attempts{std::move(plan)};
  co_return co_await attempts.run();
}

}  // namespace dialtone::detail

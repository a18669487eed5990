// SPDX-License-Identifier: Apache-2.0
// The manager of a listener: owns the listening sockets and counts the connections, all of them in one place, so the
// limit is exact. Not for users: they hold a listener_ref.
#pragma once

#include <deque>

#include <dialtone/net/listener_parts.hpp>
#include <dialtone/net/socket_monitor.hpp>
#include <dialtone/otp/gen_server.hpp>
#include <dialtone/runtime/telemetry_event.hpp>

namespace dialtone::detail {

class listener_manager : public gen_server<listener_manager> {
 public:
  /// Of an acceptor: answered when its endpoint listens and there is room.
  struct turn_request {
    using reply = stream::listener;
    std::uint32_t endpoint;
  };
  /// Where an accepted connection goes, which is counted with this.
  struct place {
    pid supervisor;  // none: it is to be closed
    pid counted_by;
    shared_settings settings;
    bool refused = false;
  };
  struct place_request {
    using reply = place;
    std::uint32_t endpoint;
  };
  struct info_request {
    using reply = listener_info;
  };
  struct suspend_request {
    using reply = void;
  };
  struct resume_request {
    using reply = std::expected<void, net_error>;
  };
  struct drain_request {
    using reply = std::size_t;
    duration limit;
  };
  struct change_request {
    using reply = std::expected<void, std::string>;
    listener_changes changes;
  };
  /// Its connection supervisors.
  struct supervisors_request {
    using reply = std::vector<pid>;
  };
  /// To itself: the time of a drain is up.
  struct drain_over {
    std::uint64_t drain;
  };
  struct resume_after {
    reply_to<resume_request::reply> from;
  };
  using infos = messages<down, net::socket_down, drain_over>;

  explicit listener_manager(listener_part of);
  task<> init();
  std::string format_status() const;

  void handle_call(turn_request request, reply_to<stream::listener> from);
  void handle_call(place_request, reply_to<place> from);
  listener_info handle_call(info_request) const;
  void handle_call(suspend_request);
  task<> handle_call(resume_request, reply_to<resume_request::reply> from);
  void handle_call(drain_request request, reply_to<std::size_t> from);
  std::expected<void, std::string> handle_call(change_request request);
  std::vector<pid> handle_call(supervisors_request) const;
  void handle_cast(const count_change& change);
  void handle_cast(supervisor_up up);
  void handle_info(const down& death);
  void handle_info(const net::socket_down& closed);
  void handle_info(drain_over over);
  task<> handle_continue(resume_after drain) { return resume(drain.from); }

 private:
  struct opened {
    std::optional<stream::listener> listener = {};
    std::optional<reply_to<stream::listener>> acceptor = {};  // who waits for its turn
  };
  struct waiting_place {
    std::uint32_t endpoint;
    reply_to<place> from;
  };
  struct supervised {
    pid supervisor = {};
    reference monitor = {};
    std::size_t connections = 0;
    std::size_t refusals = 0;
  };

  task<std::expected<void, net_error>> open_all();
  void close_all();
  void follow(std::uint32_t index, pid supervisor);
  void forget(supervised& gone);
  void count(supervised& of, std::int32_t connections, std::int32_t refusals);
  bool has_room() const { return connections_ < spec_.max_connections; }
  bool may_accept() const;
  std::optional<place> choose();
  supervised* least_loaded();
  void go_on();
  void watch_room();
  void tell_listening(const telemetry::event& what, const socket_address& where) const;
  void order(connections_order what);
  void finish_drain();
  task<> resume(reply_to<resume_request::reply> from);
  void renew_settings();

  std::shared_ptr<listener_directory> others_;
  manager_memory& memory_;
  listener_spec& spec_;
  shared_settings settings_;
  listener_state state_ = listener_state::running;
  std::vector<opened> endpoints_;
  std::vector<supervised> supervisors_;
  std::deque<waiting_place> waiting_places_;  // accepted when the last room had gone
  std::size_t connections_ = 0;
  std::size_t refusals_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t crashed_ = 0;
  std::optional<time_point> full_since_;
  std::uint64_t drains_ = 0;
  time_point drain_begun_{};
  std::size_t killed_ = 0;  // of the drain
  std::vector<reply_to<std::size_t>> drain_waiters_;
  std::vector<reply_to<resume_request::reply>> resume_waiters_;
};

}  // namespace dialtone::detail

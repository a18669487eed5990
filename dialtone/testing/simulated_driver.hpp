// SPDX-License-Identifier: Apache-2.0
// The driver of a host in a simulated_network: sockets that do what the kernel's do, in virtual time. It never waits:
// poll tells what has happened so far, and whoever steps the runtime moves the clock and runs the network's events.
// Made by simulated_network::make_driver, for one scheduler, on the thread of the network.
//
// Options are remembered; those that mean something are the linger time, SO_KEEPALIVE with its times, TCP_USER_TIMEOUT,
// SO_REUSEPORT, IPV6_V6ONLY, and of datagrams SO_BROADCAST, memberships, UDP_GRO, and what is set and told of TOS and
// TTL. There are no descriptors: what can be adopted is what another driver of the same host has released. Meanwhile
// connections wait in its backlog.
#pragma once

#include <memory>
#include <vector>

#include <dialtone/io/source_table.hpp>
#include <dialtone/testing/simulated_socket.hpp>

namespace dialtone::testing {

class simulated_driver : public io::driver, private simulated::socket_owner {
 public:
  simulated_driver(simulated::simulated_stack& stack, host_id host, fault_source* faults);
  ~simulated_driver() override;
  simulated_driver(const simulated_driver&) = delete;
  simulated_driver& operator=(const simulated_driver&) = delete;

  std::string_view name() const override { return "simulated"; }
  std::expected<io::handle, int> open(io::socket_kind kind) override;
  int bind(io::handle of, const io::socket_name& local) override;
  int listen(io::handle of, int backlog) override;
  int shutdown(io::handle of, io::shutdown_how how) override;
  int set_option(io::handle of, io::socket_option which, std::span<const std::byte> value) override;
  std::expected<std::size_t, int> option(io::handle of, io::socket_option which, std::span<std::byte> value) override;
  std::expected<io::socket_name, int> local_name(io::handle of) override;
  std::expected<io::socket_name, int> peer_name(io::handle of) override;
  io::handle adopt(int descriptor) override;
  io::handle adopt(io::released&& moved) override;
  io::released release(io::handle of) override;
  void close(io::handle closed) override;
  bool accept(io::handle listener, io::operation& waiting, io::result& done) override;
  bool connect(io::handle from, const io::socket_name& to, io::operation& waiting, io::result& done) override;
  bool receive(io::handle from, io::operation& waiting, io::result& done) override;
  bool send(io::handle to, std::span<bytes> pieces, io::operation& waiting, io::result& done) override;
  std::size_t sent_so_far(io::handle of) const override;
  bool receive_datagram(io::handle from, io::datagram_operation& waiting, io::result& done) override;
  bool send_datagram(io::handle to, const io::outgoing_datagram& sent, io::operation& waiting,
                     io::result& done) override;
  void cancel(io::operation& waiting) override;
  void poll(duration timeout) override;
  bool has_sources() const override { return sources_.count() != 0; }
  /// Without sources it is not polled, and what was noticed is of closed ones.
  bool is_ready() const override { return !ready_.empty() && sources_.count() != 0; }
  void wake() noexcept override {}

  fault_source* const faults;  // for DIALTONE_FAULT_POINT

 private:
  enum class reading : std::uint8_t { stream, connections, datagrams };
  struct source {
    int descriptor = -1;  // 0 while it is open
    std::uint32_t generation = 1;
    reading what = {};  // the reader waits for
    bool noticed = false;
    io::operation* reader = nullptr;
    io::operation* writer = nullptr;
    std::unique_ptr<simulated::simulated_socket> socket = {};
    std::size_t sent = 0;  // of the last send, when it ends
  };
  struct travelling;

  bool is_dead() const;
  void end(io::handle of);
  static void leave(simulated::simulated_stack& stack, simulated::simulated_socket& left);
  simulated::simulated_socket* find(io::handle of);
  /// The error of every call: EBADF, ENETDOWN, or none.
  int why_not(const simulated::simulated_socket* socket) const;
  io::handle join(std::unique_ptr<simulated::simulated_socket> socket);
  int bind(simulated::simulated_socket& socket, const simulated::endpoint& local);
  /// The name in the form that a socket of this family takes; empty: it takes none such.
  static std::optional<simulated::endpoint> reachable(const simulated::simulated_socket& socket,
                                                      const io::socket_name& name);
  int choose_name(simulated::simulated_socket& socket, const ip_address& to);
  /// Whether an operation may begin; `other` waits already.
  bool begin(const source* found, const io::operation* other, io::result& done) const;
  bool is_writing(simulated::simulated_socket& socket);
  /// Whether an operation may be done at once.
  bool may_be_done() const { return !DIALTONE_FAULT_POINT(*this, fault_points::driver_waits); }
  /// It waits, unless `tried` it was not: then the next poll tries.
  bool wait(io::operation*& place, io::operation& waiting, io::handle of, bool tried);
  /// How many bytes of the next send the system takes; all, as a rule.
  std::size_t send_limit(std::span<const bytes> pieces) const;
  int why_not_open() const;
  int why_not_accept() const;
  int connect_datagrams(simulated::simulated_socket& socket, const simulated::endpoint& to);
  bool try_read(source& from, io::result& done);
  bool try_accept(simulated::simulated_socket& listener, io::result& done);
  bool go_on_writing(simulated::simulated_socket& socket, io::result& done);
  void notice(io::handle of) override;
  void serve(io::handle of);

  simulated::simulated_stack& stack_;
  host_id host_;
  simulated::simulated_host& own_;  // hosts stay where they are
  std::uint32_t incarnation_;       // of the host that it belongs to
  io::source_table<source> sources_;
  std::vector<io::handle> ready_;
  std::vector<io::handle> serving_;
};

}  // namespace dialtone::testing

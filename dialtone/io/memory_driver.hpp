// SPDX-License-Identifier: Apache-2.0
// The driver without a kernel: stream sockets in memory, which reach each other through a memory_network. They do what
// TCP's do, and are under the same tests: a bounded buffer each way, half closes, resets (also by closing with unread
// data or a linger time of zero), a backlog in which connections wait. Nothing is ever lost or late by itself. For one
// scheduler as every driver; its peers may be at other drivers of other threads.
//
// Options are remembered and, but for the linger time, mean nothing: all that the kernel has for a socket of the
// family, with values of up to 64 bytes (EINVAL); unset ones are zero. Who is accepted has those of the listener,
// except on Unix sockets, as with the kernel. There are no descriptors: what can be adopted is what another driver of
// the network has released. While a listener is on its way, connections are refused.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include <dialtone/io/memory_network.hpp>
#include <dialtone/io/remembered_options.hpp>
#include <dialtone/io/source_table.hpp>

namespace dialtone::io {

class memory_driver final : public driver {
 public:
  /// The most that a listener keeps waiting, whatever it asks for.
  static constexpr int backlog_limit = 4096;

  /// `on_ready` says that poll has something to do, to who does not wait in it. It is called on any thread, with the
  /// network locked: the one call that it may make of a driver, of this or another network, is wake. Not called again
  /// before the next poll.
  explicit memory_driver(std::shared_ptr<memory_network> network, std::function<void()> on_ready = {});
  ~memory_driver() override;
  memory_driver(const memory_driver&) = delete;
  memory_driver& operator=(const memory_driver&) = delete;

  /// Two ends of a connection that no name leads to (socketpair(2)).
  std::pair<handle, handle> make_pair();
  const std::shared_ptr<memory_network>& network() const { return network_; }
  /// Only drivers know the network: nobody can listen or connect in it any more.
  bool is_forgotten() const { return network_.use_count() == network_->drivers_; }

  std::string_view name() const override { return "memory"; }
  std::expected<handle, int> open(socket_kind kind) override;
  int bind(handle of, const socket_name& local) override;
  int listen(handle of, int backlog) override;
  int shutdown(handle of, shutdown_how how) override;
  int set_option(handle of, socket_option which, std::span<const std::byte> value) override;
  std::expected<std::size_t, int> option(handle of, socket_option which, std::span<std::byte> value) override;
  std::expected<socket_name, int> local_name(handle of) override;
  std::expected<socket_name, int> peer_name(handle of) override;
  handle adopt(int descriptor) override;
  handle adopt(released&& moved) override;
  released release(handle of) override;
  /// The network of a socket on its way; null for one that is not of memory.
  static std::shared_ptr<memory_network> network_of(const released& moved);
  void close(handle closed) override;
  bool accept(handle listener, operation& waiting, result& done) override;
  bool connect(handle from, const socket_name& to, operation& waiting, result& done) override;
  bool receive(handle from, operation& waiting, result& done) override;
  bool send(handle to, std::span<bytes> pieces, operation& waiting, result& done) override;
  std::size_t sent_so_far(handle of) const override;
  void cancel(operation& waiting) override;
  void poll(duration timeout) override;
  bool has_sources() const override;
  bool is_ready() const override;
  void wake() noexcept override;

 private:
  using connection = std::shared_ptr<memory_connection>;

  struct source {
    int descriptor = -1;  // 0 while it is open
    std::uint32_t generation = 1;
    socket_kind kind = {};
    bool bound = false;
    bool listening = false;
    bool accepting = false;
    bool connecting = false;
    bool reads_ended = false;
    bool writes_ended = false;
    bool noticed = false;
    std::size_t backlog = 0;
    socket_name local = {};
    std::deque<connection> arrived = {};  // of a listener
    connection with = {};
    std::size_t side = 0;  // which end of it
    operation* reader = nullptr;
    operation* writer = nullptr;
    std::vector<bytes> unsent = {};
    std::size_t sent = 0;
    remembered_options options = {};

    memory_connection::end& own() const { return with->ends[side]; }
    memory_connection::end& peer() const { return with->ends[1 - side]; }
    bool is_connected() const { return with != nullptr && with->established; }
    bool is_writing() const { return connecting || writer != nullptr || !unsent.empty(); }
  };

  struct travelling;

  void sleep(duration timeout);

  // All under the lock of the network.
  handle join(source made, const connection& with, std::size_t side);
  int bind_unlocked(source& found, handle of, const socket_name& local);
  bool try_accept(source& from, result& done);
  static bool try_receive(const source& from, result& done);
  static bool try_send(source& to, std::span<bytes> pieces, result& done);
  bool go_on_writing(source& to, result& done);
  static void establish(source& listener);
  static void leave(memory_network& network, source& left);
  /// Who is told may use the driver: it is not locked meanwhile.
  static void tell(std::unique_lock<std::mutex>& lock, operation& waiting, result&& done);
  void end(handle of, std::unique_lock<std::mutex>& lock);
  static void notice(const memory_place& place);
  void notice(handle of);
  void serve(handle of, std::unique_lock<std::mutex>& lock);

  std::shared_ptr<memory_network> network_;
  std::function<void()> on_ready_;
  source_table<source> sources_;
  std::vector<handle> ready_;
  // A lock of its own, taken last, and not the network's: who wakes this driver may hold another network, in which a
  // socket of this scheduler is, while somebody under this network's lock wakes a scheduler of that one.
  std::mutex wake_lock_;
  bool woken_ = false;
  std::condition_variable changed_;
};

}  // namespace dialtone::io

// SPDX-License-Identifier: Apache-2.0
// A listening socket: any number of processes of its scheduler may wait for its next connection; the first one gets it.
// A connection that comes when nobody waits any more is kept for the next accept. Without descriptors it waits for some
// (accept_pause). For the room net only.
#pragma once

#include <deque>

#include <dialtone/io/socket_file.hpp>
#include <dialtone/net/accept_pause.hpp>
#include <dialtone/net/request_queue.hpp>
#include <dialtone/net/socket_options.hpp>
#include <dialtone/net/stream_socket.hpp>

namespace dialtone::detail {

/// A connection that is passive, for as long as nobody has taken it.
struct accepted_connection {
  reference socket;
  std::optional<active> mode;  // that it shall have then
};
using accept_result = std::expected<accepted_connection, net_error>;

struct accept_request : queued_request<accept_request> {
  explicit accept_request(void (*complete)(accept_request&, accept_result)) : complete{complete} {}

  void (*complete)(accept_request&, accept_result);
  pid owner;  // of the connection
};

class listen_socket final : public any_socket {
 public:
  static constexpr kind its_kind = kind::listener;

  /// `options` are those of the connections.
  listen_socket(socket_table& home, io::driver& driver, io::handle handle, socket_options options);
  ~listen_socket() override;

  /// Removes the file when it ends.
  void keep(io::socket_file file) { file_ = std::move(file); }
  std::optional<accept_result> accept(accept_request& request);
  void forget(accept_request& request) { waiting_.forget(request); }
  /// A connection that was accepted for somebody who has not taken it: for the next one.
  void put_back(stream_socket& connection);
  /// Of the connections to come, as far as given.
  std::expected<void, net_error> set(const socket_options& given);
  /// Those that the next connection will have, with the kernel's values of this socket, which it inherits.
  socket_options options() const;

  void describe(net::socket_info& info) const override;
  void go_on() override;
  bool has_told(const signal&) const override { return false; }

 private:
  struct own_operation : io::operation {
    explicit own_operation(listen_socket& self) : io::operation{&arrived}, self{self} {}
    listen_socket& self;
  };

  void end() override;
  void let_go() override;
  void take_back(io::released& kernel) override;
  void lost(io::released& kernel, int system_code) override;
  static void arrived(io::operation& operation, io::result&& done);
  void serve();
  void tell_all(net_error::code_type why);
  void close_returned();
  std::optional<accept_result> next(pid owner);
  std::optional<io::result> next_from_driver();
  accept_pause::place place() const;

  socket_options options_;
  std::optional<active> mode_;  // of the connections
  own_operation operation_;
  accept_pause pause_;
  std::optional<io::result> kept_;          // what has come while nobody waited
  std::optional<io::released> travelling_;  // that, on the way to another scheduler
  std::deque<reference> returned_;          // connections that nobody owns
  request_queue<accept_request> waiting_;
  io::socket_file file_;
  int lost_ = 0;  // the system's code; nothing can be accepted any more
};

}  // namespace dialtone::detail

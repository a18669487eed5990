// SPDX-License-Identifier: Apache-2.0
// A listening socket: any number of processes of its scheduler may wait for its next connection; the first one gets it.
// A connection that comes when nobody waits any more is kept for the next accept. For the room net only.
#pragma once

#include <dialtone/io/socket_file.hpp>
#include <dialtone/net/request_queue.hpp>
#include <dialtone/net/socket_options.hpp>
#include <dialtone/net/stream_socket.hpp>

namespace dialtone::detail {

using accept_result = std::expected<reference, net_error>;

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

 private:
  struct own_operation : io::operation {
    explicit own_operation(listen_socket& self) : io::operation{&arrived}, self{self} {}
    listen_socket& self;
  };

  void end() override;
  static void arrived(io::operation& operation, io::result done);
  void serve();
  accept_result connection(const io::result& done, pid owner);

  const socket_options options_;
  own_operation operation_;
  std::optional<io::result> kept_;  // what has come while nobody waited
  request_queue<accept_request> waiting_;
  io::socket_file file_;
};

}  // namespace dialtone::detail

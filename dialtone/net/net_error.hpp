// SPDX-License-Identifier: Apache-2.0
// Why an operation on the network has failed: which operation, where, and the system's code or one of our own. A
// regular value of 24 bytes, sendable; a copy allocates nothing (where it happened is shared and constant), so an
// expected<T, net_error> costs nothing while all goes well. For everybody.
//
//   if (!socket && socket.error() == std::errc::connection_refused) ...
//   if (!line && line.error() == dt::net_error::timeout) ...
//   if (!sent && !sent.error().still_sends()) lost = data.last(sent.error().unsent().value());
//   to_string(socket.error())        // "connect 127.0.0.1:9: ECONNREFUSED (connection refused)"
//
// The codes are gen_tcp's: its atom is the enumerator, or the name of the system's code in small letters.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/core.h>

#include <dialtone/base/enable_sendable.hpp>
#include <dialtone/net/address.hpp>

namespace dialtone {

enum class net_operation : std::uint8_t {
  resolve,
  open,
  adopt,
  bind,
  listen,
  accept,
  connect,
  send,
  send_file,
  recv,
  unrecv,
  shutdown,
  close,
  setopts,
  getopts,
  getstat,
  controlling_process,
  interfaces,
};
std::string_view to_string(net_operation operation);

class net_error {
 public:
  enum code_type : std::uint8_t {
    system,            ///< the system's code: `system_code()`
    closed,            ///< the peer has ended the connection, or the socket was closed on this side
    timeout,           ///< not done within the caller's time limit (the system's own is ETIMEDOUT)
    nxdomain,          ///< there is no such name, or it has no address of the family that was asked for
    try_again,         ///< the name servers do not answer at present; they may later (EAI_AGAIN)
    no_recovery,       ///< the name servers have refused, or failed for good (EAI_FAIL)
    bad_name,          ///< no name of a host: too long, or with characters that none has
    message_too_long,  ///< larger than packet_size, than the length in front of it can say, or than a datagram
                       ///< (emsgsize)
    malformed,         ///< what the peer has sent is no packet of the type
    not_owner,         ///< only the owner of a socket may do that
    already_reading,   ///< another recv waits on this socket (ealready)
    bad_option,        ///< an option that does not exist here, or a value that it cannot have (badarg)
    elsewhere,     ///< the socket lives on another scheduler, with its owner; from here it takes only send and the like
    system_limit,  ///< a limit of the runtime's own
  };

  /// What becomes of the bytes of a failed send that the kernel has not taken.
  enum class rest : std::uint8_t {
    dropped,  ///< they are not sent
    queued,   ///< they go out all the same, unless the connection ends before that
  };
  /// What `unsent` tells at most, of larger sends too: 32 GiB.
  static constexpr std::size_t unsent_most = (std::size_t{1} << 35) - 2;

  net_error(net_operation operation, code_type code) : operation_{operation}, code_{code} {}
  /// `system_code` is an errno: from 1 to 4,095.
  static net_error of_system(net_operation operation, int system_code);

  /// The same error, with the place where it happened: in its text, and equal only to one at the same place.
  net_error at(socket_address address) const;
  /// The same with a name, as of a host or an option; beside an address, if there is one.
  net_error at(std::string_view name) const;
  /// The same, as the last of several attempts that have failed.
  net_error after(std::vector<net_error> earlier) const;
  /// The same, of a send of whose bytes the kernel has not taken so many.
  net_error leaving(std::size_t unsent, rest left = rest::dropped) const;

  net_operation operation() const { return operation_; }
  code_type code() const { return code_; }
  /// 0 if the code is our own.
  int system_code() const { return static_cast<int>(system_code_); }
  /// Of a send to a stream: how many of its bytes the kernel had not taken, from none to all of them; without the
  /// length in front of a packet. None: it is no error of a send.
  std::optional<std::size_t> unsent() const;
  /// Whether those bytes go out all the same, so that who sends them again sends them twice.
  bool still_sends() const { return still_sends_ != 0; }
  /// Null: none is known. While this object lives.
  const socket_address* address() const;
  /// Empty: none is known. While this object lives.
  std::string_view name() const;
  /// The attempts before this one, as of a connect to a name with several addresses. While this object lives.
  std::span<const net_error> earlier() const;
  /// "ECONNREFUSED", "timeout".
  std::string_view code_name() const;
  /// "connection refused", "not within the time limit".
  std::string text() const;

  friend bool operator==(const net_error& left, const net_error& right);
  friend bool operator==(const net_error& error, code_type code) { return error.code_ == code; }
  friend bool operator==(const net_error& error, std::errc code) {
    return error.code_ == system && error.system_code() == static_cast<int>(code);
  }

 private:
  struct place;
  place where() const;
  net_error with(place where) const;

  net_operation operation_;
  code_type code_;
  std::uint64_t system_code_ : 12 = 0;
  std::uint64_t still_sends_ : 1 = 0;
  std::uint64_t unsent_ : 35 = 0;  // and one; 0: not told
  std::shared_ptr<const place> where_;
};

/// "recv 127.0.0.1:9: timeout (not within the time limit)". Earlier attempts follow: "...; before it: connect [::1]:9:
/// ENETUNREACH (network is unreachable)". Of a send: "send: timeout (not within the time limit), 12 bytes not sent", or
/// "..., 12 bytes still to go out".
std::string to_string(const net_error& error);

template <>
inline constexpr bool enable_sendable<net_error> = true;

}  // namespace dialtone

template <>
struct fmt::formatter<dialtone::net_error> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const dialtone::net_error& error, Context& context) const {
    return fmt::formatter<std::string_view>::format(to_string(error), context);
  }
};

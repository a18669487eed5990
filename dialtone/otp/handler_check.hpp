// SPDX-License-Identifier: Apache-2.0
// What is wrong with the handlers of a server's class, said by the compiler. A handler that need not be there would
// otherwise be passed over when it is private, or takes other parameters than it should. Not for users.
#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone {

template <class Self>
class gen_server;

namespace detail {

// A class that has a member of the name, also a private one, makes it ambiguous.
struct named_init {
  int init;
};
struct named_terminate {
  int terminate;
};
struct named_format_status {
  int format_status;
};
struct named_handle_info {
  int handle_info;
};
struct named_handle_enter {
  int handle_enter;
};
template <class Server, class Named>
struct together : Server, Named {};

template <class Server>
consteval bool check_init() {
  constexpr bool right = requires(Server& made) { made.init(); } || requires { &together<Server, named_init>::init; };
  static_assert(right, "dialtone: init of a server is public and takes no arguments");
  return right;
}

template <class Server>
consteval bool check_terminate() {
  constexpr bool right = requires(Server& made, const exit_reason& reason) { made.terminate(reason); } ||
                         requires { &together<Server, named_terminate>::terminate; };
  static_assert(right, "dialtone: terminate of a server is public and takes a const dialtone::exit_reason&");
  return right;
}

template <class Server>
consteval bool check_format_status() {
  constexpr bool right = requires(const Server& made) { std::string{made.format_status()}; } ||
                         requires { &together<Server, named_format_status>::format_status; };
  static_assert(right, "dialtone: format_status of a server is public, const, and returns a text");
  return right;
}

/// Who takes this takes every message: a gen_statem, whose events are checked one by one.
struct unheard_message {};

template <class Server>
consteval bool check_infos() {
  constexpr bool right = requires { typename Server::infos; } || requires(Server& made) {
    made.handle_info(unheard_message{});
  } || requires { &together<Server, named_handle_info>::handle_info; };
  static_assert(right,
                "dialtone: a server with handle_info lists its messages, in public: `using infos = "
                "dialtone::messages<...>;`");
  return right;
}

/// Whether what there is of optional handlers will be called; nobody can look into a final class.
template <class Server>
consteval bool check_handlers() {
  if constexpr (!std::is_base_of_v<gen_server<Server>, Server>) {
    static_assert(std::is_base_of_v<gen_server<Server>, Server>,
                  "dialtone: a server is of a class that derives from dialtone::gen_server, or gen_statem, of itself");
    return false;
  } else if constexpr (std::is_final_v<Server>) {
    return true;
  } else {
    constexpr bool right = check_init<Server>() && check_terminate<Server>() && check_format_status<Server>();
    return right && check_infos<Server>();
  }
}

/// Whether a handler that returns `Returned` gives a reply of this type; a coroutine does so exactly.
template <class Returned, class Reply>
inline constexpr bool gives_reply = std::is_void_v<Reply> || std::is_convertible_v<Returned, Reply>;
template <class Returned, class Reply>
inline constexpr bool gives_reply<task<Returned>, Reply> = std::is_same_v<Returned, Reply>;

}  // namespace detail

}  // namespace dialtone

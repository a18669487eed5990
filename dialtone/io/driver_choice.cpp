// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/driver_choice.hpp>

#include <sys/socket.h>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include <dialtone/io/uring_driver.hpp>

namespace dialtone::io {

namespace {

std::string wrong_choice(std::string_view of, std::string_view given) {
  return std::string{of}.append(" must be ").append(driver_choice_names).append(", but is '").append(given) + "'";
}

driver_choice choice_of_environment(driver_choice wanted) {
  const char* set = std::getenv("DIALTONE_IO");
  const std::string_view name{set == nullptr ? "" : set};
  if (name.empty()) return wanted;
  const auto choice = parse_driver_choice(name);
  if (!choice) throw std::invalid_argument{wrong_choice("DIALTONE_IO", name)};
  return *choice;
}

// A kernel may have the rings and not what is done with them, or a sandbox may filter the one and not the other.
void try_a_message(uring_driver& tried) {
  struct quiet : operation {
    quiet() : operation{[](operation& self, result&& done) { static_cast<quiet&>(self).got = std::move(done); }} {}
    result got;
  };
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::system_error{errno, std::generic_category(), "socketpair"};
  const handle from = tried.adopt(ends[0]);
  const handle to = tried.adopt(ends[1]);
  quiet received;
  quiet sent;
  bytes message{"?"};
  tried.receive(to, received, received.got);
  tried.send(from, {&message, 1}, sent, sent.got);
  tried.poll(std::chrono::seconds{1});
  if (received.got.data != "?" || !tried.receives_ahead(to))
    throw std::system_error{EINVAL, std::generic_category(), "io_uring cannot receive ahead"};
}

chosen_driver choose_uring(const uring_options& options) {
  uring_options with_pairs = options;
  with_pairs.ahead_of_unix = true;
  uring_driver tried{with_pairs};
  try_a_message(tried);
  return {.make = [options] { return std::make_unique<uring_driver>(options); },
          .description = "io_uring (" + tried.features() + ")"};
}

chosen_driver choose_named_uring(const uring_options& options) {
  try {
    return choose_uring(options);
  } catch (const std::system_error& refused) {
    throw std::system_error{refused.code(), "io_uring was asked for by name, and the system refuses it"};
  }
}

chosen_driver choose_best(const uring_options& options) {
  try {
    chosen_driver chosen = choose_uring(options);
    chosen.make = [options]() -> std::unique_ptr<driver> {
      // There may be memory for one ring and not for each scheduler's.
      try {
        return std::make_unique<uring_driver>(options);
      } catch (const std::system_error&) {
        return make_epoll_driver();
      }
    };
    return chosen;
  } catch (const std::system_error& refused) {
    return {.make = make_epoll_driver, .description = std::string{"epoll ("} + refused.what() + ")"};
  }
}

}  // namespace

std::optional<driver_choice> parse_driver_choice(std::string_view name) {
  if (name == "auto" || name == "best") return driver_choice::best;
  if (name == "uring" || name == "io_uring") return driver_choice::io_uring;
  if (name == "epoll") return driver_choice::epoll;
  return std::nullopt;
}

std::expected<driver_choice, std::string> take_driver_flag(std::vector<std::string_view>& arguments,
                                                           driver_choice otherwise) {
  constexpr std::string_view flag = "--io";
  constexpr std::string_view joined = "--io=";
  std::vector<std::string_view> others;
  driver_choice chosen = otherwise;
  for (auto at = arguments.begin(); at != arguments.end(); ++at) {
    if (*at != flag && !at->starts_with(joined)) {
      others.push_back(*at);
      continue;
    }
    std::string_view name;
    if (*at != flag)
      name = at->substr(joined.size());
    else if (at + 1 != arguments.end())
      name = *++at;
    const auto choice = parse_driver_choice(name);
    if (!choice) return std::unexpected{wrong_choice(flag, name)};
    chosen = *choice;
  }
  arguments = std::move(others);
  return chosen;
}

chosen_driver choose_driver(driver_choice wanted, const uring_options& options) {
  switch (choice_of_environment(wanted)) {
    case driver_choice::io_uring:
      return choose_named_uring(options);
    case driver_choice::best:
      return choose_best(options);
    case driver_choice::epoll:
      break;
  }
  return {.make = make_epoll_driver, .description = "epoll"};
}

chosen_driver choose_driver(driver_choice wanted) { return choose_driver(wanted, uring_options{}); }

std::unique_ptr<driver> make_driver(driver_choice wanted) { return choose_driver(wanted).make(); }

}  // namespace dialtone::io

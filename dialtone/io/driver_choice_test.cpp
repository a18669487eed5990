// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/driver_choice.hpp>

#include <gtest/gtest.h>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include <dialtone/io/uring_permitted_test.hpp>
#include <dialtone/io/uring_ring.hpp>

namespace dialtone::io {
namespace {

template <int Error>
int refuse(std::uint32_t, io_uring_params&) {
  errno = Error;
  return -1;
}

int setups = 0;
int refuse_all_but_the_first(std::uint32_t entries, io_uring_params& parameters) {
  return ++setups == 1 ? uring_ring::system_setup(entries, parameters) : refuse<ENOMEM>(entries, parameters);
}

// The better one is there when the machine permits it.
const std::string_view best_name = uring_is_permitted() ? "io_uring" : "epoll";

TEST(driver_choice, takes_what_was_asked_for_and_says_what_it_can_do) {
  const io_environment unset{nullptr};
  EXPECT_EQ(make_driver(driver_choice::epoll)->name(), "epoll");
  EXPECT_EQ(choose_driver(driver_choice::epoll).description, "epoll");
  EXPECT_EQ(make_driver(driver_choice::best)->name(), best_name);
  EXPECT_TRUE(choose_driver(driver_choice::best).description.starts_with(std::string{best_name} + " ("));
}

TEST(driver_choice, the_best_is_epoll_where_the_kernel_refuses_the_other) {
  const io_environment unset{nullptr};
  for (const auto setup : {refuse<EPERM>, refuse<ENOSYS>, refuse<ENOMEM>, refuse<EINVAL>}) {
    const chosen_driver chosen = choose_driver(driver_choice::best, uring_options{.setup = setup});
    EXPECT_TRUE(chosen.description.starts_with("epoll (io_uring_setup: ")) << chosen.description;
    EXPECT_EQ(chosen.make()->name(), "epoll");
  }
}

TEST(driver_choice, the_best_is_epoll_for_those_that_find_no_memory_any_more) {
  const io_environment unset{nullptr};
  setups = 0;
  const chosen_driver chosen = choose_driver(driver_choice::best, uring_options{.setup = refuse_all_but_the_first});
  EXPECT_TRUE(chosen.description.starts_with(best_name));
  EXPECT_EQ(chosen.make()->name(), "epoll");
}

TEST(driver_choice, a_name_that_is_refused_is_an_error_that_says_why) {
  const io_environment unset{nullptr};
  try {
    choose_driver(driver_choice::io_uring, uring_options{.setup = refuse<EPERM>});
    ADD_FAILURE() << "it was not refused";
  } catch (const std::system_error& refused) {
    EXPECT_EQ(refused.code().value(), EPERM);
    EXPECT_STREQ(refused.what(), "io_uring was asked for by name, and the system refuses it: Operation not permitted");
  }
}

TEST(driver_choice, the_environment_overrides_the_program) {
  const io_environment best{"best"};
  EXPECT_EQ(make_driver(driver_choice::epoll)->name(), best_name);
  const io_environment epoll{"epoll"};
  EXPECT_EQ(choose_driver(driver_choice::io_uring, uring_options{.setup = refuse<EPERM>}).make()->name(), "epoll");
  const io_environment uring{"io_uring"};
  EXPECT_THROW(choose_driver(driver_choice::epoll, uring_options{.setup = refuse<EPERM>}), std::system_error);
  const io_environment empty{""};
  EXPECT_EQ(make_driver(driver_choice::epoll)->name(), "epoll");
  const io_environment wrong{"kqueue"};
  EXPECT_THROW(make_driver(driver_choice::epoll), std::invalid_argument);
}

}  // namespace
}  // namespace dialtone::io

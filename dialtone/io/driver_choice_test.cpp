// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/driver_choice.hpp>

#include <gtest/gtest.h>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

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
  try {
    make_driver(driver_choice::epoll);
    ADD_FAILURE() << "it was taken";
  } catch (const std::invalid_argument& refused) {
    EXPECT_STREQ(refused.what(), "DIALTONE_IO must be auto, uring or epoll, but is 'kqueue'");
  }
}

TEST(driver_choice, has_a_name_for_programs_and_one_for_the_environment) {
  EXPECT_EQ(parse_driver_choice("auto"), driver_choice::best);
  EXPECT_EQ(parse_driver_choice("best"), driver_choice::best);
  EXPECT_EQ(parse_driver_choice("uring"), driver_choice::io_uring);
  EXPECT_EQ(parse_driver_choice("io_uring"), driver_choice::io_uring);
  EXPECT_EQ(parse_driver_choice("epoll"), driver_choice::epoll);
  for (const std::string_view none : {"", "Epoll", "epoll ", "io-uring"}) EXPECT_FALSE(parse_driver_choice(none));
}

TEST(driver_choice, is_taken_out_of_the_arguments) {
  std::vector<std::string_view> arguments{"4000", "--io", "uring", "--iou", "x"};
  EXPECT_EQ(take_driver_flag(arguments), driver_choice::io_uring);
  EXPECT_EQ(arguments, (std::vector<std::string_view>{"4000", "--iou", "x"}));
  EXPECT_EQ(take_driver_flag(arguments), driver_choice::epoll);
  EXPECT_EQ(take_driver_flag(arguments, driver_choice::best), driver_choice::best);
  EXPECT_EQ(arguments.size(), 3u);
  arguments = {"--io=auto", "4000", "--io=epoll"};
  EXPECT_EQ(take_driver_flag(arguments, driver_choice::io_uring), driver_choice::epoll);  // the last one
  EXPECT_EQ(arguments, (std::vector<std::string_view>{"4000"}));
}

TEST(driver_choice, of_an_argument_that_is_none_says_what_could_be) {
  std::vector<std::string_view> arguments{"--io", "epoll", "--io", "kqueue"};
  EXPECT_EQ(take_driver_flag(arguments).error(), "--io must be auto, uring or epoll, but is 'kqueue'");
  EXPECT_EQ(arguments.size(), 4u);
  arguments = {"--io"};
  EXPECT_EQ(take_driver_flag(arguments).error(), "--io must be auto, uring or epoll, but is ''");
  arguments = {"--io="};
  EXPECT_EQ(take_driver_flag(arguments).error(), "--io must be auto, uring or epoll, but is ''");
}

}  // namespace
}  // namespace dialtone::io

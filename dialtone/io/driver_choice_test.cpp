// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/driver_choice.hpp>

#include <gtest/gtest.h>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

#include <dialtone/io/uring_ring.hpp>

namespace dialtone::io {
namespace {

// DIALTONE_IO for as long as it lives; null unsets it.
class environment {
 public:
  explicit environment(const char* value) {
    if (const char* set = std::getenv("DIALTONE_IO")) before_ = set;
    put(value);
  }
  ~environment() { put(before_ ? before_->c_str() : nullptr); }
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;

 private:
  static void put(const char* value) {
    if (value == nullptr)
      ::unsetenv("DIALTONE_IO");
    else
      ::setenv("DIALTONE_IO", value, 1);
  }
  std::optional<std::string> before_;
};

template <int Error>
int refuse(std::uint32_t, io_uring_params&) {
  errno = Error;
  return -1;
}

int setups = 0;
int refuse_all_but_the_first(std::uint32_t entries, io_uring_params& parameters) {
  return ++setups == 1 ? uring_ring::system_setup(entries, parameters) : refuse<ENOMEM>(entries, parameters);
}

TEST(driver_choice, takes_what_was_asked_for_and_says_what_it_can_do) {
  const environment unset{nullptr};
  EXPECT_EQ(make_driver(driver_choice::epoll)->name(), "epoll");
  EXPECT_EQ(make_driver(driver_choice::io_uring)->name(), "io_uring");
  EXPECT_EQ(make_driver(driver_choice::best)->name(), "io_uring");
  EXPECT_EQ(choose_driver(driver_choice::epoll).description, "epoll");
  EXPECT_TRUE(choose_driver(driver_choice::best).description.starts_with("io_uring ("));
  const chosen_driver old = choose_driver(driver_choice::best, uring_options{.may_share_buffers = false});
  EXPECT_TRUE(old.description.ends_with("whole buffers)")) << old.description;
}

TEST(driver_choice, the_best_is_epoll_where_the_kernel_refuses_the_other) {
  const environment unset{nullptr};
  for (const auto setup : {refuse<EPERM>, refuse<ENOSYS>, refuse<ENOMEM>, refuse<EINVAL>}) {
    const chosen_driver chosen = choose_driver(driver_choice::best, uring_options{.setup = setup});
    EXPECT_TRUE(chosen.description.starts_with("epoll (io_uring_setup: ")) << chosen.description;
    EXPECT_EQ(chosen.make()->name(), "epoll");
  }
}

TEST(driver_choice, the_best_is_epoll_for_those_that_find_no_memory_any_more) {
  const environment unset{nullptr};
  setups = 0;
  const chosen_driver chosen = choose_driver(driver_choice::best, uring_options{.setup = refuse_all_but_the_first});
  EXPECT_TRUE(chosen.description.starts_with("io_uring"));
  EXPECT_EQ(chosen.make()->name(), "epoll");
}

TEST(driver_choice, a_name_that_is_refused_is_an_error_that_says_why) {
  const environment unset{nullptr};
  try {
    choose_driver(driver_choice::io_uring, uring_options{.setup = refuse<EPERM>});
    ADD_FAILURE() << "it was not refused";
  } catch (const std::system_error& refused) {
    EXPECT_EQ(refused.code().value(), EPERM);
    EXPECT_STREQ(refused.what(), "io_uring_setup: Operation not permitted");
  }
}

TEST(driver_choice, the_environment_overrides_the_program) {
  const environment uring{"io_uring"};
  EXPECT_EQ(make_driver(driver_choice::epoll)->name(), "io_uring");
  const environment epoll{"epoll"};
  EXPECT_EQ(make_driver(driver_choice::io_uring)->name(), "epoll");
  const environment best{"best"};
  EXPECT_EQ(make_driver(driver_choice::epoll)->name(), "io_uring");
  const environment empty{""};
  EXPECT_EQ(make_driver(driver_choice::epoll)->name(), "epoll");
  const environment wrong{"kqueue"};
  EXPECT_THROW(make_driver(driver_choice::epoll), std::invalid_argument);
}

}  // namespace
}  // namespace dialtone::io

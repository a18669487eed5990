// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/partitions.hpp>

#include <gtest/gtest.h>
#include <limits>
#include <set>
#include <stdexcept>

#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

class cell : public gen_server<cell> {
 public:
  struct get {
    using reply = std::uint32_t;
  };
  struct fall {};
  explicit cell(std::uint32_t number) : number_{number} {}
  std::uint32_t handle_call(get) { return number_; }
  void handle_cast(fall) { throw std::runtime_error{"as planned"}; }

 private:
  std::uint32_t number_;
};

child_spec cell_child(std::uint32_t number) { return child<cell>("", number); }

TEST(partitions, are_as_many_as_schedulers_and_run_one_on_each) {
  testing::stepped_runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.run([]() -> process<> {
    partitions cells{"cells"};
    EXPECT_EQ(cells.count(), 3u);
    auto supervisor = co_await start_link(cells.spec(cell_child));
    std::set<std::uint32_t> schedulers;
    for (const child_info& one : co_await supervisor.which_children()) schedulers.insert(one.pid.scheduler());
    EXPECT_EQ(schedulers, (std::set<std::uint32_t>{0, 1, 2}));
    EXPECT_EQ(whereis("cells"), supervisor.pid());
    co_await supervisor.stop();
    EXPECT_EQ(cells.pid_for(1), std::nullopt);
  }),
            exit_reason::normal);
}

TEST(partitions, take_the_flags_of_any_supervisor) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    trap_exit();
    partitions cells{"cells", 3};
    supervisor_spec spec = cells.spec(cell_child);
    spec.intensity = 0;
    auto supervisor = co_await start_link(std::move(spec));
    EXPECT_EQ((co_await supervisor.count_children()).workers, 3u);
    EXPECT_EQ((co_await supervisor.which_children()).back().id, "2");
    cells.server_for<cell>(1).cast(cell::fall{});
    EXPECT_EQ((co_await receive<exited>()).reason, exit_reason::shutdown);
  }),
            exit_reason::normal);
}

TEST(partitions, a_key_always_finds_the_same_one_also_after_a_restart) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    partitions cells{"cells", 5};
    auto supervisor = co_await start_link(cells.spec(cell_child));
    for (int key = 0; key < 20; ++key)
      EXPECT_EQ(co_await cells.server_for<cell>(key).call(cell::get{}), static_cast<std::uint32_t>(key % 5));
    const std::uint32_t of_text = co_await cells.server_for<cell>("lobby").call(cell::get{});
    EXPECT_EQ(of_text, cells.number_for("lobby"));
    const auto before = cells.pid_for("lobby");
    cells.server_for<cell>("lobby").cast(cell::fall{});
    while (!cells.pid_for("lobby") || cells.pid_for("lobby") == before) co_await yield();
    EXPECT_EQ(co_await cells.server_for<cell>("lobby").call(cell::get{}), of_text);
    co_await supervisor.stop();
  }),
            exit_reason::normal);
}

TEST(partitions, texts_go_where_the_published_hash_says) {
  // FNV-1a of 64 bits, test vectors of draft-eastlake-fnv: "" is cbf29ce484222325, "foobar" is 85944171f73967e8.
  partitions wide{"wide", partitions::count_limit};
  EXPECT_EQ(wide.number_for(""), 0xcbf29ce484222325 % partitions::count_limit);
  EXPECT_EQ(wide.number_for("foobar"), 0x85944171f73967e8 % partitions::count_limit);
}

TEST(partitions, negative_keys_count_by_their_absolute_value) {
  partitions cells{"cells", 7};
  EXPECT_EQ(cells.number_for(-8), 1u);
  EXPECT_EQ(cells.number_for(8), 1u);
  EXPECT_EQ(cells.number_for(std::numeric_limits<std::int64_t>::min()), (std::uint64_t{1} << 63) % 7);
}

TEST(partitions, are_at_least_one_and_at_most_the_limit) {
  EXPECT_EQ((partitions{"cells", 1}.number_for(12345)), 0u);
  EXPECT_EQ((partitions{"cells", partitions::count_limit}.count()), partitions::count_limit);
  EXPECT_THROW((partitions{"cells", 0}), std::invalid_argument);
  EXPECT_THROW((partitions{"cells", partitions::count_limit + 1}), std::invalid_argument);
}

}  // namespace
}  // namespace dialtone

// SPDX-License-Identifier: Apache-2.0
// Drawn operations against a model that is a plain list of entries. The seed is printed with every failure.
#include <list>

#include <dialtone/otp/registry_doubles_test.hpp>
#include <dialtone/runtime/random_bits.hpp>

namespace dialtone {
namespace {

using namespace testing;

struct model_entry {
  std::string key;
  pid owner;
  int value;
  friend auto operator<=>(const model_entry&, const model_entry&) = default;
};

/// What a worker is asked to do, and what came of it.
struct request {
  int operation;
  std::string key;
  int value;
};
struct outcome {
  int result;
};

constexpr int refused = -1;

process<> worker(phones all, bool unique, pid home) {
  for (;;) {
    request asked = co_await receive<request>();
    int result = 0;
    switch (asked.operation) {
      case 0: {
        auto registered = all.try_register_key(asked.key, asked.value);
        result = registered ? 1 : refused;
        break;
      }
      case 1:
        result = static_cast<int>(all.unregister(asked.key));
        break;
      case 2:
        result =
            static_cast<int>(all.unregister_match(asked.key, [&](int value) { return value % 3 == asked.value % 3; }));
        break;
      default:
        if (unique) {
          auto updated = all.update_value(asked.key, [&](int value) { return value + asked.value; });
          result = updated ? updated->new_value : refused;
        }
    }
    send(home, outcome{result});
  }
}

/// The same, in the model.
struct model {
  bool unique;
  std::size_t limit;
  std::list<model_entry> entries;

  int apply(pid who, const request& asked) {
    switch (asked.operation) {
      case 0:
        if (unique && count(asked.key) != 0) return refused;
        if (entries.size() >= limit) return refused;
        entries.push_back({asked.key, who, asked.value});
        return 1;
      case 1:
        return static_cast<int>(
            std::erase_if(entries, [&](const auto& each) { return each.owner == who && each.key == asked.key; }));
      case 2:
        return static_cast<int>(std::erase_if(entries, [&](const auto& each) {
          return each.owner == who && each.key == asked.key && each.value % 3 == asked.value % 3;
        }));
      default:
        if (!unique) return 0;
        for (auto& each : entries)
          if (each.owner == who && each.key == asked.key) return each.value += asked.value;
        return refused;
    }
  }
  void bury(pid who) {
    std::erase_if(entries, [&](const auto& each) { return each.owner == who; });
  }
  std::size_t count(const std::string& key) const {
    return static_cast<std::size_t>(std::ranges::count(entries, key, &model_entry::key));
  }
};

std::vector<model_entry> sorted_entries(const phones& all) {
  std::vector<model_entry> found;
  for (const auto& each : all.select(any)) found.push_back({each.key, each.pid, each.value});
  std::ranges::sort(found);
  return found;
}

/// Every way to look agrees with the model.
void compare(const phones& all, const model& expected, const texts& keys, const std::vector<pid>& workers) {
  std::vector<model_entry> entries{expected.entries.begin(), expected.entries.end()};
  std::ranges::sort(entries);
  EXPECT_EQ(sorted_entries(all), entries);
  EXPECT_EQ(all.count(), entries.size());
  for (const std::string& key : keys) {
    numbers values;
    for (const auto& each : expected.entries)
      if (each.key == key) values.push_back(each.value);
    EXPECT_EQ(sorted(values_of(all.lookup_all(key))), sorted(values)) << key;
    EXPECT_EQ(all.count(key), values.size()) << key;
    EXPECT_EQ(all.count_match(key, even), static_cast<std::size_t>(std::ranges::count_if(values, even)));
    if (expected.unique) EXPECT_EQ(all.whereis(key).has_value(), !values.empty()) << key;
  }
  for (pid each : workers) {
    texts owned;
    for (const auto& entry : expected.entries)
      if (entry.owner == each) owned.push_back(entry.key);
    texts found = all.keys(each);
    std::ranges::sort(owned);
    std::ranges::sort(found);
    EXPECT_EQ(found, owned);
    for (const std::string& key : keys) {
      numbers values;
      for (const auto& entry : expected.entries)
        if (entry.owner == each && entry.key == key) values.push_back(entry.value);
      EXPECT_EQ(all.values(key, each), values) << "in the order of registration";
    }
  }
}

process<> compare_for_a_while(bool unique, std::uint64_t seed) {
  detail::random_bits draw{seed};
  constexpr std::size_t limit = 30;
  phones all{{.keys = unique ? registry_keys::unique : registry_keys::duplicate,
              .partitions = 1 + draw.below(4),
              .entry_limit = limit}};
  model expected{unique, limit, {}};
  const texts keys{"a", "b", "c", "d", "a key that does not fit into a short string"};
  std::vector<pid> workers;
  auto start = [&] { return spawn(on(draw.below(2)), worker, all, unique, self()); };
  for (int i = 0; i < 5; ++i) workers.push_back(start());
  for (int step = 0; step < 250; ++step) {
    pid& who = workers[draw.below(5)];
    if (draw.below(12) == 0) {
      reference watched = monitor(who);
      exit(who, exit_reason::kill);
      co_await end_of(watched);
      expected.bury(who);
      who = start();
    } else {
      const std::uint32_t drawn = draw.below(8);
      request asked{drawn < 5 ? 0 : static_cast<int>(drawn) - 4, keys[draw.below(5)], static_cast<int>(draw.below(9))};
      send(who, asked);
      EXPECT_EQ((co_await receive<outcome>()).result, expected.apply(who, asked));
    }
    if (step % 10 == 0) compare(all, expected, keys, workers);
    if (::testing::Test::HasFailure()) co_return;
  }
  for (pid each : workers) {
    reference watched = monitor(each);
    exit(each, exit_reason::kill);
    co_await end_of(watched);
    expected.bury(each);
    compare(all, expected, keys, workers);
  }
  EXPECT_EQ(all.count(), 0u);
}

class registry_model : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(keys, registry_model, ::testing::Bool(),
                         [](const auto& about) { return about.param ? "unique" : "duplicate"; });

TEST_P(registry_model, agrees_with_a_plain_list) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
    EXPECT_EQ(rt.run(compare_for_a_while, GetParam(), seed), exit_reason::normal);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace dialtone

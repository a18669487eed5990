// SPDX-License-Identifier: Apache-2.0
// The storm of streams_storm_test.hpp on one and three schedulers, over each driver and transport. What has to hold:
// nobody hangs; when all are dead no descriptor is open but those of the runtime, and after its end not one.
#include "streams_storm_test.hpp"

namespace dialtone {
namespace {

using namespace storms;
using namespace storms::of_streams;

process<> storm(int descriptors) {
  co_await rage(1000, 2000);
  co_await expect_quiet(descriptors);
}

struct where {
  std::string over;
  io::driver_choice driver;
  std::uint32_t schedulers;
};
std::ostream& operator<<(std::ostream& out, const where& each) {
  return out << each.over << '_' << driver_name(each.driver) << '_' << each.schedulers;
}

// Memory has no descriptors, so its storms differ by the adopted sockets only.
std::vector<where> everywhere() {
  std::vector<where> all;
  for (const char* over : {"tcp", "local", "memory"})
    for (const io::driver_choice driver : permitted_drivers())
      for (const std::uint32_t schedulers : {1u, 3u}) all.emplace_back(over, driver, schedulers);
  return all;
}

transport carrier_of(const std::string& over) {
  if (over == "tcp") return transport::tcp({.address = "127.0.0.1"});
  return over == "local" ? transport::local() : transport::memory(memory::network{});
}

class socket_storm : public ::testing::TestWithParam<where> {};
INSTANTIATE_TEST_SUITE_P(over, socket_storm, ::testing::ValuesIn(everywhere()),
                         [](const auto& given) { return ::testing::PrintToString(given.param); });

TEST_P(socket_storm, leaves_no_descriptor_behind) {
  carrier = carrier_of(GetParam().over);
  echoes = steps = 0;
  rounds(GetParam().driver, GetParam().schedulers, storm);
  carrier.reset();
  EXPECT_GT(echoes, 0);
  EXPECT_GT(steps, 5000);
}

}  // namespace
}  // namespace dialtone

// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/daytime/protocol.hpp>

#include <gtest/gtest.h>

#include <string>

namespace dialtone::daytime {
namespace {

using namespace std::chrono;

/// RFC 3339, section 5.8, and the ends of what four digits can say.
constexpr sys_seconds rfc_3339 = sys_days{1990y / December / 31} + 23h + 59min + 59s;

TEST(daytime, is_written_as_in_the_rfc) {
  EXPECT_EQ(encode(rfc_3339), "1990-12-31T23:59:59Z\r\n");
  EXPECT_EQ(encode(sys_seconds{}), "1970-01-01T00:00:00Z\r\n");
  EXPECT_EQ(encode(sys_days{0y / January / 1}), "0000-01-01T00:00:00Z\r\n");
  EXPECT_EQ(encode(sys_days{year{9999} / December / 31} + 24h - 1s), "9999-12-31T23:59:59Z\r\n");
}

TEST(daytime, means_the_same_when_read_back) {
  for (sys_seconds time{}; time < sys_days{2100y / January / 1}; time += 9'999'991s)
    EXPECT_EQ(decode(encode(time).view()), time) << time.time_since_epoch().count();
  EXPECT_EQ(decode("1990-12-31T23:59:59Z"), rfc_3339);
  EXPECT_EQ(decode("2024-02-29T00:00:00Z\r\n"), sys_days{2024y / February / 29});
}

TEST(daytime, of_another_form_is_no_time_of_ours) {
  const std::string ours = "1990-12-31T23:59:59Z\r\n";
  for (std::size_t cut = 0; cut < ours.size() - 2; ++cut) EXPECT_FALSE(decode(ours.substr(0, cut))) << cut;
  EXPECT_FALSE(decode("1990-12-31T23:59:59Z\r"));
  for (const std::string_view other :
       {"Tuesday, February 22, 1982 17:37:43-PST\r\n", "02 FEB 82 07:59:01 PST\r\n", "1990-13-31T23:59:59Z",
        "1990-02-29T23:59:59Z", "1990-12-31T24:00:00Z", "1990-12-31T23:60:59Z", "1990-12-31T23:59:60Z",
        "1990-12-31 23:59:59Z", "199x-12-31T23:59:59Z", "1990-12-31T23:59:59Z\r\n\r\n", "\r\n"})
    EXPECT_FALSE(decode(other)) << other;
}

}  // namespace
}  // namespace dialtone::daytime

// SPDX-License-Identifier: Apache-2.0
// What is cut, and who cuts it, over a driver that keeps what was sent.
#include <dialtone/net/datagram_writer.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <dialtone/testing/no_driver.hpp>

namespace dialtone::detail {
namespace {

class keeping_driver : public testing::no_driver {
 public:
  bool send_datagram(io::handle, const io::outgoing_datagram& sent, io::operation&, io::result& done) override {
    const bool refuses = sent.ancillary.segment_size != 0 && refusal != 0;
    done = {.error = refuses ? refusal : kept.size() == fails_at ? EPERM : 0};
    if (refuses) ++refusals;
    if (done.error == 0) kept.push_back(sent);
    return true;
  }
  int refusal = 0;  // of what it should cut
  int refusals = 0;
  std::size_t fails_at = 1000;
  std::vector<io::outgoing_datagram> kept;
};

datagram_send_result send(datagram_writer& writer, std::size_t size, std::size_t segment) {
  datagram_send_request request{{.data = std::string(size, 'x')}, segment, nullptr};
  return writer.send(request).value();
}

TEST(datagram_writer, leaves_the_cutting_to_the_kernel_as_much_as_it_takes_at_once) {
  keeping_driver driver;
  datagram_writer writer{driver, {}};
  EXPECT_TRUE(send(writer, 100'000, 1000));
  ASSERT_EQ(driver.kept.size(), 2);
  EXPECT_EQ(driver.kept[0].data.size(), 64'000);
  EXPECT_EQ(driver.kept[0].ancillary.segment_size, 1000);
  EXPECT_EQ(driver.kept[1].data.size(), 36'000);
  EXPECT_TRUE(send(writer, 70'000, 30'000));
  ASSERT_EQ(driver.kept.size(), 4);
  EXPECT_EQ(driver.kept[2].data.size(), 60'000);
  EXPECT_EQ(driver.kept[3].data.size(), 10'000);
  EXPECT_EQ(driver.kept[3].ancillary.segment_size, 0) << "nothing to cut";
  EXPECT_EQ(writer.sent_datagrams(), 103);
  EXPECT_EQ(writer.sent_bytes(), 170'000);
}

TEST(datagram_writer, cuts_by_itself_what_the_kernel_refuses_and_asks_a_device_that_cannot_no_more) {
  for (const int refusal : {EINVAL, EMSGSIZE, EIO, EOPNOTSUPP}) {
    keeping_driver driver;
    driver.refusal = refusal;
    datagram_writer writer{driver, {}};
    for (int round = 0; round < 2; ++round) EXPECT_TRUE(send(writer, 2500, 1000));
    ASSERT_EQ(driver.kept.size(), 6);
    EXPECT_EQ(driver.kept[4].data.size(), 1000);
    EXPECT_EQ(driver.kept[5].data.size(), 500);
    EXPECT_EQ(driver.refusals, refusal == EIO || refusal == EOPNOTSUPP ? 1 : 2);
    EXPECT_EQ(writer.sent_datagrams(), 6);
  }
}

TEST(datagram_writer, stops_at_an_error) {
  keeping_driver driver;
  driver.fails_at = 2;
  datagram_writer writer{driver, {}};
  writer.cut_here();
  EXPECT_EQ(send(writer, 5000, 1000).error(), std::errc::operation_not_permitted);
  EXPECT_EQ(driver.kept.size(), 2);
  EXPECT_EQ(writer.sent_datagrams(), 2);
}

}  // namespace
}  // namespace dialtone::detail

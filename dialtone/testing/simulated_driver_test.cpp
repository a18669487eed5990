// SPDX-License-Identifier: Apache-2.0
// The driver of a simulated host under the tests of all drivers. They know no virtual time, so it is theirs to move: a
// poll goes on to the network's next event. A kernel's loopback delivers within the call that sends; so does this one,
// with delays that pass at once.
#include <dialtone/testing/simulated_driver.hpp>

#include <dialtone/io/driver_close_test.hpp>
#include <dialtone/io/driver_conformance_test.hpp>
#include <dialtone/io/driver_datagram_life_test.hpp>
#include <dialtone/io/driver_datagram_test.hpp>
#include <dialtone/io/driver_life_test.hpp>
#include <dialtone/io/driver_transfer_test.hpp>

#include <dialtone/testing/simulated_stack.hpp>

namespace dialtone::io::conformance {
namespace {

using dialtone::testing::latency;
using dialtone::testing::link_options;
using dialtone::testing::probability;

/// A network of one host.
struct small_world {
  explicit small_world(const link_options& loopback)
      : network{clock, 1, {.loopback = loopback}}, host{network.add_host("alone", ip_address::v4(10, 0, 0, 1))} {}
  void pass_time() {
    while (network.next_event() != never && network.next_event() - clock.now() < std::chrono::seconds{1}) {
      clock.advance_to(std::max(clock.now(), network.next_event()));
      network.run_events();
    }
  }
  dialtone::testing::virtual_clock clock;
  dialtone::testing::simulated_network network;
  dialtone::testing::host_id host;
};

/// A driver in such a network, whose time passes by itself.
class self_driven final : public driver {
 public:
  explicit self_driven(const link_options& loopback)
      : world_{std::make_unique<small_world>(loopback)}, own_{world_->network.make_driver(world_->host)} {}

  std::string_view name() const override { return own_->name(); }
  std::expected<handle, int> open(socket_kind kind) override { return own_->open(kind); }
  int bind(handle of, const socket_name& local) override { return own_->bind(of, local); }
  int listen(handle of, int backlog) override { return own_->listen(of, backlog); }
  int shutdown(handle of, shutdown_how how) override { return passed(own_->shutdown(of, how)); }
  int set_option(handle of, socket_option which, std::span<const std::byte> value) override {
    return own_->set_option(of, which, value);
  }
  std::expected<std::size_t, int> option(handle of, socket_option which, std::span<std::byte> value) override {
    return own_->option(of, which, value);
  }
  std::expected<socket_name, int> local_name(handle of) override { return own_->local_name(of); }
  std::expected<socket_name, int> peer_name(handle of) override { return own_->peer_name(of); }
  handle adopt(int descriptor) override { return own_->adopt(descriptor); }
  handle adopt(released&& moved) override { return own_->adopt(std::move(moved)); }
  released release(handle of) override { return own_->release(of); }
  void close(handle closed) override {
    own_->close(closed);
    world_->pass_time();
  }
  bool accept(handle listener, operation& waiting, result& done) override {
    return own_->accept(listener, waiting, done);
  }
  bool connect(handle from, const socket_name& to, operation& waiting, result& done) override {
    return own_->connect(from, to, waiting, done);
  }
  bool receive(handle from, operation& waiting, result& done) override {
    return passed(own_->receive(from, waiting, done));
  }
  bool send(handle to, std::span<bytes> pieces, operation& waiting, result& done) override {
    return passed(own_->send(to, pieces, waiting, done));
  }
  std::size_t sent_so_far(handle of) const override { return own_->sent_so_far(of); }
  bool receive_datagram(handle from, datagram_operation& waiting, result& done) override {
    return own_->receive_datagram(from, waiting, done);
  }
  bool send_datagram(handle to, const outgoing_datagram& sent, operation& waiting, result& done) override {
    return passed(own_->send_datagram(to, sent, waiting, done));
  }
  void cancel(operation& waiting) override { own_->cancel(waiting); }
  void poll(duration) override {
    world_->pass_time();
    own_->poll({});
  }
  bool has_sources() const override { return own_->has_sources(); }
  bool is_ready() const override { return own_->is_ready(); }
  void wake() noexcept override { own_->wake(); }

 private:
  template <class T>
  T passed(T value) {
    world_->pass_time();
    return value;
  }
  std::unique_ptr<small_world> world_;
  std::unique_ptr<driver> own_;
};

const link_options good{.delay = latency::uniform({}, std::chrono::milliseconds{1})};
const link_options bad{.delay = latency::long_tailed({}, std::chrono::milliseconds{1}, std::chrono::milliseconds{100}),
                       .bytes_per_second = 1'000'000'000,
                       .segmentation = probability::percent(90)};

std::vector<driver_under_test> simulated_drivers() {
  return {{"good_link", [] { return std::make_unique<self_driven>(good); }},
          {"bad_link", [] { return std::make_unique<self_driven>(bad); }}};
}

INSTANTIATE_TEST_SUITE_P(simulated, driver_conformance, ::testing::ValuesIn(simulated_drivers()), name_of);
INSTANTIATE_TEST_SUITE_P(simulated, driver_datagrams, ::testing::ValuesIn(simulated_drivers()), name_of);
// There are no Unix sockets in a network of hosts.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(driver_unix_datagrams);

}  // namespace
}  // namespace dialtone::io::conformance

// SPDX-License-Identifier: Apache-2.0
// The end of a socket in memory, and its way to another driver of the network.
#include <sys/socket.h>
#include <cerrno>
#include <utility>

#include <dialtone/io/memory_driver.hpp>

namespace dialtone::io {

namespace {

using guard = std::lock_guard<std::mutex>;

}  // namespace

void memory_driver::end(handle of, std::unique_lock<std::mutex>& lock) {
  sources_.end(of, [&lock](operation& waiting, result&& done) { tell(lock, waiting, std::move(done)); });
}

void memory_driver::close(handle closed) {
  std::unique_lock lock{network_->lock_};
  source* found = sources_.find(closed);
  if (found == nullptr) return;
  leave(*network_, *found);
  end(closed, lock);
}

struct memory_driver::travelling : travelling_socket {
  travelling(std::shared_ptr<memory_network> network, source state)
      : network{std::move(network)}, state{std::move(state)} {
    this->state.reader = this->state.writer = nullptr;  // who waits stays behind
  }
  ~travelling() override {
    if (state.descriptor < 0) return;
    const guard locked{network->lock_};
    leave(*network, state);
  }
  std::shared_ptr<memory_network> network;
  source state;
};

released memory_driver::release(handle of) {
  std::unique_lock lock{network_->lock_};
  source* found = sources_.find(of);
  if (found == nullptr) return {};
  released given;
  given.unsent = std::exchange(found->unsent, {});
  found->noticed = false;
  if (found->with != nullptr) found->own().place = {};
  if (found->bound) network_->move(found->local, {});
  given.socket = std::make_unique<travelling>(network_, std::move(*found));
  end(of, lock);
  return given;
}

handle memory_driver::adopt(released&& moved) {
  auto* arrived = dynamic_cast<travelling*>(moved.socket.get());
  if (arrived == nullptr || arrived->network != network_) return adopt(moved.descriptor);
  handle adopted;
  {
    const guard locked{network_->lock_};
    adopted = sources_.add(0);
    source& made = *sources_.find(adopted);
    made = std::move(arrived->state);
    made.generation = adopted.generation;
    arrived->state.descriptor = -1;
    if (made.with != nullptr) made.own().place = {this, adopted};
    if (made.bound) network_->move(made.local, {this, adopted});
    notice(adopted);
  }
  moved.socket.reset();
  return adopted;
}

std::shared_ptr<memory_network> memory_driver::network_of(const released& moved) {
  const auto* of_memory = dynamic_cast<const travelling*>(moved.socket.get());
  return of_memory == nullptr ? nullptr : of_memory->network;
}

void memory_driver::leave(memory_network& network, source& left) {
  if (left.bound) network.unbind(left.local);
  for (const connection& each : left.arrived) {
    each->refused = !each->established;
    each->ends[1].closed = true;
    each->ends[0].incoming.error = ECONNRESET;
    notice(each->ends[0].place);
  }
  if (left.with == nullptr) return;
  left.own().closed = true;
  left.own().place = {};
  // TCP resets a connection whose end goes away with data that it has not read: the sender must not take it for read
  // (RFC 2525, section 2.17).
  if (left.options.resets_at_close() || !left.own().incoming.empty())
    left.peer().incoming.error = ECONNRESET;
  else
    left.peer().incoming.ended = true;
  notice(left.peer().place);
}

}  // namespace dialtone::io

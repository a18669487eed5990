// SPDX-License-Identifier: Apache-2.0
// The end of a simulated socket, and its way to another driver of its host.
#include <cerrno>
#include <system_error>

#include <dialtone/testing/simulated_driver.hpp>
#include <dialtone/testing/simulated_stack.hpp>

namespace dialtone::testing {

using simulated::simulated_socket;

void simulated_driver::end(io::handle of) {
  sources_.end(of, [](io::operation& told, io::result&& done) {
    told.in_flight = false;
    told.complete(told, std::move(done));
  });
}

// Of a host that has crashed meanwhile, the network knows nothing any more.
void simulated_driver::leave(simulated::simulated_stack& stack, simulated_socket& left) {
  simulated::simulated_host& own = stack.world.host(left.host);
  if (!own.up || own.incarnation != left.incarnation) return;
  (left.udp ? own.udp : own.tcp).unbind(left);
  stack.tcp.close(left);
}

void simulated_driver::close(io::handle closed) {
  source* found = sources_.find(closed);
  if (found == nullptr) return;
  leave(stack_, *found->socket);
  found->sent = found->socket->sent;
  end(closed);
}

struct simulated_driver::travelling : io::travelling_socket {
  travelling(simulated::simulated_stack& stack, std::unique_ptr<simulated_socket> socket)
      : stack{stack}, socket{std::move(socket)} {}
  ~travelling() override {
    if (socket != nullptr) leave(stack, *socket);
  }
  simulated::simulated_stack& stack;
  std::unique_ptr<simulated_socket> socket;
};

io::released simulated_driver::release(io::handle of) {
  source* found = sources_.find(of);
  if (found == nullptr) return {};
  io::released given;
  given.unsent = std::exchange(found->socket->unsent, {});
  std::erase_if(given.unsent, [](const bytes& each) { return each.empty(); });
  found->sent = found->socket->sent;
  found->socket->owner = nullptr;
  given.socket = std::make_unique<travelling>(stack_, std::move(found->socket));
  end(of);
  return given;
}

io::handle simulated_driver::adopt(io::released&& moved) {
  auto* arrived = dynamic_cast<travelling*>(moved.socket.get());
  if (arrived == nullptr || &arrived->stack != &stack_ || arrived->socket->host != host_)
    return adopt(moved.descriptor);
  const io::handle adopted = join(std::move(arrived->socket));
  moved.socket.reset();
  return adopted;
}

io::handle simulated_driver::adopt(int) {
  throw std::system_error{EOPNOTSUPP, std::generic_category(), "a driver without descriptors adopts none"};
}

}  // namespace dialtone::testing

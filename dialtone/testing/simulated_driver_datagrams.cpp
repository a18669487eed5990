// SPDX-License-Identifier: Apache-2.0
// The datagrams of a simulated driver.
#include <cerrno>

#include <dialtone/testing/simulated_driver.hpp>
#include <dialtone/testing/simulated_stack.hpp>

namespace dialtone::testing {

using simulated::endpoint;
using simulated::simulated_socket;

int simulated_driver::connect_datagrams(simulated_socket& socket, const endpoint& to) {
  if (const int error = choose_name(socket, to.ip); error != 0) return error;
  socket.udp->peer = {.ip = to.ip.is_unspecified() ? ip_address::loopback(to.ip.family()) : to.ip, .port = to.port};
  return 0;
}

bool simulated_driver::receive_datagram(io::handle from, io::datagram_operation& waiting, io::result& done) {
  source* found = sources_.find(from);
  if (!begin(found, found == nullptr ? nullptr : found->reader, done)) return true;
  if (!found->socket->udp) return no_datagrams(done);
  const bool tried = may_be_done();
  if (tried && stack_.udp.receive(*found->socket, waiting, done)) return true;
  found->what = reading::datagrams;
  return wait(found->reader, waiting, from, tried);
}

// There is always room: what is too fast waits on the link, or is lost.
bool simulated_driver::send_datagram(io::handle to, const io::outgoing_datagram& sent, io::operation&,
                                     io::result& done) {
  simulated_socket* found = find(to);
  done = {.error = why_not(found)};
  if (done.error != 0) return true;
  if (!found->udp) return no_datagrams(done);
  const auto there = sent.to.size == 0 ? found->udp->peer : reachable(*found, sent.to);
  if ((done.error = std::exchange(found->udp->error, 0)) != 0) return true;
  if (!there)
    done.error = sent.to.size == 0 ? EDESTADDRREQ : EAFNOSUPPORT;
  else if (DIALTONE_FAULT_POINT(*this, fault_points::datagram_no_memory))
    done.error = ENOBUFS;
  else if (!found->bound)
    done.error = bind(*found, found->local);
  if (done.error == 0) done.error = stack_.udp.send(*found, *there, sent);
  if (done.error == 0) done.sent = sent.data.size();
  return true;
}

}  // namespace dialtone::testing

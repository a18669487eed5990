// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/socket_table.hpp>

#include <cerrno>
#include <vector>

namespace dialtone::detail {

any_socket::any_socket(kind what, socket_table& home, io::driver& driver, io::handle handle)
    : table_{home}, handle_{handle}, driver_{&driver}, kind_{what} {
  release = &owner_has_died;
  name_ = table_.sockets.insert(*this);
}

any_socket::~any_socket() {
  disown();
  table_.sockets.erase(name_);
  driver_->close(handle_);
}

void any_socket::close() {
  disown();
  owner_ = {};
  closed_ = true;
  end();
}

scheduler& any_socket::home() const { return table_.home; }

void any_socket::own_by_caller() { own_by(calling_process()); }

void any_socket::own_by(process_block& other) {
  disown();
  own(other.owned);
  owner_ = other.self();
}

void any_socket::owner_has_died(owned_resource& owned, scheduler&) { static_cast<any_socket&>(owned).close(); }

namespace {

using name_or_error = std::expected<socket_address, net_error>;

name_or_error address_of(const std::expected<io::socket_name, int>& name) {
  if (!name) return std::unexpected{error_of(net_operation::getopts, name.error())};
  auto address = from_socket_name(*name);
  if (!address) return std::unexpected{error_of(net_operation::getopts, EAFNOSUPPORT)};
  return *address;
}

}  // namespace

name_or_error any_socket::local_address() const { return address_of(driver().local_name(handle_)); }
name_or_error any_socket::peer_address() const { return address_of(driver().peer_name(handle_)); }

socket_table& socket_table::here() {
  scheduler& home = this_scheduler_of_process();
  return home.parts.get<socket_table>(home);
}

// All owners are dead by now; what is left was lingering.
socket_table::~socket_table() {
  std::vector<any_socket*> left;
  sockets.each([&](any_socket& each) { left.push_back(&each); });
  for (any_socket* each : left) delete each;
}

net_error::code_type why_not_found(reference name) {
  const bool here = !name || scheduler_of(name) == this_scheduler().index;
  return here ? net_error::closed : net_error::elsewhere;
}

net_error error_of(net_operation operation, int system_code) {
  switch (system_code) {
    case EBADF:
    case EPIPE:
      return {operation, net_error::closed};
    case EALREADY:
      return {operation, net_error::already_reading};
    default:
      return net_error::of_system(operation, system_code);
  }
}

}  // namespace dialtone::detail

// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/adopted_descriptor.hpp>

#include <cerrno>
#include <system_error>

#include <dialtone/io/inherited_socket.hpp>

namespace dialtone::detail {

std::unexpected<net_error> refused_descriptor(int descriptor, int system_code) {
  return std::unexpected{
      net_error::of_system(net_operation::adopt, system_code).at("descriptor " + std::to_string(descriptor))};
}

std::unexpected<net_error> refused_descriptor(int descriptor, const std::string& what_not) {
  return std::unexpected{net_error{net_operation::adopt, net_error::bad_option}.at(
      "descriptor " + std::to_string(descriptor) + " (" + what_not + ")")};
}

std::expected<io::handle, net_error> take_descriptor(io::driver& driver, int descriptor) {
  if (const int error = io::prepare_to_adopt(descriptor); error != 0) return refused_descriptor(descriptor, error);
  io::handle handle;
  try {
    handle = driver.adopt(descriptor);
  } catch (const std::system_error& unwatchable) {
    return refused_descriptor(descriptor, unwatchable.code().value());
  }
  if (!handle) return refused_descriptor(descriptor, ENOSYS);
  return handle;
}

void give_back_descriptor(io::driver& driver, io::handle adopted) {
  io::released back = driver.release(adopted);
  back.descriptor = -1;
}

}  // namespace dialtone::detail

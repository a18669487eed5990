// SPDX-License-Identifier: Apache-2.0
// Reads a text in each line of a file and prints what it is as an address, leniently read, and as a network:
// addresses FILE. Beside it for tests/interop/address_test.py: the kinds that the address is of.
#include <fstream>
#include <iostream>
#include <string>

#include <dialtone/net/ip_network.hpp>

namespace {

template <class Value>
std::string text_of(const std::expected<Value, dialtone::address_error>& parsed) {
  return parsed ? to_string(*parsed) : "-";
}

std::string kinds_of(const dialtone::ip_address& address) {
  std::string kinds;
  if (address.is_loopback()) kinds += 'l';
  if (address.is_multicast()) kinds += 'm';
  if (address.is_link_local()) kinds += 'k';
  if (address.is_unspecified()) kinds += 'u';
  return kinds;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  std::ifstream file{arguments[1]};
  for (std::string line; std::getline(file, line);) {
    const auto address = dialtone::ip_address::parse(line);
    std::cout << text_of(address) << '|' << text_of(dialtone::ip_address::parse_lenient(line)) << '|'
              << text_of(dialtone::ip_network::parse(line)) << '|' << (address ? kinds_of(*address) : "-") << '\n';
  }
}

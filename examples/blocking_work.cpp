// SPDX-License-Identifier: Apache-2.0
// Work that blocks its thread runs in the pool, and the scheduler goes on with other processes meanwhile. Here there is
// one scheduler: if the read below held it, nobody would ever write.
#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;

std::string read_line(int descriptor) {
  std::string line;
  for (char next; ::read(descriptor, &next, 1) == 1 && next != '\n';) line.push_back(next);
  return line;
}

int open_file(const std::string& path) {
  int descriptor = ::open(path.c_str(), O_RDONLY);
  if (descriptor < 0) throw std::system_error{errno, std::generic_category(), path};
  return descriptor;
}

dt::process<> write_into(int descriptor) {
  fmt::print("somebody else runs\n");
  if (::write(descriptor, "written\n", 8) != 8) dt::exit(dt::exit_reason::custom_text("the pipe is broken"));
  co_return;
}

dt::process<> first() {
  int ends[2];
  if (::pipe(ends) != 0) throw std::system_error{errno, std::generic_category(), "pipe"};
  dt::spawn(write_into, ends[1]);
  std::string line = co_await dt::blocking([from = ends[0]] { return read_line(from); });
  fmt::print("read: {}\n", line);

  // What the function throws is thrown here.
  std::string failure;
  try {
    co_await dt::blocking([] { return open_file("/no/such/file"); });
  } catch (const std::system_error& error) {
    failure = error.what();
  }
  fmt::print("{}\n", failure);
  ::close(ends[0]);
  ::close(ends[1]);
}

int main() { return dt::run({.schedulers = 1}, first); }

// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/io_wait.hpp>

#include <dialtone/runtime/scheduler.hpp>

namespace dialtone::detail {

namespace {

struct owned_handle : owned_resource {
  explicit owned_handle(io::handle owned) : handle{owned} { release = &close; }
  static void close(owned_resource& owned, scheduler& home) {
    auto& self = static_cast<owned_handle&>(owned);
    home.driver->close(self.handle);
    delete &self;
  }
  static void* operator new(std::size_t size) { return allocate(size); }
  static void operator delete(void* block, std::size_t size) noexcept { dialtone::detail::release(block, size); }

  io::handle handle;
};

}  // namespace

io::driver& io_wait::of_scheduler() { return *this_scheduler_of_process().driver; }

void io_wait::completed(io::operation& operation, io::result&& done) {
  auto& self = static_cast<io_wait&>(operation);
  self.done_ = std::move(done);
  this_core->make_ready(*self.process, self);
}

void io_wait::abandon() {
  driver_.cancel(*this);
  // A connection that was accepted for a process which then died belongs to nobody.
  if (done_.accepted) driver_.close(done_.accepted);
}

io::handle adopt_descriptor(int descriptor) { return this_scheduler_of_process().driver->adopt(descriptor); }

void own_handle(io::handle owned) { (new owned_handle{owned})->own(calling_process().owned); }

}  // namespace dialtone::detail

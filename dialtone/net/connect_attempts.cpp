// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/connect_attempts.hpp>

#include <algorithm>

namespace dialtone::detail {

void connect_attempts::change_wait::await_suspend(std::coroutine_handle<> coroutine) {
  this_core->suspend(*this, coroutine);
  if (of_.has_changed_) return this_core->make_ready(*process, *this);
  of_.waiting_ = this;
  if (until_ != never)
    timer_.start_at(until_, *this, [](waiter& late) {
      static_cast<change_wait&>(late).of_.waiting_ = nullptr;
      wake(late);
    });
}

void connect_attempts::change_wait::await_resume() {
  process = nullptr;
  of_.has_changed_ = false;
}

void connect_attempts::change_wait::end() {
  if (timer_.is_set()) timer_.stop();
  wake(*this);
}

connect_attempts::~connect_attempts() {
  for (const auto& each : attempts_) {
    driver_.cancel(*each);
    driver_.close(each->from);
  }
  driver_.close(connected_);
}

void connect_attempts::begin(io::handle from, const socket_address& to) {
  attempt& begun = *attempts_.emplace_back(std::make_unique<attempt>(*this, from, to));
  io::result done;
  if (driver_.connect(from, to_socket_name(to), begun, done)) end(begun, done.error);
}

void connect_attempts::attempt::ended(io::operation& operation, io::result&& done) {
  auto& self = static_cast<attempt&>(operation);
  connect_attempts& of = self.of;
  of.end(self, done.error);
  of.has_changed_ = true;
  if (change_wait* told = std::exchange(of.waiting_, nullptr)) told->end();
}

// Destroys `ended`.
void connect_attempts::end(attempt& ended, int error) {
  if (error == 0 && !connected_) {
    connected_ = ended.from;
  } else {
    if (error != 0) errors_.push_back(net_error::of_system(net_operation::connect, error).at(ended.to));
    driver_.close(ended.from);
  }
  std::erase_if(attempts_, [&](const auto& each) { return each.get() == &ended; });
}

}  // namespace dialtone::detail

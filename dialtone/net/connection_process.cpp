// SPDX-License-Identifier: Apache-2.0
// The process of a connection: what comes before its handler, and then the handler, in the same process.
#include <dialtone/net/listener_parts.hpp>
#include <dialtone/runtime/process.hpp>

namespace dialtone::detail {

namespace {

// The process goes on as another function: this one is gone, with its frame, so a connection holds one frame only.
class become : public awaitable_base {
 public:
  explicit become(process<> next) : next_{std::move(next)} {}
  bool await_ready() const { return false; }
  [[gnu::noinline]] std::coroutine_handle<> await_suspend(std::coroutine_handle<> now) {
    const std::coroutine_handle<> next = std::move(next_).release();
    calling_process().frame = next;
    now.destroy();  // with this object
    return next;
  }
  void await_resume() const {}

 private:
  process<> next_;
};

}  // namespace

process<> run_connection(connection_seed seed) {
  auto ready = co_await seed.from.handshake(seed.socket, seed.settings->handshake_timeout);
  if (!ready) co_return;
  const connection_settings& settings = *seed.settings;
  const connection_spec serve = seed.refused ? *settings.refusal : settings.serve;
  co_await become{serve->begin(*ready, settings.idle_timeout)};
}

}  // namespace dialtone::detail

// SPDX-License-Identifier: Apache-2.0
// A process that collects the messages of some types, in the order of their arrival, until the test asks for them.
//
//   testing::stepped_runtime rt;
//   testing::probe<tick, dt::down> probe{rt};
//   rt.spawn(clock, probe.pid());
//   rt.advance(3s);
//   EXPECT_EQ(probe.take().size(), 3u);                    // std::vector<std::variant<tick, dt::down>>
//
// On a stepped runtime all that is left to do at the present time is done first; on any other the probe answers with
// what it has got so far. From an ordinary thread, as everything of runtime.hpp. It ends with its runtime.
#pragma once

#include <utility>
#include <variant>
#include <vector>

#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone::testing {

template <class... Types>
class probe {
 public:
  using message = std::variant<Types...>;

  explicit probe(runtime& where, const spawn_options& options = {})
      : runtime_{&where}, pid_{where.spawn(options, collect)} {}
  explicit probe(stepped_runtime& where, const spawn_options& options = {}) : probe{*where, options} {
    stepped_ = &where;
    where.settle();
  }

  dialtone::pid pid() const { return pid_; }

  /// What has come since the last time.
  std::vector<message> take() {
    if (stepped_ != nullptr) stepped_->settle();
    return runtime_->call(ask, pid_);
  }

 private:
  struct question {
    reply_to<std::vector<message>> reply;
  };

  static process<> collect() {
    std::vector<message> collected;
    for (;;) {
      auto arrived = co_await receive<Types..., question>();
      if (auto* asked = std::get_if<question>(&arrived)) {
        reply(asked->reply, std::exchange(collected, {}));
        continue;
      }
      std::visit(
          [&]<class Type>(Type& value) {
            if constexpr (!std::is_same_v<Type, question>) collected.emplace_back(std::move(value));
          },
          arrived);
    }
  }

  static task<std::vector<message>> ask(dialtone::pid whom) {
    pending_reply<std::vector<message>> answer{whom};
    send(whom, question{answer.address()});
    auto told = co_await answer.within(std::chrono::seconds{5});
    if (!told) throw exit_exception{told.error()};
    co_return std::move(*told);
  }

  runtime* runtime_;
  stepped_runtime* stepped_ = nullptr;
  dialtone::pid pid_;
};

}  // namespace dialtone::testing

// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/scheduler.hpp>

#include <algorithm>

#include <dialtone/runtime/coroutine.hpp>
#include <dialtone/runtime/message_timer.hpp>
#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/runtime_state.hpp>
#include <dialtone/runtime/watchdog.hpp>

namespace dialtone::detail {

namespace {

constexpr int slices_in_turn = 64;
constexpr int slices_between_looks_at_the_clock = 16;
constexpr std::uint32_t turns_between_polls = 8;
constexpr duration turn_limit = std::chrono::microseconds{200};
// A chain this long leaves for its scheduler at once, so that both work at the same time.
constexpr std::uint32_t outbox_limit = 64;

// Keeps a branch a branch: the processor predicts it and goes on with the guess, where it would have to wait for a
// selected value.
void* not_guessed(void* value) {
  asm volatile("" : "+r"(value));
  return value;
}

}  // namespace

scheduler::scheduler(runtime_state& state, std::uint32_t index, std::unique_ptr<io::driver> driver, std::uint64_t seed,
                     std::uint64_t last_generation)
    : core{index, state.quota, static_cast<std::uint32_t>(last_generation)},
      state{state},
      driver{std::move(driver)},
      wheel{state.clock.now()},
      random{seed},
      replies{index, reference_kind::reply},
      timers{index, reference_kind::timer},
      faults{state.options.faults} {
  ready.choose_with(state.options.chooser);
  mailbox_limit = static_cast<std::uint32_t>(std::min<std::size_t>(state.options.mailbox_limit, 0xffffffff));
  // With faults any spawn may find that there is no more memory.
  memory_limited = state.options.memory_limit != std::size_t(-1) || faults != nullptr;
}

scheduler::~scheduler() {
  presence here{*this};
  timers.each([&](message_timer& left) { message_timer::die(left, *this); });
  while (signal* left = arrivals_.pop()) destroy(left);
  parts.clear();
  while (signal* left = arrivals_.pop()) destroy(left);  // of who shares something with a part
  // Pids that were reserved and never used, with what was sent to them.
  slots.each([&](process_block& unused) { free_block(unused); });
}

time_point scheduler::now() const { return state.clock.now(); }

void scheduler::run() {
  presence here{*this};
  time_spent.store(io::thread_time::of_this_thread(), std::memory_order_release);
  while (!stopping_.load(std::memory_order_acquire)) turn(duration::max());
  driver->hand_over();  // what is left open is closed by the thread that tears down
}

void scheduler::stop() {
  stopping_.store(true, std::memory_order_release);
  driver->wake();
}

bool scheduler::turn(duration longest) {
  if (outboxes_.size() != state.schedulers.size()) outboxes_.resize(state.schedulers.size());
  ++turns;
  bool worked = delays_arrivals() || accept_arrivals();
  worked |= next_turn.run_once();
  worked |= run_slices();
  worked |= fire_timers();
  turn_end.run();
  flush_outboxes();
  publish_bytes();
  if (!ready.empty() || !next_turn.empty()) longest = duration::zero();
  poll(longest);
  return worked;
}

bool scheduler::is_idle() const {
  const bool has_works = !next_turn.empty() || !slice_end.empty() || !turn_end.empty();
  return ready.empty() && arrivals_.empty() && destinations_.empty() && !has_works && !driver->is_ready() &&
         wheel.next_deadline() > now();
}

void scheduler::publish_bytes() {
  constexpr std::int64_t step = 64 * 1024;
  std::int64_t change = bytes_unpublished();
  if (change < step && change > -step) return;
  state.bytes.fetch_add(change, std::memory_order_relaxed);
  bytes_published = bytes;
}

bool scheduler::delays_arrivals() {
  ready_chooser* chooser = state.options.chooser;
  return chooser != nullptr && !arrivals_.empty() && chooser->delays_arrivals();
}

bool scheduler::accept_arrivals() {
  // As many as were sent by the time of the call, more or less: a flood must not keep the processes from running.
  constexpr int most = 4096;
  signal* arrived = arrivals_.pop();
  if (arrived == nullptr) return false;
  heard_ = true;
  for (int count = 1; arrived != nullptr; ++count) {
    dispatch(arrived);
    arrived = count < most ? arrivals_.pop() : nullptr;
  }
  return true;
}

[[gnu::always_inline]] void scheduler::run_slice(process_block& process) {
  // Read and written as a whole: a load that is wider than the store before it would wait for that to leave the store
  // buffer.
  const std::uint32_t flags = process.flags & ~std::uint32_t{queued | fresh};
  const bool begins = process.has(fresh);
  process.flags = flags;
  act_as(process);
  reductions = slice_reductions;
  if (begins || (flags & (doomed | owing)) != 0) [[unlikely]] {
    running_place.store({}, std::memory_order_relaxed);
    if (begins && (flags & doomed) == 0) process.frame.resume();
  } else if (waiter* woken = process.ready_first; woken != nullptr) {
    process.ready_first = woken->next_ready;
    void* resumed = process.suspended.address();
    if (resumed != woken->continuation.address()) [[unlikely]]
      resumed = not_guessed(woken->continuation.address());
    auto goes_on = std::coroutine_handle<promise_base>::from_address(resumed);
    running_place.store(goes_on.promise().place, std::memory_order_relaxed);
    goes_on.resume();
  }
  process.count_reductions(std::int64_t{1} + slice_reductions - reductions);
  // One that has made itself ready meanwhile ends when its turn comes: the run queue must not hold a free block.
  if (process.has(queued)) return;
  if (process.has(finished | doomed)) return end(process);
  if (process.ready_first != nullptr && !process.has(owing)) enqueue(process);
}

bool scheduler::run_slices() {
  if (halted_.load(std::memory_order_relaxed)) [[unlikely]]
    return false;
  process_block* next = ready.pop();
  if (next == nullptr) return false;
  bool timely = wheel.size() != 0 || driver->has_sources();
  const int longest = DIALTONE_FAULT_POINT(*this, fault_points::turn_short) ? 1 : slices_in_turn;
  time_point start = timely ? now() : time_point{};
  for (int slice = 1;; ++slice) {
    run_slice(*next);
    slice_end.run();
    if (slice == longest) break;
    if (timely && slice % slices_between_looks_at_the_clock == 0 && is_late(start)) break;
    next = ready.pop();
    if (next == nullptr) break;
  }
  act_as(idle);
  return true;
}

bool scheduler::is_late(time_point start_of_turn) {
  time_point looked = now();
  wheel.anchor(looked);
  return looked - start_of_turn > turn_limit;
}

bool scheduler::fire_timers() {
  if (wheel.size() == 0) return false;
  const time_point reached = now();
  // Timers are never early, and any may be late.
  if (faults != nullptr && wheel.next_deadline() <= reached && faults->happens(fault_points::timers_late)) return true;
  return wheel.advance(reached) != 0;
}

void scheduler::poll(duration longest) {
  if (longest > duration::zero()) {
    if (sleep(longest)) {
      turns_unpolled_ = 0;
      return;
    }
    // Where a signal or a timer is due in every turn, the driver has its time all the same.
    if (++turns_unpolled_ < turns_between_polls) return;
  }
  turns_unpolled_ = 0;
  if (!driver->has_sources() || DIALTONE_FAULT_POINT(*this, fault_points::poll_late)) return;
  driver->poll(duration::zero());
}

// False when there is something to do before the driver is looked at.
bool scheduler::sleep(duration longest) {
  if (time_point next = wheel.next_deadline(); next != never) {
    duration left = next - now();
    if (left <= duration::zero()) return false;
    longest = std::min(longest, left);
  }
  if (heard_ && spin()) return false;
  asleep.store(true, std::memory_order_seq_cst);
  const bool sleeps = arrivals_.empty() && !stopping_.load(std::memory_order_acquire);
  if (sleeps) driver->poll(longest);
  asleep.store(false, std::memory_order_seq_cst);
  if (watch != nullptr) watch->notice();
  return sleeps;
}

// Looks for arrivals for a while: where schedulers talk to each other, the next signal is often nearer than a wake-up.
bool scheduler::spin() {
  if (state.options.spin <= duration::zero() || state.options.threads == threading::stepped) return false;
  time_point start = now();
  time_point end = std::min(start + state.options.spin, wheel.next_deadline());
  for (time_point looked; looked = now(), looked < end;) {
    for (int look = 0; look < 64; ++look) {
      if (!arrivals_.empty() || stopping_.load(std::memory_order_relaxed)) return true;
      cpu_relax();
    }
    if (looked == start && now() == start) break;  // a clock that stands still would never end it
  }
  heard_ = false;
  return false;
}

void scheduler::post(signal* first, signal* last) {
  arrivals_.push(first, last);
  if (asleep.load(std::memory_order_seq_cst) && asleep.exchange(false)) driver->wake();
}

void core::send_remote(signal& sent) {
  scheduler& here = static_cast<scheduler&>(*this);
  std::uint32_t destination = sent.to.scheduler();
  // Who is said to be on a scheduler that there is not is dead: links and monitors have to be told.
  if (destination >= here.outboxes_.size()) [[unlikely]]
    return sent.type->handle == nullptr ? destroy(&sent) : sent.type->handle(here, nullptr, &sent);
  scheduler::outbox& box = here.outboxes_[destination];
  sent.next = nullptr;
  if (box.first == nullptr) {
    box.first = box.last = &sent;
    here.destinations_.push_back(destination);
  } else {
    box.last->next = &sent;
    box.last = &sent;
  }
  if (++box.count >= outbox_limit && !box.held) here.flush(destination);
}

void scheduler::send_ahead(signal* sent) { state.schedulers[sent->to.scheduler()]->post(sent, sent); }

void scheduler::hold_back(std::uint32_t destination) {
  if (destination < outboxes_.size()) outboxes_[destination].held = true;
}

void scheduler::flush(std::uint32_t destination) {
  outbox& box = outboxes_[destination];
  if (box.first == nullptr) return;
  state.schedulers[destination]->post(box.first, box.last);
  box = {};
}

void scheduler::flush_outboxes() {
  for (std::uint32_t destination : destinations_) flush(destination);
  destinations_.clear();
}

void core::route(signal* sent) {
  if (sent->to.scheduler() == index) return static_cast<scheduler&>(*this).dispatch(sent);
  send_remote(*sent);
}

void scheduler::dispatch(signal* arrived) {
  process_block* receiver = slots.find(arrived->to);
  if (arrived->type->handle != nullptr) return arrived->type->handle(*this, receiver, arrived);
  if (receiver == nullptr) return destroy(arrived);
  deliver(*receiver, *arrived);
}

void core::forget(waiter& waiting) {
  process_block& process = *waiting.process;
  waiting.process = nullptr;
  for (waiter** link = &process.ready_first; *link != nullptr; link = &(*link)->next_ready) {
    if (*link != &waiting) continue;
    *link = waiting.next_ready;
    return;
  }
}

void core::append_ready(process_block& process, waiter& waiting) {
  waiter* last = process.ready_first;
  while (last->next_ready != nullptr) last = last->next_ready;
  last->next_ready = &waiting;
}

// Hands the message to the first receive that wants it. The receives are out of the way while their predicates run: one
// may send to its own process, and that message waits until this one has found its place.
bool core::offer(process_block& process, signal& arrived) {
  receiver* waiting = std::exchange(process.receivers, nullptr);
  process.flags |= asking;
  receiver** link = &waiting;
  while (*link != nullptr && !(*link)->wants(arrived)) link = &(*link)->next_receiver;
  receiver* taker = *link;
  if (taker != nullptr) *link = taker->next_receiver;
  process.flags &= ~std::uint32_t{asking};
  process.receivers = waiting;
  if (taker == nullptr) return false;
  taker->taken = &arrived;
  make_ready(process, *taker);
  return true;
}

void core::defer(process_block& process, signal& arrived) {
  arrived.to = process.self();
  arrived.next = nullptr;
  signal** last = &deferred_;
  while (*last != nullptr) last = &(*last)->next;
  *last = &arrived;
}

void core::deliver_deferred() {
  signal* next = std::exchange(deferred_, nullptr);
  while (next != nullptr) {
    signal* arrived = std::exchange(next, next->next);
    process_block* process = slots.find(arrived->to);
    if (process == nullptr)
      destroy(arrived);
    else
      deliver(*process, *arrived);
  }
}

}  // namespace dialtone::detail

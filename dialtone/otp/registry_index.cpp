// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/registry_index.hpp>

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>

#include <dialtone/base/assert.hpp>
#include <dialtone/otp/registry_partitions.hpp>
#include <dialtone/runtime/coroutine.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/runtime_state.hpp>

namespace dialtone::detail {

namespace {

constexpr std::size_t partition_limit = 1024;

bool is_among(const registry_index::serials* only, std::uint64_t serial) {
  return only == nullptr || std::ranges::binary_search(*only, serial);
}

}  // namespace

std::size_t registry_places::make_room() {
  if (empty() || others_.size() < others_.capacity()) return 0;
  others_.reserve(std::max<std::size_t>(1, 2 * others_.size()));
  return others_.size();
}

void registry_places::add(registry_place added) {
  if (empty())
    first_ = added;
  else
    others_.push_back(added);
}

std::size_t registry_places::take(std::size_t place) {
  const registry_place last = others_.empty() ? first_ : others_.back();
  at(place) = last;
  last.entry->place = place;
  if (others_.empty()) {
    first_ = {};
    return 0;
  }
  others_.pop_back();
  if (others_.capacity() <= 16 || others_.size() >= others_.capacity() / 4) return 0;
  others_.shrink_to_fit();
  return others_.size();
}

registry_index::registry_index(registry_options options, const registry_types& types)
    : locks{types},
      options_{std::move(options)},
      types_{types},
      keys_{options_.partitions - 1 < partition_limit ? new key_partition[options_.partitions] : nullptr},
      members_{keys_ ? new member_partition[options_.partitions] : nullptr} {
  if (!keys_) throw std::invalid_argument{"a registry has 1 to 1,024 partitions"};
}

registry_index::~registry_index() {
  DIALTONE_ASSERT(size() == 0, "a registry ends when nobody has a handle of it and no process an entry in it");
}

void registry_index::refuse_duplicates(const char* function) {
  throw std::logic_error{std::string{function} + " is for registries with unique keys"};
}

// A pid of another runtime may be that of a process here.
void registry_index::belong_to(const runtime_state& here) {
  const runtime_state* before = home_.load(std::memory_order_relaxed);
  if (before == &here) return;
  DIALTONE_ASSERT(before == nullptr || (size() == 0 && locks.empty()),
                  "a registry is of one runtime as long as it has entries or locks");
  const bool first = home_.compare_exchange_strong(before, &here) || before == &here;
  DIALTONE_ASSERT(first, "a registry is of one runtime as long as it has entries or locks");
}

void registry_index::require_own_runtime() const {
  if (this_core == nullptr || size() == 0) return;
  const runtime_state* home = home_.load(std::memory_order_relaxed);
  DIALTONE_ASSERT(home == &this_scheduler().state, "a registry is of one runtime as long as it has entries or locks");
}

std::expected<void, registration_refusal> registry_index::insert(std::size_t hash, const void* key,
                                                                 registry_entry* made) {
  std::unique_ptr<registry_entry, void (*)(registry_entry*) noexcept> owned{made, types_.destroy_entry};
  scheduler& here = this_scheduler_of_process();
  process_block& caller = *here.current;
  // A process whose entries have been released already would leave this one behind.
  if (caller.has(dying)) return std::unexpected{registration_refusal{registration_error::not_alive}};
  belong_to(here.state);
  registry_member* member = member_of(caller.self());
  std::unique_ptr<registry_member> joining;
  if (member == nullptr) {
    joining = std::make_unique<registry_member>(shared_from_this(), caller.self());
    member = joining.get();
  }
  serials it(options_.listeners.empty() ? 0 : 1);  // filled when nothing may throw any more
  if (auto linked = link(mix(hash), key, *member, *made); !linked) return linked;
  const registry_entry& entered = *owned.release();
  if (joining) joining.release()->own(caller.owned);
  if (!options_.listeners.empty()) announce(*member, entered, std::move(it));
  return {};
}

// What throws here is the copy of a key or a value: then nobody was told, and there shall be no entry either.
void registry_index::announce(registry_member& member, const registry_entry& entered, serials it) {
  it.front() = entered.serial;
  try {
    news told = news_of(types_.registered, member.self, entered, &it);
    tell(told);
  } catch (...) {
    finish({unlink(member, *entered.key, &it), {}});
    end_if_empty(member);
    throw;
  }
}

std::expected<void, registration_refusal> registry_index::link(std::size_t mixed, const void* key,
                                                               registry_member& member, registry_entry& made) {
  key_partition& home = partition_of(mixed);
  std::unique_ptr<registry_key, void (*)(registry_key*) noexcept> fresh{nullptr, types_.destroy_key};
  const std::unique_lock lock(home.mutex);
  registry_key* known = find(home, mixed, key, home.work);
  if (known != nullptr && options_.keys == registry_keys::unique)
    return std::unexpected{registration_refusal{registration_error::already_registered, known->places.front().owner}};
  if (member.count >= options_.process_entry_limit)
    return std::unexpected{registration_refusal{registration_error::process_entry_limit}};
  // What may throw comes before the first change that others could see.
  if (known == nullptr) {
    fresh.reset(known = types_.make_key(key));
    known->hash = mixed;
    home.make_room_for_key();
  }
  home.make_room_in(*known);
  if (!count_one_more()) return std::unexpected{registration_refusal{registration_error::entry_limit}};
  struct uncount {
    ~uncount() {
      if (size != nullptr) size->fetch_sub(1, std::memory_order_relaxed);
    }
    std::atomic<std::size_t>* size;
  } counted{&size_};
  made.serial = ++home.last_serial;
  join(member, *known, made);
  counted.size = nullptr;
  if (fresh) home.link(*fresh.release());
  home.add(*known, member.self, made);
  return {};
}

// A member that nobody else knows yet goes with the exception, and its table with it.
void registry_index::join(registry_member& member, registry_key& key, registry_entry& made) {
  member_partition& beside = members_beside(member.self);
  const std::unique_lock lock(beside.mutex);
  registry_member::own_entries* own = member.keys.find(&key);
  if (own != nullptr)
    own->last = own->last->next_own = &made;
  else
    member.keys.insert(&key, {&made, &made});
  beside.members.insert(member.self, &member);
  ++member.count;
}

std::size_t registry_index::erase(std::size_t hash, const void* key, const serials* only) {
  registry_member* member = member_of(this_scheduler_of_process().current->self());
  if (member == nullptr || member->leaving) return 0;
  registry_key* found = find_own(mix(hash), key, *member);
  if (found == nullptr) return 0;
  removal done = remove(*member, *found, only);
  end_if_empty(*member);
  return finish(std::move(done));
}

void registry_index::end_if_empty(registry_member& member) {
  if (!member.keys.empty()) return;
  member.disown();
  delete &member;
}

void registry_member::leave(owned_resource& owned, scheduler&) {
  const std::unique_ptr<registry_member> self{static_cast<registry_member*>(&owned)};
  const std::shared_ptr<registry_index> kept = self->index;  // it may live by these entries alone
  self->leaving = true;
  while (!self->keys.empty()) kept->finish(kept->remove(*self, *self->keys.begin()->key, nullptr));
}

// The entries of the caller keep the key until they are unlinked, and nobody else writes to them.
registry_index::removal registry_index::remove(registry_member& member, registry_key& key, const serials* only) {
  if (options_.listeners.empty()) return {unlink(member, key, only), {}};
  news told;
  try {
    told = news_of(types_.unregistered, member.self, *member.keys.find(&key)->first, only);
  } catch (...) {
    // Who unregisters gets it, and nothing has changed. The dead take their entries with them in any case.
    if (!member.leaving) throw;
    log(log_level::error,
        "a registry cannot tell its listeners of the dead: " + to_string(reason_of_current_exception()));
  }
  return {unlink(member, key, only), std::move(told)};
}

registry_entry* registry_index::unlink(registry_member& member, registry_key& key, const serials* only) {
  key_partition& home = partition_of(key.hash);
  std::unique_lock lock(home.mutex);
  registry_entry* gone = take_own(member, key, only);
  for (registry_entry* each = gone; each != nullptr; each = each->next_own) {
    home.take(*each);
    size_.fetch_sub(1, std::memory_order_relaxed);
  }
  if (!key.places.empty()) return gone;
  home.unlink(key);
  lock.unlock();
  types_.destroy_key(&key);
  return gone;
}

// Takes entries out of the list that the process has of its own; who has none left is no member.
registry_entry* registry_index::take_own(registry_member& member, registry_key& key, const serials* only) {
  member_partition& beside = members_beside(member.self);
  const std::unique_lock lock(beside.mutex);
  registry_member::own_entries& own = *member.keys.find(&key);
  registry_entry* gone = nullptr;
  registry_entry** last_gone = &gone;
  registry_entry* kept = nullptr;
  registry_entry** last_kept = &kept;
  for (registry_entry* each = own.first; each != nullptr; each = each->next_own) {
    registry_entry**& last = is_among(only, each->serial) ? last_gone : last_kept;
    if (&last == &last_gone)
      --member.count;
    else
      own.last = each;
    *last = each;
    last = &each->next_own;
  }
  *last_gone = *last_kept = nullptr;
  own.first = kept;
  if (kept == nullptr) member.keys.erase(&key);
  if (member.keys.empty()) beside.members.erase(member.self);
  return gone;
}

std::size_t registry_index::finish(removal done) {
  std::size_t count = 0;
  for (; done.first != nullptr; ++count) types_.destroy_entry(std::exchange(done.first, done.first->next_own));
  tell(done.told);
  return count;
}

bool registry_index::change(std::size_t hash, const void* key, std::uint64_t serial, changer write) {
  const pid caller = this_scheduler_of_process().current->self();
  const std::size_t mixed = mix(hash);
  key_partition& home = partition_of(mixed);
  const std::unique_lock lock(home.mutex);
  registry_key* found = find(home, mixed, key, home.work);
  if (found == nullptr || found->places.front().owner != caller) return false;
  registry_entry& entry = *found->places.front().entry;
  if (entry.serial != serial) return false;
  write(entry);
  return true;
}

registry_index::news registry_index::news_of(signal* (*make)(registry_index&, pid, const registry_entry&), pid owner,
                                             const registry_entry& first, const serials* only) {
  news made;
  names& known = this_scheduler().state.registered;
  for (const std::string& listener : options_.listeners) {
    const auto found = known.find(listener);
    if (!found) continue;
    for (const registry_entry* each = &first; each != nullptr; each = each->next_own) {
      if (!is_among(only, each->serial)) continue;
      made.emplace_back(make(*this, owner, *each));
      made.back()->to = pid::from_value(*found);
    }
  }
  return made;
}

void registry_index::tell(news& told) {
  for (auto& each : told) this_core->route(each.release());
}

// A pointer to a key that others may destroy is compared, and never followed.
registry_key* registry_index::find_own(std::size_t mixed, const void* key, const registry_member& member) const {
  const key_partition& home = partition_of(mixed);
  std::uint64_t steps = 0;
  const std::shared_lock lock(home.mutex);
  registry_key* found = find(home, mixed, key, steps);
  return found != nullptr && member.keys.contains(found) ? found : nullptr;
}

// Counts only where there is room, so that an attempt that fails never makes another fail.
bool registry_index::count_one_more() {
  std::size_t size = size_.load(std::memory_order_relaxed);
  do {
    if (size >= options_.entry_limit) return false;
  } while (!size_.compare_exchange_weak(size, size + 1, std::memory_order_relaxed));
  return true;
}

}  // namespace dialtone::detail

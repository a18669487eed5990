// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/tcp.hpp>

#include <cerrno>

#include <dialtone/io/socket_option.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/io_wait.hpp>
#include <dialtone/runtime/send.hpp>

namespace dialtone::tcp {

using detail::socket_table;
using detail::stream_socket;

namespace {

using socket_or_error = std::expected<socket, net_error>;
using done_or_error = std::expected<void, net_error>;

template <class Message, class... More>
detail::signal* message_of(reference name, More... more) {
  return detail::make_signal<detail::message<Message>>(pid{}, Message{socket{name}, std::move(more)...});
}

constexpr detail::stream_messages messages{
    .data = [](reference name, bytes data) { return message_of<tcp::data>(name, std::move(data)); },
    .closed = [](reference name) { return message_of<tcp::closed>(name); },
    .error = [](reference name, const net_error& why) { return message_of<tcp::error>(name, why); },
    .passive = [](reference name) { return message_of<tcp::passive>(name); },
};

std::unexpected<net_error> not_found(net_operation operation, reference name) {
  return std::unexpected{net_error{operation, detail::why_not_found(name)}};
}

template <class Socket, class Call>
auto with(reference name, net_operation operation, Call call) -> decltype(call(std::declval<Socket&>())) {
  Socket* found = socket_table::here().find<Socket>(name);
  if (found == nullptr) return not_found(operation, name);
  return call(*found);
}

template <class Message>
bool tells_of(const detail::signal& queued, reference name) {
  return queued.type == &detail::message_type<Message> &&
         static_cast<const detail::message<Message>&>(queued).value.socket.name() == name;
}

/// What the caller has not taken yet is for the new owner, before what comes next.
void move_messages(detail::scheduler& here, reference name, pid owner) {
  for (detail::signal** link = &here.current->mailbox_first; *link != nullptr;) {
    const detail::signal& queued = **link;
    if (!tells_of<data>(queued, name) && !tells_of<closed>(queued, name) && !tells_of<error>(queued, name) &&
        !tells_of<passive>(queued, name)) {
      link = &(*link)->next;
      continue;
    }
    detail::signal* moved = here.take(*here.current, link);
    moved->to = owner;
    here.route(moved);
  }
}

template <class Socket>
done_or_error give(reference name, pid owner) {
  return with<Socket>(name, net_operation::controlling_process, [&](Socket& given) -> done_or_error {
    if (given.owner() == owner) return {};
    if (given.owner() != self())
      return std::unexpected{net_error{net_operation::controlling_process, net_error::not_owner}};
    detail::scheduler& here = detail::this_scheduler_of_process();
    if (owner.scheduler() != here.index)
      return std::unexpected{net_error{net_operation::controlling_process, net_error::elsewhere}};
    detail::process_block* process = here.slots.find(owner);
    if (process == nullptr)
      return std::unexpected{net_error{net_operation::controlling_process, net_error::bad_option}};
    given.own_by(*process);
    move_messages(here, name, owner);
    return {};
  });
}

}  // namespace

// --- socket ---

done_or_error socket::unrecv(bytes data) const {
  return with<stream_socket>(name_, net_operation::unrecv,
                             [&](stream_socket& it) { return it.unrecv(std::move(data)); });
}

done_or_error socket::shutdown() const {
  return with<stream_socket>(name_, net_operation::shutdown, [](stream_socket& it) { return it.shut_down_write(); });
}

void socket::close() const {
  if (auto* open = socket_table::here().find<stream_socket>(name_)) open->close();
}

done_or_error socket::controlling_process(pid owner) const { return give<stream_socket>(name_, owner); }

done_or_error socket::setopts(const socket_options& options) const {
  return with<stream_socket>(name_, net_operation::setopts, [&](stream_socket& it) { return it.set(options); });
}

std::expected<socket_options, net_error> socket::getopts() const {
  return with<stream_socket>(name_, net_operation::getopts, [](stream_socket& it) { return it.options(); });
}

std::expected<detail::stream_statistics, net_error> socket::getstat() const {
  using result = std::expected<detail::stream_statistics, net_error>;
  return with<stream_socket>(name_, net_operation::getstat,
                             [](stream_socket& it) -> result { return it.statistics(); });
}

std::expected<socket_address, net_error> socket::peer_address() const {
  return with<stream_socket>(name_, net_operation::getopts, [](stream_socket& it) { return it.peer_address(); });
}

std::expected<socket_address, net_error> socket::local_address() const {
  return with<stream_socket>(name_, net_operation::getopts, [](stream_socket& it) { return it.local_address(); });
}

// --- listener ---

namespace {

class accept_wait : public detail::plain_wait, public detail::accept_request {
 public:
  accept_wait(reference listener, duration limit) : accept_request{&completed}, listener_{listener}, timer_{limit} {
    owner = self();
  }
  ~accept_wait() { forget(); }

  bool await_ready() {
    auto* known = socket_table::here().find<detail::listen_socket>(listener_);
    if (known == nullptr)
      result_ = not_found(net_operation::accept, listener_);
    else
      result_ = known->accept(*this);
    return result_.has_value() && detail::this_core->may_continue();
  }
  void await_suspend(std::coroutine_handle<> coroutine) {
    detail::this_core->suspend(*this, coroutine);
    if (result_) return detail::this_core->make_ready(*process, *this);
    if (timer_.limit != unlimited) timer_.start(*this, &time_is_up);
  }
  detail::accept_result await_resume() {
    process = nullptr;
    return std::move(*result_);
  }

 private:
  static void completed(accept_request& request, detail::accept_result result) {
    auto& self = static_cast<accept_wait&>(request);
    self.result_ = std::move(result);
    if (self.timer_.is_set()) self.timer_.stop();
    detail::this_core->make_ready(*self.process, self);
  }
  static void time_is_up(detail::waiter& waiting) {
    auto& self = static_cast<accept_wait&>(waiting);
    self.forget();
    self.result_ = std::unexpected{net_error{net_operation::accept, net_error::timeout}};
    detail::wake(self);
  }
  void forget() {
    detail::scheduler& home = detail::this_scheduler();
    if (link == nullptr) return;
    if (auto* known = home.parts.get<socket_table>(home).find<detail::listen_socket>(listener_)) known->forget(*this);
  }

  reference listener_;
  std::optional<detail::accept_result> result_;
  detail::wait_timer timer_;
};

}  // namespace

task<socket_or_error> listener::accept(duration limit) const {
  return [](reference name, duration limit) -> task<socket_or_error> {
    auto accepted = co_await accept_wait{name, limit};
    if (!accepted) co_return std::unexpected{std::move(accepted).error()};
    co_return socket{*accepted};
  }(name_, limit);
}

void listener::close() const {
  if (auto* open = socket_table::here().find<detail::listen_socket>(name_)) open->close();
}

done_or_error listener::controlling_process(pid owner) const { return give<detail::listen_socket>(name_, owner); }

// --- listen ---

namespace {

/// Closes with its scope what nobody has taken.
struct unclaimed {
  ~unclaimed() {
    if (handle) driver.close(handle);
  }
  io::handle take() { return std::exchange(handle, {}); }

  io::driver& driver;
  io::handle handle;
};

struct flag {
  io::socket_option which;
  bool value;
};

int prepare(const unclaimed& opened, const listen_options& options, bool is_v6) {
  const flag flags[] = {{io::option::reuse_address, options.reuse_address},
                        {io::option::reuse_port, options.reuse_port}};
  for (const auto& [which, value] : flags)
    if (int error = io::set_option(opened.driver, opened.handle, which, value); error != 0) return error;
  return is_v6 ? io::set_option(opened.driver, opened.handle, io::option::v6_only, options.v6_only) : 0;
}

// Small messages should not wait for the acknowledgement of those before them.
socket_options with_defaults(socket_options given) {
  if (!given.nodelay) given.nodelay = true;
  return given;
}

// The kernel may hold an address for some milliseconds after the end of a process that was killed.
constexpr duration patience = std::chrono::milliseconds{500};
constexpr duration between_attempts = std::chrono::milliseconds{10};

task<int> bind_patiently(io::driver* driver, io::handle handle, io::socket_name name) {
  const time_point last = after_delay(now(), patience);
  for (;;) {
    const int error = driver->bind(handle, name);
    if (error != EADDRINUSE || now() >= last) co_return error;
    co_await sleep_for(between_attempts);
  }
}

}  // namespace

task<std::expected<listener, net_error>> listen(listen_options options) {
  options.connections = with_defaults(std::move(options.connections));
  auto ip = ip_address::parse(options.address);
  if (!ip) co_return std::unexpected{net_error{net_operation::listen, net_error::bad_name}.at(options.address)};
  const socket_address address{*ip, options.port};
  const auto failed = [&](net_operation operation, int error) {
    return std::unexpected{detail::error_of(operation, error).at(address)};
  };
  const io::socket_name name = to_socket_name(address);
  socket_table& table = socket_table::here();
  io::driver& driver = *table.home.driver;
  auto handle = driver.open(io::stream_kind(name));
  if (!handle) co_return failed(net_operation::open, handle.error());
  unclaimed opened{driver, *handle};
  if (int error = prepare(opened, options, ip->is_v6()); error != 0) co_return failed(net_operation::setopts, error);
  if (auto set = detail::set_kernel_options(driver, *handle, options.connections); !set)
    co_return std::unexpected{set.error()};
  if (int error = co_await bind_patiently(&driver, *handle, name); error != 0)
    co_return failed(net_operation::bind, error);
  if (int error = driver.listen(*handle, options.backlog); error != 0) co_return failed(net_operation::listen, error);
  auto* made = new detail::listen_socket{table, opened.take(), messages, options.connections};
  made->own_by_caller();
  auto local = made->local_address();
  if (!local) co_return std::unexpected{local.error()};
  co_return listener{made->name(), *local};
}

// --- connect ---

namespace {

task<socket_or_error> connect_now(socket_address address, socket_options options) {
  const io::socket_name name = to_socket_name(address);
  socket_table& table = socket_table::here();
  io::driver& driver = *table.home.driver;
  auto handle = driver.open(io::stream_kind(name));
  if (!handle) co_return std::unexpected{detail::error_of(net_operation::open, handle.error()).at(address)};
  unclaimed opened{driver, *handle};
  if (auto set = detail::set_kernel_options(driver, *handle, options); !set) co_return std::unexpected{set.error()};
  io::result connected = co_await detail::connect_from(*handle, name);
  if (connected.error != 0)
    co_return std::unexpected{net_error::of_system(net_operation::connect, connected.error).at(address)};
  auto* made = new stream_socket{table, opened.take(), messages};
  made->own_by_caller();
  const socket up{made->name()};
  if (auto set = made->set(options); !set) {
    made->close();
    co_return std::unexpected{set.error()};
  }
  co_return up;
}

}  // namespace

task<socket_or_error> connect(socket_address address, socket_options options, duration limit) {
  if (limit == unlimited) co_return co_await connect_now(address, with_defaults(std::move(options)));
  auto connected = co_await with_deadline(limit, connect_now(address, with_defaults(std::move(options))));
  if (connected) co_return std::move(*connected);
  co_return std::unexpected{net_error{net_operation::connect, net_error::timeout}.at(address)};
}

task<socket_or_error> connect(std::string host, std::uint16_t port, socket_options options, duration limit) {
  auto ip = ip_address::parse(host);
  if (!ip) co_return std::unexpected{net_error{net_operation::connect, net_error::nxdomain}.at(host)};
  co_return co_await connect(socket_address{*ip, port}, std::move(options), limit);
}

}  // namespace dialtone::tcp

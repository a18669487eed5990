// SPDX-License-Identifier: Apache-2.0
// The load for echo servers: one thread, epoll, C connections, messages of S bytes, each byte that comes back compared.
//
//   bench_net_load CONNECTIONS SIZE PIPELINED SECONDS TURNS RATE PORT:PID...
//
// The servers take turns of SECONDS each, TURNS times, on connections that stay open: while one works, the others wait
// for input. So a machine that speeds up or slows down meets them alike, and each turn gives a pair to compare. A turn
// begins with a warm-up of a quarter more and ends when all that was sent is back.
//
// RATE 0 saturates: each connection keeps PIPELINED messages on the way, and a turn says how many came back in its
// window and what CPU time the server used meanwhile (its process's own CPU clock, exact to the nanosecond).
// Otherwise RATE messages a second leave on a fixed timetable, and a turn says the median and the 99th percentile of
// their round trips, counted from the time in the timetable: a server that stalls is charged for all that waits.
// Output: one line of JSON for each turn, the servers in their order, again and again.
// All sockets, the servers' too, use the congestion control "reno", so that the system's default, which may pace with
// timers as bbr does, is no part of what is measured.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  receive_size = 256 * 1024,
  events_at_once = 256,
  ports_an_address = 20000,
  in_flight_limit = 1024,
  servers_at_once = 8
};

struct connection {
  int descriptor;
  size_t received;  // of the message that is coming in
  size_t sent;      // of the message that is going out
  size_t unsent;    // bytes, over all messages due
  int waits_for_room;
  unsigned int first, last;  // of the messages on the way, when they are on a timetable
  int64_t due[in_flight_limit];
};

static struct {
  int connections;
  size_t size;
  size_t pipelined;
  double seconds;
  int turns;
  double rate;
} options;

static struct server {
  int port;
  pid_t process;
  struct connection* connections;
} servers[servers_at_once];
static int server_count;

static int poller;
static char* pattern;  // the message, repeated
static size_t pattern_size;
static char received[receive_size];
static int64_t started, completed;  // messages of this turn
static int winding_down;            // what comes back is not answered with more
static int64_t* round_trips;
static size_t round_trip_count, round_trip_limit;
static int64_t window_start;
static const int64_t drain_limit_ns = 30000000000;

static void fail(const char* what) {
  fprintf(stderr, "load: %s: %s\n", what, errno ? strerror(errno) : "the server is wrong");
  exit(1);
}

static int64_t read_clock(clockid_t clock) {
  struct timespec time;
  if (clock_gettime(clock, &time) < 0) fail("clock_gettime");
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t now(void) { return read_clock(CLOCK_MONOTONIC); }

static int64_t cpu_time_of(const struct server* server) {
  clockid_t clock;
  if ((errno = clock_getcpuclockid(server->process, &clock)) != 0) fail("the server's CPU clock");
  return read_clock(clock);
}

// --- connections ---

static void open_connection(struct connection* connection, int port, int index) {
  connection->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection->descriptor < 0) fail("socket");
  int on = 1;
  setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(connection->descriptor, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
  setsockopt(connection->descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  // One source address has too few ports for tens of thousands of connections.
  unsigned int source = INADDR_LOOPBACK + (unsigned int)(index / ports_an_address);
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(source)};
  struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(connection->descriptor, (struct sockaddr*)&from, sizeof from) < 0) fail("bind");
  if (connect(connection->descriptor, (struct sockaddr*)&to, sizeof to) < 0) fail("connect");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, connection->descriptor, &event) < 0) fail("epoll_ctl");
}

static void open_connections(struct server* server) {
  server->connections = calloc((size_t)options.connections, sizeof *server->connections);
  if (!server->connections) fail("calloc");
  for (int i = 0; i < options.connections; ++i) open_connection(&server->connections[i], server->port, i);
}

static void wait_for_room(struct connection* connection, int waits) {
  if (connection->waits_for_room == waits) return;
  connection->waits_for_room = waits;
  struct epoll_event event = {.events = EPOLLIN | (waits ? EPOLLOUT : 0u), .data.ptr = connection};
  if (epoll_ctl(poller, EPOLL_CTL_MOD, connection->descriptor, &event) < 0) fail("epoll_ctl");
}

static void send_due(struct connection* connection) {
  while (connection->unsent > 0) {
    size_t room = pattern_size - connection->sent;
    size_t size = connection->unsent < room ? connection->unsent : room;
    ssize_t sent = send(connection->descriptor, pattern + connection->sent, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) fail("send");
    if (sent < 0) {
      wait_for_room(connection, 1);
      return;
    }
    connection->unsent -= (size_t)sent;
    connection->sent = (connection->sent + (size_t)sent) % options.size;
  }
  wait_for_room(connection, 0);
}

static void note_round_trips(struct connection* connection, size_t messages) {
  int64_t time = now();
  for (; messages > 0; --messages) {
    int64_t due = connection->due[connection->first++ % in_flight_limit];
    if (due >= window_start && round_trip_count < round_trip_limit) round_trips[round_trip_count++] = time - due;
  }
}

static void receive_some(struct connection* connection) {
  ssize_t size = recv(connection->descriptor, received, sizeof received, MSG_DONTWAIT);
  if (size < 0 && errno == EAGAIN) return;
  if (size < 0) fail("recv");
  errno = 0;
  if (size == 0) fail("connection closed");
  if (memcmp(received, pattern + connection->received, (size_t)size) != 0) fail("other bytes than were sent");
  size_t total = connection->received + (size_t)size;
  size_t messages = total / options.size;
  connection->received = total % options.size;
  completed += (int64_t)messages;
  if (options.rate > 0) {
    note_round_trips(connection, messages);
  } else if (!winding_down) {
    connection->unsent += messages * options.size;
    started += (int64_t)messages;
  }
  send_due(connection);
}

static void poll_once(int timeout_milliseconds) {
  struct epoll_event events[events_at_once];
  int count = epoll_wait(poller, events, events_at_once, timeout_milliseconds);
  if (count < 0 && errno != EINTR) fail("epoll_wait");
  for (int i = 0; i < count; ++i) {
    struct connection* connection = events[i].data.ptr;
    if (events[i].events & EPOLLOUT) send_due(connection);
    if (events[i].events & ~(unsigned int)EPOLLOUT) receive_some(connection);
  }
}

// --- the two loads ---

static void poll_until(int64_t end) {
  while (now() < end) poll_once(100);
}

static void wind_down(void) {
  winding_down = 1;
  for (int64_t limit = now() + drain_limit_ns; completed < started;) {
    poll_once(100);
    errno = ETIMEDOUT;
    if (now() > limit) fail("not all came back");
  }
  winding_down = 0;
}

static void saturate(struct server* server) {
  started = completed = 0;
  for (int i = 0; i < options.connections; ++i) {
    server->connections[i].unsent = options.pipelined * options.size;
    started += (int64_t)options.pipelined;
    send_due(&server->connections[i]);
  }
  poll_until(now() + (int64_t)(options.seconds * 0.25e9));
  int64_t window = now(), cpu = cpu_time_of(server), before = completed;
  poll_until(window + (int64_t)(options.seconds * 1e9));
  int64_t messages = completed - before, used = cpu_time_of(server) - cpu;
  printf("{\"messages\": %lld, \"seconds\": %.9f, \"server_cpu_seconds\": %.9f}\n", (long long)messages,
         (double)(now() - window) / 1e9, (double)used / 1e9);
  wind_down();
}

static void send_on_time(struct connection* connection, int64_t due) {
  errno = 0;
  if (connection->last - connection->first == in_flight_limit) fail("cannot keep up with the rate");
  connection->due[connection->last++ % in_flight_limit] = due;
  connection->unsent += options.size;
  send_due(connection);
}

static int compare(const void* left, const void* right) {
  int64_t a = *(const int64_t*)left, b = *(const int64_t*)right;
  return (a > b) - (a < b);
}

static void keep_to_timetable(struct server* server) {
  double gap = 1e9 / options.rate;
  int64_t start = now();
  window_start = start + (int64_t)(options.seconds * 0.25e9);
  int64_t end = window_start + (int64_t)(options.seconds * 1e9);
  round_trip_count = 0;
  started = completed = 0;
  for (int64_t time; (time = now()) < end;) {
    for (int64_t due; (due = start + (int64_t)((double)started * gap)) <= time; ++started)
      send_on_time(&server->connections[started % options.connections], due);
    poll_once(0);
  }
  wind_down();
  errno = 0;
  if (round_trip_count == 0) fail("nothing came back");
  qsort(round_trips, round_trip_count, sizeof *round_trips, compare);
  printf("{\"messages\": %zu, \"p50_ns\": %lld, \"p99_ns\": %lld}\n", round_trip_count,
         (long long)round_trips[round_trip_count / 2], (long long)round_trips[round_trip_count * 99 / 100]);
}

static void make_room_for_round_trips(void) {
  round_trip_limit = (size_t)(options.rate * options.seconds) + 16;
  round_trips = calloc(round_trip_limit, sizeof *round_trips);
  if (!round_trips) fail("calloc");
}

static void read_options(char** arguments) {
  options.connections = atoi(arguments[1]);
  options.size = strtoul(arguments[2], NULL, 10);
  options.pipelined = strtoul(arguments[3], NULL, 10);
  options.seconds = atof(arguments[4]);
  options.turns = atoi(arguments[5]);
  options.rate = atof(arguments[6]);
  errno = EINVAL;
  if (options.connections < 1 || options.size < 1 || options.pipelined < 1) fail("connections, size, pipelined");
  if (!(options.seconds > 0) || options.turns < 1) fail("seconds, turns");
}

static void read_server(const char* text) {
  struct server* server = &servers[server_count++];
  errno = EINVAL;
  if (sscanf(text, "%d:%d", &server->port, &server->process) != 2) fail(text);
}

static void make_pattern(void) {
  size_t burst = options.pipelined * options.size;
  pattern_size = options.size + (burst > receive_size ? burst : receive_size);
  pattern = malloc(pattern_size);
  if (!pattern) fail("malloc");
  for (size_t i = 0; i < pattern_size; ++i) pattern[i] = (char)((uint32_t)(i % options.size) * 2654435761u >> 24);
}

int main(int argument_count, char** arguments) {
  if (argument_count < 8 || argument_count > 7 + servers_at_once) {
    fprintf(stderr, "usage: %s CONNECTIONS SIZE PIPELINED SECONDS TURNS RATE PORT:PID...\n", arguments[0]);
    return 2;
  }
  read_options(arguments);
  for (int i = 7; i < argument_count; ++i) read_server(arguments[i]);
  alarm((unsigned int)(options.seconds * 1.25 * options.turns * server_count) + 60);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  poller = epoll_create1(EPOLL_CLOEXEC);
  make_pattern();
  make_room_for_round_trips();
  for (int i = 0; i < server_count; ++i) open_connections(&servers[i]);
  for (int turn = 0; turn < options.turns * server_count; ++turn) {
    struct server* server = &servers[turn % server_count];
    if (options.rate > 0)
      keep_to_timetable(server);
    else
      saturate(server);
  }
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// The hand-written echo server that others are measured against: one thread, level-triggered epoll, one buffer for all
// connections, one read and one write for each readiness. Prints `listening PORT` (argument 0: a free port).
//
// What a write does not take is kept with its connection, which is not read from until it is gone.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { buffer_size = 64 * 1024, events_at_once = 256, longest_life_seconds = 900 };

struct connection {
  int descriptor;
  size_t unsent_size;
  char* unsent;  // only while a write is waiting for room
};

static int poller;
static char buffer[buffer_size];

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static void watch(int operation, struct connection* connection, unsigned int events) {
  struct epoll_event event = {.events = events, .data.ptr = connection};
  if (epoll_ctl(poller, operation, connection->descriptor, &event) < 0) fail("epoll_ctl");
}

static void drop(struct connection* connection) {
  close(connection->descriptor);
  free(connection->unsent);
  free(connection);
}

static void accept_all(int listener) {
  for (;;) {
    int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR) return;
      fail("accept4");
    }
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection* connection = calloc(1, sizeof *connection);
    if (!connection) fail("calloc");
    connection->descriptor = descriptor;
    watch(EPOLL_CTL_ADD, connection, EPOLLIN);
  }
}

static void keep_unsent(struct connection* connection, const char* data, size_t size) {
  connection->unsent = malloc(size);
  if (!connection->unsent) fail("malloc");
  memcpy(connection->unsent, data, size);
  connection->unsent_size = size;
  watch(EPOLL_CTL_MOD, connection, EPOLLOUT);
}

static void echo(struct connection* connection) {
  ssize_t received = recv(connection->descriptor, buffer, sizeof buffer, 0);
  if (received <= 0) {
    if (received == 0 || errno != EAGAIN) drop(connection);
    return;
  }
  ssize_t sent = send(connection->descriptor, buffer, (size_t)received, MSG_NOSIGNAL);
  if (sent == received) return;
  if (sent < 0 && errno != EAGAIN) {
    drop(connection);
    return;
  }
  size_t done = sent < 0 ? 0 : (size_t)sent;
  keep_unsent(connection, buffer + done, (size_t)received - done);
}

static void flush(struct connection* connection) {
  ssize_t sent = send(connection->descriptor, connection->unsent, connection->unsent_size, MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EAGAIN) drop(connection);
    return;
  }
  connection->unsent_size -= (size_t)sent;
  memmove(connection->unsent, connection->unsent + sent, connection->unsent_size);
  if (connection->unsent_size > 0) return;
  free(connection->unsent);
  connection->unsent = NULL;
  watch(EPOLL_CTL_MOD, connection, EPOLLIN);
}

static int listen_on(const char* port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(listener, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);  // see load/main.cpp; accepted sockets inherit it
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr*)&address, size) < 0 || listen(listener, 4096) < 0) fail("listen");
  if (getsockname(listener, (struct sockaddr*)&address, &size) < 0) fail("getsockname");
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

static void raise_descriptor_limit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argument_count, char** arguments) {
  alarm(longest_life_seconds);
  raise_descriptor_limit();
  poller = epoll_create1(EPOLL_CLOEXEC);
  struct connection listener = {.descriptor = listen_on(argument_count > 1 ? arguments[1] : "0")};
  watch(EPOLL_CTL_ADD, &listener, EPOLLIN);
  struct epoll_event events[events_at_once];
  for (;;) {
    int count = epoll_wait(poller, events, events_at_once, -1);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < count; ++i) {
      struct connection* connection = events[i].data.ptr;
      if (connection == &listener)
        accept_all(listener.descriptor);
      else if (connection->unsent)
        flush(connection);
      else
        echo(connection);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
// An echo server on libuv, as its users write one: one buffer for all reads, a write at once where it goes, and what is
// left over is kept with a request. Prints `listening PORT` (argument 0: a free port).
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

enum { buffer_size = 64 * 1024, backlog = 4096, longest_life_seconds = 900 };

struct unsent {
  uv_write_t request;
  char data[];
};

static char buffer[buffer_size];

static void must(int result, const char* what) {
  if (result >= 0) return;
  fprintf(stderr, "%s: %s\n", what, uv_strerror(result));
  exit(1);
}

static void freed(uv_handle_t* handle) { free(handle); }

static void drop(uv_stream_t* connection) {
  if (!uv_is_closing((uv_handle_t*)connection)) uv_close((uv_handle_t*)connection, freed);
}

static void give_buffer(uv_handle_t* handle, size_t suggested, uv_buf_t* given) {
  (void)handle;
  (void)suggested;
  *given = uv_buf_init(buffer, buffer_size);
}

static void received(uv_stream_t* connection, ssize_t size, const uv_buf_t* data);

static void written(uv_write_t* request, int status) {
  uv_stream_t* connection = request->handle;
  free(request);
  if (status < 0)
    drop(connection);
  else if (!uv_is_closing((uv_handle_t*)connection))
    uv_read_start(connection, give_buffer, received);
}

static void write_rest(uv_stream_t* connection, const char* data, size_t size) {
  struct unsent* rest = malloc(sizeof *rest + size);
  if (!rest) abort();
  memcpy(rest->data, data, size);
  uv_buf_t piece = uv_buf_init(rest->data, (unsigned int)size);
  uv_read_stop(connection);
  if (uv_write(&rest->request, connection, &piece, 1, written) == 0) return;
  free(rest);
  drop(connection);
}

static void received(uv_stream_t* connection, ssize_t size, const uv_buf_t* data) {
  if (size < 0) drop(connection);
  if (size <= 0) return;
  uv_buf_t piece = uv_buf_init(data->base, (unsigned int)size);
  int sent = uv_try_write(connection, &piece, 1);
  if (sent < 0 && sent != UV_EAGAIN) {
    drop(connection);
    return;
  }
  size_t done = sent < 0 ? 0 : (size_t)sent;
  if (done < (size_t)size) write_rest(connection, data->base + done, (size_t)size - done);
}

static void accept_one(uv_stream_t* listener, int status) {
  if (status < 0) return;
  uv_tcp_t* connection = malloc(sizeof *connection);
  if (!connection) abort();
  must(uv_tcp_init(listener->loop, connection), "uv_tcp_init");
  must(uv_accept(listener, (uv_stream_t*)connection), "uv_accept");
  uv_tcp_nodelay(connection, 1);
  uv_read_start((uv_stream_t*)connection, give_buffer, received);
}

static void listen_on(uv_tcp_t* listener, const char* port) {
  struct sockaddr_in address;
  must(uv_ip4_addr("127.0.0.1", atoi(port), &address), "uv_ip4_addr");
  must(uv_tcp_init_ex(uv_default_loop(), listener, AF_INET), "uv_tcp_init_ex");
  must(uv_tcp_bind(listener, (const struct sockaddr*)&address, 0), "uv_tcp_bind");
  uv_os_fd_t descriptor;
  must(uv_fileno((uv_handle_t*)listener, &descriptor), "uv_fileno");
  setsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);  // see load/main.cpp; accepted sockets inherit it
  must(uv_listen((uv_stream_t*)listener, backlog, accept_one), "uv_listen");
  int size = sizeof address;
  must(uv_tcp_getsockname(listener, (struct sockaddr*)&address, &size), "uv_tcp_getsockname");
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);
}

int main(int argument_count, char** arguments) {
  alarm(longest_life_seconds);
  signal(SIGPIPE, SIG_IGN);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  uv_tcp_t listener;
  listen_on(&listener, argument_count > 1 ? arguments[1] : "0");
  return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

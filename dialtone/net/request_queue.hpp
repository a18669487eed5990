// SPDX-License-Identifier: Apache-2.0
// Requests that wait at a socket, in the order in which they came. They are linked and not owned: one that goes away is
// taken out first. For the room net only.
#pragma once

#include <cstddef>

namespace dialtone::detail {

template <class Request>
struct queued_request {
  Request* next = nullptr;
  Request** link = nullptr;  // what points to this one, while it waits
};

template <class Request>
class request_queue {
 public:
  request_queue() = default;
  request_queue(const request_queue&) = delete;

  bool empty() const { return first_ == nullptr; }
  Request& first() const { return *first_; }
  /// Counts them.
  std::size_t size() const {
    std::size_t count = 0;
    for (const Request* each = first_; each != nullptr; each = each->next) ++count;
    return count;
  }
  void add(Request& request) {
    request.next = nullptr;
    request.link = last_;
    *last_ = &request;
    last_ = &request.next;
  }
  /// No-op for one that does not wait.
  void forget(Request& request) {
    if (request.link == nullptr) return;
    *request.link = request.next;
    if (request.next != nullptr)
      request.next->link = request.link;
    else
      last_ = request.link;
    request.link = nullptr;
  }

 private:
  Request* first_ = nullptr;
  Request** last_ = &first_;
};

}  // namespace dialtone::detail

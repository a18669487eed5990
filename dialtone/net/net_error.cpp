// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/net_error.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include <dialtone/base/assert.hpp>
#include <dialtone/io/system_error.hpp>

namespace dialtone {

namespace {

struct code_words {
  std::string_view name;
  std::string_view text;
};

code_words words_of(net_error::code_type code) {
  switch (code) {
    case net_error::system:
      break;
    case net_error::closed:
      return {"closed", "the connection is closed"};
    case net_error::timeout:
      return {"timeout", "not within the time limit"};
    case net_error::nxdomain:
      return {"nxdomain", "no such name"};
    case net_error::try_again:
      return {"try_again", "the name servers do not answer at present"};
    case net_error::no_recovery:
      return {"no_recovery", "the name servers have failed"};
    case net_error::bad_name:
      return {"bad_name", "this cannot be the name of a host"};
    case net_error::message_too_long:
      return {"message_too_long", "the message is too long"};
    case net_error::malformed:
      return {"malformed", "what the peer has sent is no packet of the type"};
    case net_error::not_owner:
      return {"not_owner", "the socket belongs to another process"};
    case net_error::already_reading:
      return {"already_reading", "another recv waits on this socket"};
    case net_error::elsewhere:
      return {"elsewhere", "the socket lives on another scheduler"};
    case net_error::bad_option:
      return {"bad_option", "no such option, or a value that it cannot have"};
    case net_error::system_limit:
      return {"system_limit", "a limit of the runtime is reached"};
  }
  return {"?", "?"};
}

// As inet:format_error writes it: "Connection refused" in the middle of a sentence, "RFS specific error" as it is.
std::string in_small_letters(std::string_view text) {
  std::string result{text};
  const bool is_acronym = text.size() > 1 && text[1] >= 'A' && text[1] <= 'Z';
  if (!text.empty() && !is_acronym && text[0] >= 'A' && text[0] <= 'Z')
    result[0] = static_cast<char>(text[0] - 'A' + 'a');
  return result;
}

constexpr std::array<std::string_view, 18> operation_names{"resolve",
                                                           "open",
                                                           "adopt",
                                                           "bind",
                                                           "listen",
                                                           "accept",
                                                           "connect",
                                                           "send",
                                                           "send_file",
                                                           "recv",
                                                           "unrecv",
                                                           "shutdown",
                                                           "close",
                                                           "setopts",
                                                           "getopts",
                                                           "getstat",
                                                           "controlling_process",
                                                           "interfaces"};

}  // namespace

std::string_view to_string(net_operation operation) { return operation_names.at(static_cast<std::size_t>(operation)); }

net_error net_error::of_system(net_operation operation, int system_code) {
  DIALTONE_ASSERT(system_code > 0, "a code of the system is above zero");
  DIALTONE_ASSERT(system_code < 4096, "a code of the system is at most 4,095");
  net_error result{operation, system};
  result.system_code_ = static_cast<std::uint64_t>(system_code) & 0xfff;
  return result;
}

struct net_error::place {
  std::optional<socket_address> address;
  std::string name;
  std::vector<net_error> earlier;
  friend bool operator==(const place&, const place&) = default;
};

net_error::place net_error::where() const { return where_ == nullptr ? place{} : *where_; }

net_error net_error::with(place where) const {
  net_error result = *this;
  result.where_ = std::make_shared<const place>(std::move(where));
  return result;
}

net_error net_error::at(socket_address address) const {
  place known = where();
  known.address = std::move(address);
  return with(std::move(known));
}

net_error net_error::at(std::string_view name) const {
  place known = where();
  known.name = name;
  return with(std::move(known));
}

net_error net_error::after(std::vector<net_error> earlier) const {
  if (earlier.empty()) return *this;
  place known = where();
  known.earlier = std::move(earlier);
  return with(std::move(known));
}

net_error net_error::leaving(std::size_t unsent, rest left) const {
  net_error result = *this;
  result.unsent_ = std::min(unsent, unsent_most) + 1;
  result.still_sends_ = left == rest::queued ? 1 : 0;
  return result;
}

std::optional<std::size_t> net_error::unsent() const {
  return unsent_ == 0 ? std::nullopt : std::optional<std::size_t>{unsent_ - 1};
}

const socket_address* net_error::address() const {
  return where_ == nullptr || !where_->address ? nullptr : &*where_->address;
}

std::string_view net_error::name() const { return where_ == nullptr ? std::string_view{} : where_->name; }

std::span<const net_error> net_error::earlier() const {
  return where_ == nullptr ? std::span<const net_error>{} : where_->earlier;
}

std::string_view net_error::code_name() const {
  if (code_ != system) return words_of(code_).name;
  const std::string_view name = io::error_name(system_code());
  return name.empty() ? "unknown" : name;
}

std::string net_error::text() const {
  if (code_ != system) return std::string{words_of(code_).text};
  const std::string_view text = io::error_text(system_code());
  return text.empty() ? fmt::format("error {}", system_code()) : in_small_letters(text);
}

bool operator==(const net_error& left, const net_error& right) {
  if (left.operation_ != right.operation_ || left.code_ != right.code_ || left.system_code_ != right.system_code_)
    return false;
  if (left.unsent_ != right.unsent_ || left.still_sends_ != right.still_sends_) return false;
  if (left.where_ == right.where_) return true;
  return left.where_ != nullptr && right.where_ != nullptr && *left.where_ == *right.where_;
}

std::string to_string(const net_error& error) {
  std::string text{to_string(error.operation())};
  if (!error.name().empty()) text.append(" ").append(error.name());
  if (error.address() != nullptr) text += " " + to_string(*error.address());
  text += fmt::format(": {} ({})", error.code_name(), error.text());
  if (const auto unsent = error.unsent())
    text += fmt::format(", {} bytes {}", *unsent, error.still_sends() ? "still to go out" : "not sent");
  std::string_view before = "; before it: ";
  for (const net_error& one : error.earlier()) text.append(std::exchange(before, ", ")).append(to_string(one));
  return text;
}

}  // namespace dialtone

// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/exit_reason.hpp>

#include <fmt/format.h>

namespace dialtone {

namespace {

constexpr std::string_view names[] = {
    "normal",           "shutdown",     "kill",         "killed",  "noproc",       "exception",  "custom",
    "mailbox_overflow", "memory_limit", "system_limit", "timeout", "noconnection", "overloaded", "calling_self"};

std::string_view file_of(std::string_view path) {
  auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// "dialtone::process<> shop::(anonymous namespace)::serve(int)" is read as "shop::serve".
std::string function_of(std::string_view signature) {
  constexpr std::string_view unnamed = "(anonymous namespace)::";
  std::string text{signature};
  for (auto found = text.find(unnamed); found != std::string::npos; found = text.find(unnamed))
    text.erase(found, unnamed.size());
  auto end = text.find('(');
  if (end == std::string::npos) return text;
  auto start = text.rfind(' ', end);
  return start == std::string::npos ? text.substr(0, end) : text.substr(start + 1, end - start - 1);
}

}  // namespace

std::string to_string(const source_place& place) {
  return fmt::format("{}:{} in {}", file_of(place.file), place.line, function_of(place.function));
}

exit_reason exit_reason::custom_text(std::string text) { return {custom, details{{}, std::move(text), {}}}; }

exit_reason exit_reason::shutdown_because(std::string text) { return {shutdown, details{{}, std::move(text), {}}}; }

exit_reason exit_reason::of_exception(std::string type, std::string text, std::vector<source_place> trace) {
  return {exception, details{std::move(type), std::move(text), std::move(trace)}};
}

std::string_view exit_reason::type() const { return details_ ? std::string_view{details_->type} : std::string_view{}; }

std::string_view exit_reason::text() const { return details_ ? std::string_view{details_->text} : std::string_view{}; }

const std::vector<source_place>& exit_reason::trace() const {
  static const std::vector<source_place> none;
  return details_ ? details_->trace : none;
}

bool operator==(const exit_reason& left, const exit_reason& right) {
  return left.code_ == right.code_ && left.type() == right.type() && left.text() == right.text();
}

std::string to_string(const exit_reason& reason) {
  if (reason.code() != exit_reason::exception) {
    std::string text{names[reason.code()]};
    if (!reason.text().empty()) text.append(": ").append(reason.text());
    return text;
  }
  std::string text{reason.type()};
  if (!reason.text().empty()) text.append(": ").append(reason.text());
  const char* separator = " (at ";
  for (const source_place& place : reason.trace()) {
    text.append(separator).append(to_string(place));
    separator = ", ";
  }
  if (!reason.trace().empty()) text.push_back(')');
  return text;
}

exit_exception::exit_exception(exit_reason reason)
    : std::runtime_error{to_string(reason)}, reason_{std::move(reason)} {}

}  // namespace dialtone

// SPDX-License-Identifier: Apache-2.0
// The configuration of an application: keys with values, each with a default that gives its type. A value; sendable.
//
//   dt::environment settings{{"port", 4000}, {"host", "localhost"}, {"tls", false}, {"ratio", 0.5}};
//   settings.set("port", "8080");                        // a text, read as the type of the default
//   int port = settings.get<int>("port");
//
// A key that there is not, a text that is no such value, and a get with another type are errors (environment_error): a
// misspelt setting must not be silently without effect.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <dialtone/base/sendable.hpp>

namespace dialtone {

class environment_error : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

class environment {
 public:
  using value = std::variant<bool, std::int64_t, double, std::string>;

  struct setting {
    template <class Type>
    setting(std::string key, Type with) : key{std::move(key)}, with{make_value(std::move(with))} {}
    std::string key;
    value with;
  };

  environment() = default;
  /// Throws environment_error when a key is empty or there twice.
  environment(std::initializer_list<setting> defaults);

  template <class Type>
  Type get(std::string_view key) const {
    static_assert(std::is_same_v<Type, bool> || std::integral<Type> || std::floating_point<Type> ||
                      std::is_same_v<Type, std::string>,
                  "dialtone: a setting is a bool, an integer, a floating-point number or a std::string");
    if constexpr (std::is_same_v<Type, bool>) {
      return std::get<bool>(find(key, 0));
    } else if constexpr (std::integral<Type>) {
      const std::int64_t found = std::get<std::int64_t>(find(key, 1));
      if (!std::in_range<Type>(found)) out_of_range(key, found);
      return static_cast<Type>(found);
    } else if constexpr (std::floating_point<Type>) {
      return static_cast<Type>(std::get<double>(find(key, 2)));
    } else {
      return std::get<std::string>(find(key, 3));
    }
  }

  /// Replaces a value by what `text` says: "true" or "false"; a decimal number; any text.
  void set(std::string_view key, std::string_view text);

  bool contains(std::string_view key) const { return values_.contains(key); }
  /// Sorted.
  std::vector<std::string> keys() const;
  /// The value as `set` reads it.
  std::string text(std::string_view key) const;

  friend bool operator==(const environment&, const environment&) = default;

 private:
  static value make_value(bool with) { return with; }
  static value make_value(std::integral auto with) { return std::int64_t{with}; }
  static value make_value(std::floating_point auto with) { return double{with}; }
  static value make_value(std::string with) { return with; }
  static value make_value(const char* with) { return std::string{with}; }

  const value& find(std::string_view key, std::size_t type) const;
  [[noreturn]] static void out_of_range(std::string_view key, std::int64_t found);

  std::map<std::string, value, std::less<>> values_;
};

template <>
inline constexpr bool enable_sendable<environment> = true;

}  // namespace dialtone

// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/daytime/protocol.hpp>

#include <string>

namespace dialtone::daytime {

namespace {

using namespace std::chrono;

void append(std::string& text, unsigned value, std::size_t digits) {
  std::string number = std::to_string(value);
  text.append(digits - number.size(), '0');
  text += number;
}

constexpr std::string_view shape = "dddd-dd-ddTdd:dd:ddZ";

bool has_shape(std::string_view answer) {
  if (answer.size() != shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool fits = shape[i] == 'd' ? answer[i] >= '0' && answer[i] <= '9' : answer[i] == shape[i];
    if (!fits) return false;
  }
  return true;
}

int number(std::string_view digits) {
  int value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

}  // namespace

bytes encode(sys_seconds time) {
  const sys_days day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  const int year = static_cast<int>(date.year());
  DIALTONE_ASSERT(year >= 0 && year <= 9999, "a year has four digits");
  std::string text;
  append(text, static_cast<unsigned>(year), 4);
  append(text += '-', static_cast<unsigned>(date.month()), 2);
  append(text += '-', static_cast<unsigned>(date.day()), 2);
  append(text += 'T', static_cast<unsigned>(clock.hours().count()), 2);
  append(text += ':', static_cast<unsigned>(clock.minutes().count()), 2);
  append(text += ':', static_cast<unsigned>(clock.seconds().count()), 2);
  return text + "Z\r\n";
}

std::optional<sys_seconds> decode(std::string_view answer) {
  if (answer.ends_with("\r\n")) answer.remove_suffix(2);
  if (!has_shape(answer)) return std::nullopt;
  const auto part = [answer](std::size_t at, std::size_t size) { return number(answer.substr(at, size)); };
  const year_month_day date{year{part(0, 4)}, month{static_cast<unsigned>(part(5, 2))},
                            day{static_cast<unsigned>(part(8, 2))}};
  const int hour = part(11, 2);
  const int minute = part(14, 2);
  const int second = part(17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return sys_days{date} + hours{hour} + minutes{minute} + seconds{second};
}

}  // namespace dialtone::daytime

#include "base/time.h"

#include <fmt/format.h>
#include <sys/timex.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>
#include <fstream>

namespace evener {
namespace {

// Whether the kernel says that a time server keeps the wall clock.
bool is_synchronised() {
  timex state{};
  const int answer = ::adjtimex(&state);
  return answer >= 0 && answer != TIME_ERROR;
}

Millis read_clock(clockid_t id) {
  timespec now{};
  CHECK(clock_gettime(id, &now) == 0, "the machine has no such clock");
  return static_cast<Millis>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

struct Unit {
  std::string_view name;
  Millis millis;
};

constexpr std::array<Unit, 5> units = {
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}
};

Error bad_duration(std::string_view text) {
  return {"bad_duration", fmt::format("'{}' is no duration; expected e.g. 30s, 5m or 1h30m", text)};
}

Error bad_time(std::string_view text) {
  return {
      "bad_time",
      fmt::format("'{}' is no time; expected e.g. 2026-11-21T12:00:30Z or @1763726430000", text)
  };
}

// What four digits of a year can say, so that every time that is read can be written.
constexpr Instant earliest_time = -62'167'219'200'000;  // 0000-01-01T00:00:00Z
constexpr Instant latest_time = 253'402'300'799'999;    // 9999-12-31T23:59:59.999Z

// `width` digits at the front of `rest`, which is advanced past them.
bool take_digits(std::string_view& rest, std::size_t width, int& out) {
  if (rest.size() < width || rest.front() == '-') return false;
  const auto [end, problem] = std::from_chars(rest.data(), rest.data() + width, out);
  if (problem != std::errc{} || end != rest.data() + width) return false;
  rest.remove_prefix(width);
  return true;
}

bool take(std::string_view& rest, char wanted) {
  if (rest.empty() || rest.front() != wanted) return false;
  rest.remove_prefix(1);
  return true;
}

}  // namespace

SystemClock::SystemClock() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::getline(file, boot_id_);
}

ClockReading SystemClock::read() {
  return {
      .wall = read_clock(CLOCK_REALTIME),
      .monotonic = read_clock(CLOCK_MONOTONIC),
      .boot = read_clock(CLOCK_BOOTTIME),
      .boot_id = boot_id_,
      .is_synchronised = is_synchronised(),
  };
}

// Asked for each request: a reading has a text.
Millis SystemClock::monotonic() {
  return read_clock(CLOCK_MONOTONIC);
}

Result<Millis> parse_duration(std::string_view text) {
  constexpr double longest = 1e14;  // some 3,000 years: sums of durations stay far from overflow
  double total = 0;
  std::string_view rest = text;
  if (rest.empty()) return bad_duration(text);
  while (!rest.empty()) {
    double amount = 0;
    const auto [end, problem] =
        std::from_chars(rest.data(), rest.data() + rest.size(), amount, std::chars_format::fixed);
    if (problem != std::errc{} || amount < 0 || !std::isfinite(amount)) return bad_duration(text);
    const bool whole_text = end == text.data() + text.size() && rest.size() == text.size();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    std::size_t letters = 0;
    while (letters < rest.size() && rest[letters] >= 'a' && rest[letters] <= 'z') ++letters;
    const std::string_view unit = whole_text ? "s" : rest.substr(0, letters);
    rest.remove_prefix(letters);
    Millis scale = 0;
    for (const Unit& known : units) {
      if (known.name == unit) scale = known.millis;
    }
    if (scale == 0) return bad_duration(text);
    total += amount * static_cast<double>(scale);
    if (total > longest) return bad_duration(text);
  }
  return static_cast<Millis>(std::llround(total));
}

Result<Instant> parse_time(std::string_view text) {
  std::string_view rest = text;
  if (take(rest, '@')) {
    Instant millis = 0;
    const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), millis);
    if (problem != std::errc{} || end != rest.data() + rest.size() || millis < 0 ||
        millis > latest_time) {
      return bad_time(text);
    }
    return millis;
  }
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!take_digits(rest, 4, year) || !take(rest, '-') || !take_digits(rest, 2, month) ||
      !take(rest, '-') || !take_digits(rest, 2, day)) {
    return bad_time(text);
  }
  Millis fraction = 0;
  Millis offset = 0;
  if (!rest.empty()) {
    if (!(take(rest, 'T') || take(rest, ' ')) || !take_digits(rest, 2, hour) || !take(rest, ':') ||
        !take_digits(rest, 2, minute)) {
      return bad_time(text);
    }
    if (take(rest, ':') && !take_digits(rest, 2, second)) return bad_time(text);
    if (take(rest, '.')) {
      Millis scale = 100;
      while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
        fraction += (rest.front() - '0') * scale;
        scale /= 10;
        rest.remove_prefix(1);
      }
    }
    const bool behind = !rest.empty() && rest.front() == '+';
    if (take(rest, '+') || take(rest, '-')) {
      int offset_hours = 0, offset_minutes = 0;
      if (!take_digits(rest, 2, offset_hours)) return bad_time(text);
      take(rest, ':');
      if (!take_digits(rest, 2, offset_minutes)) return bad_time(text);
      if (offset_hours > 23 || offset_minutes > 59) return bad_time(text);  // RFC 3339, section 5.6
      offset = (offset_hours * 60 + offset_minutes) * (behind ? -60'000 : 60'000);
    } else if (!take(rest, 'Z')) {
      return bad_time(text);
    }
  }
  using namespace std::chrono;
  const year_month_day date{
      std::chrono::year{year},
      std::chrono::month{static_cast<unsigned>(month)},
      std::chrono::day{static_cast<unsigned>(day)}
  };
  if (!rest.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60) return bad_time(text);
  const Millis days = sys_days{date}.time_since_epoch().count();
  const Instant time = days * 86'400'000 + hour * 3'600'000LL + minute * 60'000LL +
                       second * 1000LL + fraction + offset;
  if (time < earliest_time || time > latest_time) return bad_time(text);
  return time;
}

Millis steady_ms() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

std::string format_duration(Millis duration) {
  if (duration < 0) return "-" + format_duration(-duration);
  if (duration == 0) return "0s";
  if (duration < 1000) return fmt::format("{}ms", duration);
  const Millis seconds = duration / 1000;
  if (seconds < 60) return fmt::format("{:.3g}s", static_cast<double>(duration) / 1000.0);
  if (seconds < 3600) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
  if (seconds < 86'400) return fmt::format("{}h {}m", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{}d {}h", seconds / 86'400, seconds / 3600 % 24);
}

std::string format_time(Instant instant) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds{instant}};
  const auto date = floor<days>(point);
  const year_month_day calendar{date};
  const hh_mm_ss clock{point - date};
  return fmt::format(
      "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
      static_cast<int>(calendar.year()),
      static_cast<unsigned>(calendar.month()),
      static_cast<unsigned>(calendar.day()),
      clock.hours().count(),
      clock.minutes().count(),
      clock.seconds().count(),
      clock.subseconds().count()
  );
}

}  // namespace evener

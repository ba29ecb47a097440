#include "formats/instance_lines.h"

#include <fmt/format.h>

#include <charconv>

#include "formats/document.h"
#include "formats/schedule_instance.h"
#include "model/limits.h"

namespace evener {
namespace {

constexpr std::string_view instance_space = " \t\r\f\v";

std::vector<std::string_view> split_words(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t start = line.find_first_not_of(instance_space);
    if (start == std::string_view::npos) return words;
    line.remove_prefix(start);
    const std::size_t length = std::min(line.find_first_of(instance_space), line.size());
    words.push_back(line.substr(0, length));
    line.remove_prefix(length);
  }
}

}  // namespace

bool InstanceLines::next() {
  while (!rest_.empty()) {
    const std::size_t length = std::min(rest_.find('\n'), rest_.size());
    line_ = rest_.substr(0, length);
    rest_.remove_prefix(std::min(length + 1, rest_.size()));
    ++number_;
    words_ = split_words(line_);
    if (!words_.empty()) return true;
  }
  words_.clear();
  line_ = {};
  return false;
}

Status InstanceLines::need(std::string_view what) {
  if (next()) return Done{};
  return expected(what, "the end of the file");
}

Status InstanceLines::find(std::string_view text) {
  while (!contains(text)) TRY(need(fmt::format("a line with '{}'", text)));
  return Done{};
}

Result<std::int64_t> InstanceLines::whole(
    std::size_t word, std::string_view what, std::int64_t least, std::int64_t most
) const {
  const std::string wanted = fmt::format("{} from {} to {}", what, least, most);
  if (word >= words_.size()) return expected(wanted, "the end of the line");
  const std::string_view text = words_[word];
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = problem == std::errc{} && end == text.data() + text.size();
  if (!is_number || value < least || value > most) {
    constexpr std::size_t most_shown = 40;
    return expected(wanted, fmt::format("'{}'", text.substr(0, most_shown)));
  }
  return value;
}

Error InstanceLines::expected(std::string_view what, std::string_view found) const {
  return {
      "bad_value",
      fmt::format("expected {}, found {}", what, found),
      fmt::format("{}:{}", file_, number_)
  };
}

PoolSettings instance_settings() {
  PoolSettings settings;
  settings.age_limit_ms = limits::longest_duration;
  settings.default_estimate_ms = instance_unit_ms;
  return settings;
}

Result<ScheduleInstance> read_schedule_instance(
    std::string_view text, const std::string& file, InstanceFormat format, std::int64_t line
) {
  const std::string_view checked = TRY(checked_text(text, file));
  switch (format) {
    case InstanceFormat::stg:
      return read_stg(checked, file);
    case InstanceFormat::wf:
    case InstanceFormat::ninja:
      return read_workflow_line(checked, file, line);
    case InstanceFormat::imopse:
      return read_imopse(checked, file);
    case InstanceFormat::fjsp:
      return read_flexible_job_shop(checked, file);
    case InstanceFormat::psplib:
      break;
  }
  return read_psplib(checked, file);
}

}  // namespace evener

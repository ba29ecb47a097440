#include "worker/load_meter.h"

#include <algorithm>
#include <sstream>

#include "base/file.h"

namespace evener {
namespace {

constexpr Millis least_pause = 1000;
constexpr std::int64_t hundred = 100;

std::istringstream opened(const std::string& path) {
  Result<std::string> text = read_file(path);
  return std::istringstream(text.ok() ? *std::move(text) : std::string());
}

}  // namespace

// "cpu  user nice system idle iowait irq softirq steal ...": what waits for a disk is idle.
std::optional<LoadMeter::Ticks> LoadMeter::ticks() const {
  constexpr std::size_t counted = 8;  // guests stand within user and nice already
  constexpr std::size_t idle = 3;
  constexpr std::size_t waits = 4;
  std::istringstream in = opened(root_ + "/proc/stat");
  std::string word;
  if (!(in >> word) || word != "cpu") return std::nullopt;
  Ticks ticks;
  std::int64_t value = 0;
  for (std::size_t i = 0; i < counted && in >> value; ++i) {
    ticks.all += value;
    if (i == idle || i == waits) ticks.idle += value;
  }
  return ticks.all > 0 ? std::optional(ticks) : std::nullopt;
}

std::optional<std::int64_t> LoadMeter::load_average() const {
  double average = 0;
  if (!(opened(root_ + "/proc/loadavg") >> average)) return std::nullopt;
  std::istringstream in = opened(root_ + "/proc/stat");
  std::int64_t cores = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("cpu") && !line.starts_with("cpu ")) ++cores;
  }
  if (cores == 0) return std::nullopt;
  return std::min(hundred, static_cast<std::int64_t>(average * hundred) / cores);
}

std::optional<std::int64_t> LoadMeter::memory() const {
  std::istringstream in = opened(root_ + "/proc/meminfo");
  std::int64_t total = 0;
  std::int64_t available = -1;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name;
    std::int64_t kilobytes = 0;
    if (!(words >> name >> kilobytes)) continue;
    if (name == "MemTotal:") total = kilobytes;
    if (name == "MemAvailable:") available = kilobytes;
  }
  if (total <= 0 || available < 0) return std::nullopt;
  return std::clamp<std::int64_t>(hundred - available * hundred / total, 0, hundred);
}

std::optional<MachineLoad> LoadMeter::read(Millis now) {
  const std::lock_guard lock(mutex_);
  if (read_at_ && now - *read_at_ < least_pause) return last_;
  read_at_ = now;
  const std::optional<Ticks> ticks_now = ticks();
  std::optional<std::int64_t> cpu = before_ ? std::nullopt : load_average();
  if (before_ && ticks_now && ticks_now->all > before_->all) {
    const std::int64_t all = ticks_now->all - before_->all;
    const std::int64_t busy = all - (ticks_now->idle - before_->idle);
    cpu = std::clamp<std::int64_t>(busy * hundred / all, 0, hundred);
  }
  before_ = ticks_now;
  const std::optional<std::int64_t> taken = memory();
  last_.reset();
  if (cpu && taken) last_ = MachineLoad{.cpu = *cpu, .memory = *taken};
  return last_;
}

}  // namespace evener

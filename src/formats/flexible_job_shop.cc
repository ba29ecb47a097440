// The first line has the numbers of jobs and of machines (and often their mean per operation); then
// each job has a line: how many operations, and for each of them how many machines may do it, with
// the machine and its time for each.
#include <fmt/format.h>

#include <set>

#include "formats/instance_lines.h"
#include "formats/schedule_instance.h"

namespace evener {
namespace {

class JobShopReading {
 public:
  JobShopReading(std::string_view text, const std::string& file) : lines_(text, file) {}

  Result<ScheduleInstance> read() {
    constexpr std::int64_t most_jobs = 10'000;
    TRY(lines_.need("the number of jobs"));
    const std::int64_t jobs = TRY(lines_.whole(0, "the number of jobs", 1, most_jobs));
    machines_ = TRY(lines_.whole(1, "the number of machines", 1, workers_per_instance));
    Plan& plan = instance_.plan;
    plan.settings = instance_settings();
    for (std::int64_t m = 1; m <= machines_; ++m) {
      plan.workers.push_back({.name = fmt::format("m{}", m)});
    }
    for (std::int64_t job = 1; job <= jobs; ++job) {
      TRY(lines_.need(fmt::format("job {}", job)));
      TRY(read_job(job));
    }
    if (lines_.next()) {
      return lines_.expected(fmt::format("the end after {} jobs", jobs), "another line");
    }
    return std::move(instance_);
  }

 private:
  Status read_job(std::int64_t job) {
    constexpr std::int64_t most_operations = 10'000;
    const std::int64_t count = TRY(lines_.whole(0, "the number of operations", 1, most_operations));
    std::size_t at = 1;
    for (std::int64_t number = 1; number <= count; ++number) {
      TaskSpec task{.id = fmt::format("j{}.{}", job, number)};
      if (number > 1) task.needs.push_back({fmt::format("j{}.{}", job, number - 1), Until::done});
      TRY(read_operation(task, at));
      instance_.plan.tasks.push_back(std::move(task));
    }
    if (at < lines_.words().size()) {
      return lines_.expected(fmt::format("the end after {} operations", count), "more numbers");
    }
    return Done{};
  }

  // The estimate is the mean of the machines' times.
  Status read_operation(TaskSpec& task, std::size_t& at) {
    const std::int64_t choices = TRY(lines_.whole(at++, "the number of machines", 1, machines_));
    std::vector<Millis> durations(static_cast<std::size_t>(machines_));
    std::set<std::int64_t> who;
    Millis sum = 0;
    for (std::int64_t i = 0; i < choices; ++i) {
      const std::int64_t machine = TRY(lines_.whole(at++, "a machine", 1, machines_));
      const Millis takes =
          TRY(lines_.whole(at++, "the time on it", 0, longest_in_instance)) * instance_unit_ms;
      if (!who.insert(machine).second) {
        return lines_.expected("each machine once in an operation", fmt::format("{}", machine));
      }
      durations[static_cast<std::size_t>(machine - 1)] = takes;
      sum += takes;
    }
    task.estimate_ms = sum / choices;
    if (choices < machines_) task.capabilities = {capability_for(who)};
    instance_.durations.push_back(std::move(durations));
    return Done{};
  }

  // "on.1-3-5": what the machines that may do the operation have in common.
  std::string capability_for(const std::set<std::int64_t>& who) {
    std::string name = "on.";
    for (const std::int64_t machine : who) {
      if (name.back() != '.') name += '-';
      name += fmt::format("{}", machine);
    }
    if (!named_.insert(name).second) return name;
    for (const std::int64_t machine : who) {
      instance_.plan.workers[static_cast<std::size_t>(machine - 1)].capabilities.push_back(name);
    }
    return name;
  }

  InstanceLines lines_;
  ScheduleInstance instance_;
  std::int64_t machines_ = 0;
  std::set<std::string> named_;
};

}  // namespace

Result<ScheduleInstance> read_flexible_job_shop(std::string_view text, const std::string& file) {
  return JobShopReading(text, file).read();
}

}  // namespace evener

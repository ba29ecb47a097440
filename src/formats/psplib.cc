// Sections with headings: how many resources there are, who comes before whom, what each job asks
// for, and how much there is. The first job and the last are dummies that take no time.
#include <fmt/format.h>

#include "formats/instance_lines.h"
#include "formats/schedule_instance.h"

namespace evener {
namespace {

class PsplibReading {
 public:
  PsplibReading(std::string_view text, const std::string& file) : lines_(text, file) {}

  Result<ScheduleInstance> read() {
    constexpr std::int64_t most_resources = 64;  // as a pool has
    jobs_ = TRY(read_count("jobs (incl.", tasks_per_instance));
    resources_ = TRY(read_count("- renewable", most_resources));
    if (TRY(read_count("- nonrenewable", most_resources)) > 0) {
      return lines_.expected("renewable resources alone", "nonrenewable ones");
    }
    if (jobs_ < 3) return lines_.expected("3 jobs at least", "fewer");
    for (std::int64_t job = 2; job < jobs_; ++job) {
      instance_.plan.tasks.push_back({.id = id_of(job)});
      instance_.plan.workers.push_back({.name = fmt::format("w{}", job - 1)});
    }
    TRY(read_needs());
    TRY(read_requests());
    TRY(read_capacities());
    return std::move(instance_);
  }

 private:
  static std::string id_of(std::int64_t job) { return fmt::format("j{}", job); }

  bool is_dummy(std::int64_t job) const { return job == 1 || job == jobs_; }

  TaskSpec& task(std::int64_t job) {
    return instance_.plan.tasks[static_cast<std::size_t>(job - 2)];
  }

  // "heading  :  12": the number behind the colon.
  Result<std::int64_t> read_count(std::string_view heading, std::int64_t most) {
    TRY(lines_.find(heading));
    const auto& words = lines_.words();
    std::size_t at = 0;
    while (at < words.size() && !words[at].ends_with(':')) ++at;
    return lines_.whole(at + 1, fmt::format("'{} : number', the number", heading), 0, most);
  }

  Status read_needs() {
    TRY(lines_.find("PRECEDENCE RELATIONS"));
    TRY(lines_.need("the heading of the successors"));
    for (std::int64_t job = 1; job <= jobs_; ++job) {
      TRY(lines_.need(fmt::format("the successors of job {}", job)));
      TRY(lines_.whole(0, "the job's number", job, job));
      TRY(lines_.whole(1, "one mode: the number of modes", 1, 1));
      const std::int64_t count = TRY(lines_.whole(2, "the number of successors", 0, jobs_));
      for (std::int64_t i = 0; i < count; ++i) {
        const auto word = static_cast<std::size_t>(3 + i);
        const std::int64_t next = TRY(lines_.whole(word, "a successor", 2, jobs_));
        if (!is_dummy(job) && !is_dummy(next))
          task(next).needs.push_back({id_of(job), Until::done});
      }
    }
    return Done{};
  }

  Status read_requests() {
    constexpr std::int64_t most_units = 1'000'000;
    TRY(lines_.find("REQUESTS/DURATIONS"));
    TRY(lines_.find("jobnr"));
    TRY(lines_.need("a rule below the heading"));
    for (std::int64_t job = 1; job <= jobs_; ++job) {
      TRY(lines_.need(fmt::format("what job {} asks for", job)));
      TRY(lines_.whole(0, "the job's number", job, job));
      TRY(lines_.whole(1, "the only mode", 1, 1));
      const std::int64_t longest = is_dummy(job) ? 0 : longest_in_instance;
      const Millis takes = TRY(lines_.whole(2, "the duration", 0, longest));
      if (!is_dummy(job)) task(job).estimate_ms = takes * instance_unit_ms;
      for (std::int64_t r = 1; r <= resources_; ++r) {
        const auto word = static_cast<std::size_t>(2 + r);
        const std::int64_t units = TRY(lines_.whole(word, "units of a resource", 0, most_units));
        if (units > 0 && !is_dummy(job)) task(job).locks.push_back(fmt::format("R{}*{}", r, units));
      }
    }
    return Done{};
  }

  Status read_capacities() {
    constexpr std::int64_t most_units = 1'000'000;
    TRY(lines_.find("RESOURCEAVAILABILITIES"));
    TRY(lines_.need("the names of the resources"));
    TRY(lines_.need("how much there is of each"));
    PoolSettings settings = instance_settings();
    for (std::int64_t r = 1; r <= resources_; ++r) {
      const auto word = static_cast<std::size_t>(r - 1);
      const std::int64_t units = TRY(lines_.whole(word, "how much there is", 1, most_units));
      settings.resources.push_back(fmt::format("R{}={}", r, units));
    }
    instance_.plan.settings = std::move(settings);
    return Done{};
  }

  InstanceLines lines_;
  ScheduleInstance instance_;
  std::int64_t jobs_ = 0;
  std::int64_t resources_ = 0;
};

}  // namespace

Result<ScheduleInstance> read_psplib(std::string_view text, const std::string& file) {
  return PsplibReading(text, file).read();
}

}  // namespace evener

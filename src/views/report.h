// What the work came to: how long it took, how much of it ran side by side, what was lost, and how
// near it came to the best schedule that anybody could have made of it. Built from all facts of a
// pool, in order. Durations are in milliseconds, shares in thousandths.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "views/described.h"
#include "views/estimates.h"
#include "views/history.h"
#include "views/marks.h"
#include "views/measures.h"
#include "views/schedule.h"

namespace evener {

struct WorkerShare {
  std::string worker = {};
  std::int64_t attempts = 0;
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t lapsed = 0;
  std::int64_t released = 0;
  Millis busy_ms = 0;
  std::int64_t share_permille = 0;

  bool operator==(const WorkerShare&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("worker", &WorkerShare::worker, "Its name", always),
        field("attempts", &WorkerShare::attempts, "Claims", always),
        field("done", &WorkerShare::done, "Attempts that succeeded", always),
        field("failed", &WorkerShare::failed, "Attempts that failed", always),
        field("lapsed", &WorkerShare::lapsed, "Attempts whose lease lapsed", always),
        field("released", &WorkerShare::released, "Attempts given back", always),
        field("busy_ms", &WorkerShare::busy_ms, "In which it held a task at least", always),
        field("share_permille", &WorkerShare::share_permille, "Of the time taken", always),
    };
  }
};

struct TimelineRow {
  std::string task = {};
  std::string worker = {};
  Fence fence = {};
  std::int64_t attempt = 0;
  Instant started = 0;
  Instant ended = 0;
  AttemptOutcome outcome = AttemptOutcome::running;

  bool operator==(const TimelineRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("task", &TimelineRow::task, "Its id", always),
        field("worker", &TimelineRow::worker, "Who tried", always),
        field("fence", &TimelineRow::fence, "The claim's fence", always),
        field("attempt", &TimelineRow::attempt, "Which try, from 1", always),
        field("started", &TimelineRow::started, "When it was claimed, log time", always),
        field("ended", &TimelineRow::ended, "When it was over; now if it runs", always),
        field("outcome", &TimelineRow::outcome, "What became of it", always),
    };
  }
};

// What lies between two marks; chapter 0 is what came before the first.
struct ChapterRow {
  std::int64_t chapter = 0;
  std::string text = {};
  std::string by = {};
  Instant started = 0;
  Instant ended = 0;
  std::int64_t attempts = 0;
  std::int64_t done = 0;
  std::int64_t failed = 0;

  bool operator==(const ChapterRow&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("chapter", &ChapterRow::chapter, "Its number", always),
        field("text", &ChapterRow::text, "What began there", shown),
        field("by", &ChapterRow::by, "Who marked it", shown),
        field("started", &ChapterRow::started, "The mark, or the first fact, log time", always),
        field("ended", &ChapterRow::ended, "The next mark, or the last fact", always),
        field(
            "attempts", &ChapterRow::attempts, "Claims in it, and what ran when it began", always
        ),
        field("done", &ChapterRow::done, "Attempts that succeeded in it", always),
        field("failed", &ChapterRow::failed, "Attempts that failed or lapsed in it", always),
    };
  }
};

struct Report {
  std::string pool = {};
  PoolCard card = {};
  Instant started = 0;
  Instant ended = 0;
  Millis wall_ms = 0;
  std::int64_t tasks = 0;
  std::int64_t tasks_done = 0;
  std::int64_t tasks_failed = 0;
  std::int64_t tasks_cancelled = 0;
  std::int64_t attempts = 0;
  std::int64_t running = 0;
  std::int64_t retries = 0;
  std::int64_t lapses = 0;
  std::int64_t salvage = 0;
  std::int64_t closed_by_imports = 0;
  Millis time_taken_ms = 0;
  Millis sequential_ms = 0;
  std::int64_t speed_up_permille = 0;
  std::int64_t overlap_permille = 0;
  std::int64_t independent_permille = 0;
  Millis lost_ms = 0;
  Millis best_schedule_ms = 0;
  bool best_is_optimal = false;
  Millis lower_bound_ms = 0;
  Millis overhead_ms = 0;
  std::int64_t overhead_permille = 0;
  std::vector<WorkerShare> workers = {};
  std::vector<TimelineRow> timeline = {};
  std::optional<std::int64_t> chapter = {};
  std::vector<ChapterRow> chapters = {};
  std::vector<MeasureRow> measures = {};
  std::vector<KindDurations> durations = {};

  bool operator==(const Report&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("pool", &Report::pool, "The pool's id", always),
        field("card", &Report::card, "What it is for"),
        field("started", &Report::started, "The first fact, log time", always),
        field("ended", &Report::ended, "The last fact; now if an attempt runs", always),
        field("wall_ms", &Report::wall_ms, "Between these", always),
        field("tasks", &Report::tasks, "All", always),
        field("tasks_done", &Report::tasks_done, "Done", always),
        field("tasks_failed", &Report::tasks_failed, "Attempts used up", always),
        field("tasks_cancelled", &Report::tasks_cancelled, "Not wanted any more", always),
        field("attempts", &Report::attempts, "Claims", always),
        field("running", &Report::running, "Of these, not over yet", always),
        field("retries", &Report::retries, "Claims after a failure or a lapse", always),
        field("lapses", &Report::lapses, "Leases that lapsed", always),
        field("salvage", &Report::salvage, "Results that came too late", always),
        field(
            "closed_by_imports",
            &Report::closed_by_imports,
            "Tasks that were over before they were imported: no attempts of anybody's",
            shown
        ),
        field("time_taken_ms", &Report::time_taken_ms, "From first claim to last outcome", always),
        field(
            "sequential_ms",
            &Report::sequential_ms,
            "What one worker would have needed: the sum of the successful attempts",
            always
        ),
        field("speed_up_permille", &Report::speed_up_permille, "Sequential by time taken", always),
        field(
            "overlap_permille",
            &Report::overlap_permille,
            "Of the time in which anybody was busy, with more than one busy",
            always
        ),
        field(
            "independent_permille",
            &Report::independent_permille,
            "Of the tasks without subtasks, that need no other",
            always
        ),
        field("lost_ms", &Report::lost_ms, "Time of attempts that lapsed or failed", always),
        field(
            "best_schedule_ms",
            &Report::best_schedule_ms,
            "Shortest found for the same durations, needs and workers",
            always
        ),
        field("best_is_optimal", &Report::best_is_optimal, "There is no shorter one", always),
        field("lower_bound_ms", &Report::lower_bound_ms, "No schedule is shorter", always),
        field("overhead_ms", &Report::overhead_ms, "Time taken beyond the best schedule", always),
        field("overhead_permille", &Report::overhead_permille, "Of the time taken", always),
        field("workers", &Report::workers, "Who took part, by name", always),
        field("timeline", &Report::timeline, "Every attempt, by its start", always),
        field("chapter", &Report::chapter, "The one chapter that all this is of, if it is", shown),
        field("chapters", &Report::chapters, "All, or that one; none without a mark", shown),
        field("measures", &Report::measures, "As they stood at the end", shown),
        field("durations", &Report::durations, "Of the commonest kinds; not of a chapter", shown),
    };
  }
};

// Of a chapter, a report tells what was tried and came of it between its two marks: an attempt that
// ran across a mark counts in both chapters, in each with the time that it ran there, and a task
// that was over before the chapter in none.
//
// What an import closes is claimed and ended at once, however long it took where it was done: that
// says nothing of the work in the pool, so such attempts are counted by themselves.
class ReportBuilder {
 public:
  explicit ReportBuilder(std::optional<std::int64_t> chapter = {}) : chapter_(chapter) {}

  // All facts of a pool, in order, as long as it is not over.
  void add(const Fact& fact);

  // The chapter has ended, and no later fact changes its report.
  bool is_over() const { return is_over_; }

  // `now`, in log time, ends what still runs.
  Report report(Instant now) const;

 private:
  enum class Ending : std::uint8_t { open, done, failed, cancelled };
  static constexpr std::uint32_t none = UINT32_MAX;

  struct TaskLog {
    std::uint32_t parent = none;
    std::vector<std::uint32_t> needs = {};
    std::vector<std::string> capabilities = {};
    std::string only_for = {};  // the assignee, if nobody else may ever take it
    Instant added = 0;
    Ending ending = Ending::open;
    std::uint32_t attempt = none;  // newest, in attempts_
    bool was_over = false;         // before the chapter began
  };

  struct AttemptLog {
    TimelineRow row = {};
    std::size_t chapters = 0;  // that there were when it began or, once it is over, ended
    Millis lease_ms = 0;
    Instant expires = 0;  // by the facts alone
    bool is_retry = false;
    bool is_import = false;  // it only closed what was over elsewhere
    bool is_told = true;     // false: it was over before the chapter began
  };

  void apply(const PoolCreated& fact);
  void apply(const PoolConfigured& fact);
  void apply(const ServerOpened& fact);
  void apply(const ServerClosed& fact);
  void apply(const LeasesNoted& fact);
  void apply(const LeasesExtended& fact);
  void apply(const TaskAdded& fact);
  void apply(const TaskEdited& fact);
  void apply(const TaskCancelled& fact);
  void apply(const TaskReopened& fact);
  void apply(const WorkerRegistered& fact);
  void apply(const MachineSet& fact);
  void apply(const TaskClaimed& fact);
  void apply(const LeaseRenewed& fact);
  void apply(const AttemptRevived& fact);
  void apply(const AttemptFinished& fact);
  void apply(const AttemptFailed& fact);
  void apply(const AttemptReleased& fact);
  void apply(const AttemptLapsed& fact);
  void apply(const SalvageKept& fact);

  // Every other fact says nothing that a report tells.
  template <typename Body>
  void apply(const Body&) {}

  void turn_page(const Fact& fact, const Marked& mark);
  void begin_chapter();
  void tell_chapters(Report& report) const;

  std::uint32_t index_of(const std::string& task) const;

  TaskLog& log_of(const std::string& task) { return tasks_[index_of(task)]; }

  void describe(const TaskSpec& spec);
  AttemptLog& newest_attempt(const std::string& task);
  Instant end_of_lease(const AttemptLog& attempt, Instant now) const;
  void end_attempt(const std::string& task, AttemptOutcome outcome);
  void close_by_import(const std::string& task, AttemptOutcome outcome);
  void tell_attempts(Report& report, Instant now) const;
  void count_tasks(Report& report) const;
  void measure_time(Report& report) const;
  void share_out(Report& report) const;
  void compare_with_best(Report& report) const;
  bool needs_another(const TaskLog& task) const;

  // The work that was done, as a problem that best_schedule() solves. report_schedule.cc.
  ScheduleProblem schedule_problem(const Report& report) const;
  void append_before(
      const std::vector<std::uint32_t>& gates, const TaskLog& task, std::vector<std::uint32_t>& out
  ) const;
  std::vector<bool> who_may(const TaskLog& task, const std::vector<WorkerShare>& workers) const;

  std::string pool_;
  PoolCard card_;
  Instant first_ = 0;
  Instant last_ = 0;
  std::optional<Instant> served_since_;  // while a server keeps deadlines
  std::int64_t salvage_ = 0;
  std::int64_t lapses_ = 0;
  std::int64_t closed_by_imports_ = 0;
  std::int64_t running_ = 0;
  std::unordered_map<std::string, std::uint32_t> index_;
  std::set<std::string, std::less<>> locks_;  // tasks that only hold locks: no work
  std::vector<TaskLog> tasks_;
  std::map<std::string, WorkerSpec> workers_;
  std::map<std::string, Machine> machines_;
  std::vector<AttemptLog> attempts_;
  std::optional<std::int64_t> chapter_;
  std::vector<ChapterRow> chapters_{1};
  bool is_over_ = false;
  Instant began_ = 0;  // the chapter; 0: with the log
  Measures measures_;
};

// For people, in a terminal `width` columns wide: the figures, the workers, and a timeline drawn
// with a row for each of the busiest workers.
std::string report_text(const Report& report, int width);

// The same for a file or a pull request.
std::string report_markdown(const Report& report);

}  // namespace evener

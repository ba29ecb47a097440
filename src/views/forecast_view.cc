#include "views/forecast_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>

#include "views/forecast_draws.h"
#include "views/liveness.h"

namespace evener {
namespace {

constexpr std::int64_t usual_task_plays = 100'000;
constexpr std::int64_t fewest_runs = 20;
constexpr std::int64_t usual_runs = 400;
constexpr std::int64_t most_workers_asked = 1000;
constexpr std::size_t most_rows_told = 5;
constexpr std::size_t most_left_out_told = 10;

// "8", "+2" or "-1".
struct WorkerChange {
  char sign = ' ';
  std::int64_t count = 0;
};

Result<WorkerChange> worker_change(const std::string& text) {
  WorkerChange change;
  std::string_view number = text;
  if (number.starts_with('+') || number.starts_with('-')) {
    change.sign = number.front();
    number.remove_prefix(1);
  }
  const char* const end = number.data() + number.size();
  const auto [rest, problem] = std::from_chars(number.data(), end, change.count);
  const bool is_number = problem == std::errc{} && rest == end && number.front() != '-';
  if (is_number && change.count >= 1 && change.count <= most_workers_asked) return change;
  return Error{
      "bad_value",
      fmt::format(
          "found '{}'; expected a number from 1 to {}, or +N or -N", text, most_workers_asked
      ),
      "workers"
  };
}

// ---- plays -------------------------------------------------------------------------------------

struct PlayedCase {
  std::string label = {};
  const PlayStart* start = nullptr;
  std::vector<Play> plays = {};
};

PlayedCase played(
    std::string label, const PlayStart& start, std::uint64_t seed, std::int64_t runs
) {
  PlayedCase out{.label = std::move(label), .start = &start};
  for (std::int64_t run = 0; run < runs; ++run) {
    const ForecastDraws draws(start, seed, run);
    out.plays.push_back(play_on(start, [&](std::uint32_t task, std::uint32_t worker) {
      return draws.left(task, worker);
    }));
  }
  return out;
}

// The value that a share of them is below, between two of them where it falls there.
Millis quantile_of(const std::vector<Millis>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  const double part = at - static_cast<double>(low);
  const auto gap = static_cast<double>(sorted[high] - sorted[low]);
  return sorted[low] + std::llround(part * gap);
}

Millis busy_of_takers(const PlayStart& start, const Play& play) {
  Millis busy = 0;
  for (std::size_t i = 0; i < start.workers.size(); ++i) {
    if (start.workers[i].takes_work) busy += play.busy_of[i];
  }
  return busy;
}

ForecastCase case_row(const PlayedCase& played, const PlayedCase* base) {
  const std::vector<Play>& plays = played.plays;
  ForecastCase row{
      .workers = played.label,
      .slots = played.start->slots(),
      .runs = static_cast<std::int64_t>(plays.size())
  };
  std::vector<Millis> finishes;
  double idle = 0;
  double whole = 0;
  double sooner = 0;
  double more_done = 0;
  for (std::size_t run = 0; run < plays.size(); ++run) {
    const Play& play = plays[run];
    finishes.push_back(play.finish);
    const double slots_time = static_cast<double>(row.slots) * static_cast<double>(play.finish);
    whole += slots_time;
    idle += slots_time - static_cast<double>(busy_of_takers(*played.start, play));
    if (base == nullptr) continue;
    sooner += static_cast<double>(base->plays[run].finish - play.finish);
    more_done += static_cast<double>(std::ssize(base->plays[run].never) - std::ssize(play.never));
  }
  std::ranges::sort(finishes);
  const auto runs = static_cast<double>(plays.size());
  row.p10_ms = quantile_of(finishes, 0.1);
  row.p50_ms = quantile_of(finishes, 0.5);
  row.p90_ms = quantile_of(finishes, 0.9);
  row.idle_ms = std::llround(idle / runs);
  row.idle_permille = whole == 0 ? 0 : std::llround(1000 * idle / whole);
  if (base != nullptr) row.sooner_ms = std::llround(sooner / runs);
  row.more_done = std::llround(more_done / runs);
  return row;
}

// Who was busy least comes first; of equals, who came last.
std::vector<std::size_t> takers_by_use(const PlayedCase& played) {
  const PlayStart& start = *played.start;
  std::vector<Millis> busy(start.workers.size());
  for (const Play& play : played.plays) {
    for (std::size_t i = 0; i < busy.size(); ++i) busy[i] += play.busy_of[i];
  }
  std::vector<std::size_t> takers;
  for (std::size_t i = start.workers.size(); i-- > 0;) {
    if (start.workers[i].takes_work) takers.push_back(i);
  }
  std::ranges::stable_sort(takers, {}, [&](std::size_t i) { return busy[i]; });
  return takers;
}

// ---- what holds the end up ---------------------------------------------------------------------

struct OnPath {
  std::int64_t times = 0;
  Millis took = 0;
};

class PathCount {
 public:
  explicit PathCount(const PlayedCase& played) : start_(*played.start) {
    for (const Play& play : played.plays) count(play);
    runs_ = static_cast<std::int64_t>(played.plays.size());
  }

  void tell(ForecastView& view) const {
    for (const auto& [task, on_path] : tasks_) {
      view.path.push_back(
          {start_.tasks[task].id, on_path.times * 1000 / runs_, on_path.took / on_path.times}
      );
    }
    const auto weight = [](const ForecastPathTask& row) {
      return row.often_permille * row.took_ms;
    };
    std::ranges::stable_sort(view.path, std::greater<>{}, weight);
    for (const auto& [key, waited] : waits_) {
      const auto& [what, capabilities, assignee] = key;
      view.waits.push_back({what, capabilities, assignee, waited / runs_});
    }
    std::ranges::stable_sort(view.waits, std::greater<>{}, &ForecastWait::mean_ms);
    view.bottleneck = worst(view);
    if (view.path.size() > most_rows_told) view.path.resize(most_rows_told);
    if (view.waits.size() > most_rows_told) view.waits.resize(most_rows_told);
  }

 private:
  using WaitKey = std::tuple<std::string, std::vector<std::string>, std::string>;

  void count(const Play& play) {
    finish_ += play.finish;
    Millis before = 0;
    for (std::size_t i = 0; i < play.last_path.size(); ++i) {
      const PlayStep& step = play.last_path[i];
      OnPath& on_path = tasks_[step.task];
      ++on_path.times;
      on_path.took += step.ended - step.began;
      // What was waited for before the path began is no part of it.
      const Millis waited = std::min(step.waited, step.began - before);
      before = step.began;
      if (step.waited_for == WaitedFor::nothing || waited <= 0) continue;
      const PlayTask& task = start_.tasks[step.task];
      WaitKey key{"lock", {}, ""};
      if (step.waited_for == WaitedFor::worker) key = {"worker", task.wants, ""};
      if (step.waited_for == WaitedFor::assignee) key = {"worker", task.wants, task.assignee};
      waits_[std::move(key)] += waited;
    }
  }

  // Waiting is the greater cause where it takes more of the way to the end than any task does.
  std::optional<ForecastBottleneck> worst(const ForecastView& view) const {
    if (finish_ == 0 || view.path.empty()) return std::nullopt;
    const Millis finish = std::max<Millis>(1, finish_ / runs_);
    const ForecastPathTask& task = view.path.front();
    const Millis of_task = task.took_ms * task.often_permille / 1000;
    if (!view.waits.empty() && view.waits.front().mean_ms >= of_task) {
      const ForecastWait& wait = view.waits.front();
      std::string name = wait.assignee;
      if (name.empty()) name = fmt::format("{}", fmt::join(wait.capabilities, ", "));
      return ForecastBottleneck{wait.what, std::move(name), wait.mean_ms * 1000 / finish};
    }
    return ForecastBottleneck{"task", task.task, of_task * 1000 / finish};
  }

  const PlayStart& start_;
  std::int64_t runs_ = 1;
  Millis finish_ = 0;
  std::map<std::uint32_t, OnPath> tasks_;
  std::map<WaitKey, Millis> waits_;
};

// ---- the whole ---------------------------------------------------------------------------------

void tell_left_out(const PlayedCase& played, ForecastView& view) {
  const Play& play = played.plays.front();
  view.left_out = static_cast<std::int64_t>(play.never.size());
  for (const std::uint32_t task : play.never) {
    if (view.left_out_some.size() == most_left_out_told) return;
    view.left_out_some.push_back(played.start->tasks[task].id);
  }
}

void tell_course(const ForecastQuestion& question, ForecastView& view) {
  const PlayStart& start = question.start;
  const auto takes = [&](std::uint32_t task, std::uint32_t worker) {
    return expected_left(start, task, worker);
  };
  for (const PlayStep& step : play_course(start, takes)) {
    if (std::ssize(view.course) >= question.wish.course) return;
    view.course.push_back(
        {.worker = start.workers[step.worker].name,
         .task = start.tasks[step.task].id,
         .from_ms = step.began,
         .until_ms = step.ended}
    );
  }
}

std::string change_words(std::int64_t more) {
  const std::string number = std::abs(more) == 1 ? "one" : std::to_string(std::abs(more));
  return number + (more < 0 ? " fewer" : " more");
}

// The start with so many workers more than take work now, or fewer: those go that were busy least.
PlayStart changed_start(const PlayStart& start, std::int64_t more, const PlayedCase* base) {
  if (more >= 0 || base == nullptr) return with_workers(start, std::max<std::int64_t>(more, 0), {});
  std::vector<std::size_t> leaving = takers_by_use(*base);
  leaving.resize(std::min(leaving.size(), static_cast<std::size_t>(-more)));
  return with_workers(start, 0, leaving);
}

void play_cases(const ForecastQuestion& question, ForecastView& view) {
  const PlayStart& start = question.start;
  const auto seed = static_cast<std::uint64_t>(question.wish.seed);
  const std::int64_t chosen = question.wish.runs;
  const std::int64_t tasks = std::max<std::int64_t>(1, question.open);
  const std::int64_t runs =
      chosen > 0 ? chosen : std::clamp(usual_task_plays / tasks, fewest_runs, usual_runs);
  const std::int64_t takers = std::ranges::count(start.workers, true, &PlayWorker::takes_work);
  std::optional<PlayedCase> base;
  if (takers > 0) base = played("as it stands", start, seed, runs);
  std::vector<std::pair<std::string, std::int64_t>> changes;
  if (question.wish.workers.empty()) {
    if (takers > 0) changes.emplace_back("one more", 1);
    if (takers > 1) changes.emplace_back("one fewer", -1);
  } else {
    const WorkerChange asked = worker_change(question.wish.workers).value();
    const std::int64_t more = asked.sign == '+'   ? asked.count
                              : asked.sign == '-' ? -std::min(asked.count, takers)
                                                  : asked.count - takers;
    const std::string plural = asked.count == 1 ? "" : "s";
    changes.emplace_back(
        asked.sign == ' ' ? fmt::format("{} worker{}", asked.count, plural) : change_words(more),
        more
    );
  }
  if (base) view.cases.push_back(case_row(*base, nullptr));
  // A difference needs fewer plays than a range: both see the same durations.
  const std::int64_t fewer = std::max<std::int64_t>(runs * 2 / 5, std::min(runs, fewest_runs));
  for (const auto& [label, more] : changes) {
    const PlayStart changed = changed_start(start, more, base ? &*base : nullptr);
    if (changed.slots() == 0) continue;
    const bool is_asked = !question.wish.workers.empty();
    const PlayedCase other = played(label, changed, seed, is_asked ? runs : fewer);
    view.cases.push_back(case_row(other, base ? &*base : nullptr));
    if (!base) {
      PathCount(other).tell(view);
      tell_left_out(other, view);
    }
  }
  if (!base) return;
  PathCount(*base).tell(view);
  tell_left_out(*base, view);
}

}  // namespace

Result<ForecastQuestion> forecast_question(
    const Pool& pool, const ForecastWish& wish, Instant now
) {
  if (!wish.workers.empty()) TRY(worker_change(wish.workers));
  ForecastQuestion question{.wish = wish, .finished = pool.state().durations.all().count};
  for (const TaskState state :
       {TaskState::waiting, TaskState::ready, TaskState::running, TaskState::held}) {
    question.open += static_cast<std::int64_t>(pool.count(state));
  }
  question.is_played = wish.runs > 0 || question.open <= most_tasks_played;
  if (wish.runs * question.open > most_task_plays) {
    return Error{
        "bad_value",
        fmt::format(
            "found {} plays of {} open tasks; expected at most {} plays",
            wish.runs,
            question.open,
            most_task_plays / question.open
        ),
        "runs"
    };
  }
  if (!question.is_played) {
    question.simple = forecast_of(pool, now);
    return question;
  }
  question.start = TRY(play_start(pool, now, [&](WorkerIndex worker) {
    const bool is_there = liveness_of(pool, worker, now) != Liveness::lost;
    return pool.state().worker(worker).is_employed() && is_there;
  }));
  return question;
}

ForecastView forecast_view(const ForecastQuestion& question) {
  ForecastView view{
      .method = question.is_played ? ForecastMethod::played : ForecastMethod::simple,
      .open = question.open,
      .finished = question.finished,
      .seed = question.wish.seed
  };
  if (question.open == 0) return view;
  if (question.is_played) {
    play_cases(question, view);
    // Where nobody can do anything, no play took any time; that is not to say that all is done.
    const bool is_stuck = view.left_out == view.open && question.wish.workers.empty();
    if (is_stuck) view.cases.clear();
    if (question.wish.course > 0) tell_course(question, view);
  } else if (question.simple) {
    const Forecast& simple = *question.simple;
    view.left_out = simple.left_out;
    if (simple.open == 0) return view;
    view.cases.push_back(
        {.workers = "as it stands",
         .slots = simple.slots,
         .p10_ms = simple.p10_ms,
         .p50_ms = simple.p50_ms,
         .p90_ms = simple.p90_ms}
    );
  }
  return view;
}

}  // namespace evener

#include "views/query.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <iterator>

#include "base/percent.h"
#include "views/blockers.h"
#include "views/checks.h"
#include "views/estimates.h"
#include "views/graph.h"
#include "views/inbox.h"
#include "views/locks.h"
#include "views/machines.h"
#include "views/marks.h"
#include "views/measures.h"
#include "views/phases.h"
#include "views/report.h"
#include "views/schedules.h"
#include "views/status.h"
#include "views/why.h"
#include "views/workers.h"

namespace evener {
namespace {

constexpr std::string_view task_prefix = "tasks/";
constexpr std::int64_t most_points = 10'000;
constexpr std::int64_t most_attention = 10'000;

void add_parameter(std::string& out, std::string_view name, const Json& value) {
  std::string text;
  if (value.is_string()) {
    text = value.get_string();
  } else if (value.is_array()) {
    for (const Json& item : value.get_array()) {
      if (!text.empty()) text += ',';
      text += std::string_view(item.get_string());
    }
  } else {
    text = to_text(value);
  }
  if (text.empty()) return;
  out += out.find('?') == std::string::npos ? '?' : '&';
  out += name;
  out += '=';
  out += percent_encoded(text);
}

template <Described T>
void add_fields(std::string& out, const T& value) {
  const Result<Json> json = parse_json(to_json_text(value));
  CHECK(json.ok(), "a filter is not JSON");
  for (const auto& [name, member] : json->get_object()) add_parameter(out, name, member);
}

// Parameters are text; this is what each becomes before it is read as a field.
Json json_of(std::string_view name, const std::string& text) {
  if (name == "states" || name == "types" || name == "ids") {
    JsonArray items;
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t comma = std::min(text.find(',', from), text.size());
      items.emplace_back(std::string_view(text).substr(from, comma - from));
      from = comma + 1;
    }
    return items;
  }
  if ((name == "all" || name == "unassigned" || name == "unphased" || name == "descending" ||
       name == "sentences" || name == "newest") &&
      (text == "true" || text == "false")) {
    return text == "true";
  }
  const bool is_number = name == "limit" || name == "since" || name == "until" || name == "seq" ||
                         name == "before" || name == "attention" || name == "points" ||
                         name == "skip" || name == "attempts" || name == "runs" || name == "seed" ||
                         name == "course";
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (is_number && problem == std::errc{} && end == text.data() + text.size()) return number;
  return Json(text);
}

constexpr std::size_t most_log_bytes = 4U << 20U;  // of one page

Status read_first(const Query& query, const FactSource& facts, Seq end, LogView& view) {
  std::size_t bytes = 0;
  return facts(query.after.next(), end, [&](const Fact& fact) {
    if (!query.log.matches(fact)) return true;
    const bool is_full =
        (query.limit > 0 && std::ssize(view.facts) >= query.limit) || bytes > most_log_bytes;
    if (is_full) {
      view.next = Seq{fact.seq.value - 1};
      return false;
    }
    append_fact(view.facts.emplace_back().text, fact);
    bytes += view.facts.back().text.size();
    if (query.sentences) view.sentences.push_back(describe_fact(fact));
    return true;
  });
}

// The last facts are looked for from the end, in stretches that grow, so that few are read where
// most match. A page may end early, where very many do not: `next` says where to go on.
Status read_newest(const Query& query, const FactSource& facts, Seq end, LogView& view) {
  constexpr std::int64_t longest_stretch = 65'536;
  constexpr std::int64_t most_looked_at = 500'000;

  struct Found {
    Seq seq;
    std::string text;
    std::string sentence;
  };

  std::deque<Found> found;
  std::size_t bytes = 0;
  const std::size_t most = query.limit > 0 ? static_cast<std::size_t>(query.limit) : SIZE_MAX;
  const std::int64_t first = std::min(query.after.value, end.value) + 1;
  const std::int64_t behind = end.value + 1;
  std::int64_t told = behind;  // all that match from here on are found
  std::int64_t stretch = std::min(query.limit > 0 ? query.limit : longest_stretch, longest_stretch);
  while (told > first && found.size() < most && bytes < most_log_bytes &&
         behind - told < most_looked_at) {
    const std::int64_t from = std::max(first, told - stretch);
    std::deque<Found> here;
    bool is_cut = false;
    TRY(facts(Seq{from}, Seq{told - 1}, [&](const Fact& fact) {
      if (!query.log.matches(fact)) return true;
      Found& one = here.emplace_back(Found{.seq = fact.seq, .text = {}, .sentence = {}});
      append_fact(one.text, fact);
      if (query.sentences) one.sentence = describe_fact(fact);
      bytes += one.text.size();
      while (here.size() > 1 && (found.size() + here.size() > most || bytes > most_log_bytes)) {
        bytes -= here.front().text.size();
        here.pop_front();
        is_cut = true;
      }
      return true;
    }));
    told = is_cut ? here.front().seq.value : from;
    std::move(here.rbegin(), here.rend(), std::front_inserter(found));
    stretch = std::min(longest_stretch, stretch * 2);
  }
  if (told > first) view.next = Seq{told};
  for (Found& one : found) {
    view.facts.emplace_back().text = std::move(one.text);
    if (query.sentences) view.sentences.push_back(std::move(one.sentence));
  }
  return Done{};
}

Result<std::string> log_text(const Query& query, const FactSource& facts, Seq end) {
  LogView view{.facts = {}, .next = {}, .end = end, .sentences = {}};
  const Seq last = query.before.value > 0 ? std::min(end, Seq{query.before.value - 1}) : end;
  TRY((query.newest ? read_newest : read_first)(query, facts, last, view));
  return to_json_text(view);
}

std::string plan_text(const Query& query, const Pool& pool) {
  const State& state = pool.state();
  PlanView view{
      .pool = state.card,
      .settings = state.settings,
      .workers = {},
      .tasks = {},
      .phases = {},
      .gates = {},
      .next = {},
      .machines = {},
      .measures = {},
      .schedules = {}
  };
  std::uint32_t from = 0;
  if (query.filter.after.empty()) {
    for (const auto& [name, machine] : state.machines) view.machines.push_back(machine);
    for (const Worker& worker : state.workers) view.workers.push_back(worker.spec);
    for (const Gate& gate : state.gates) {
      if (gate.kind == Gate::Kind::phase) view.phases.push_back(gate.phase);
      if (gate.kind == Gate::Kind::gate) view.gates.push_back(gate.gate);
    }
    for (const auto& [key, measure] : state.records.measures) view.measures.push_back(measure);
    for (const auto& [id, schedule] : state.records.schedules) {
      view.schedules.push_back(schedule.spec);
    }
  } else if (const TaskIndex last = state.find_task(query.filter.after); last != no_task) {
    from = last.value + 1;
  }
  const auto all = static_cast<std::uint32_t>(state.tasks.size());
  for (std::uint32_t i = from; i < all; ++i) {
    if (query.filter.limit > 0 && std::ssize(view.tasks) >= query.filter.limit) {
      view.next = view.tasks.back().id;
      break;
    }
    view.tasks.push_back(spec_of(state, TaskIndex{i}));
  }
  return to_json_text(view);
}

// The chapter that is asked for; none for the whole.
Result<std::optional<std::int64_t>> chapter_of(const Query& query, const Pool& pool) {
  const std::int64_t newest = pool.state().records.chapters;
  if (query.chapter.empty()) return std::optional<std::int64_t>();
  if (query.chapter == "last") return std::optional(newest);
  std::int64_t chapter = 0;
  const char* const end = query.chapter.data() + query.chapter.size();
  const auto [rest, problem] = std::from_chars(query.chapter.data(), end, chapter);
  if (problem == std::errc{} && rest == end && chapter >= 0 && chapter <= newest) {
    return std::optional(chapter);
  }
  return Error{
      "unknown_chapter",
      fmt::format("there is no chapter '{}': they go from 0 to {}", query.chapter, newest)
  };
}

// A view that people read ages from, with the time until which they count: their own clock may be
// another.
template <typename View>
std::string at_time(Instant now, View view) {
  view.log_time = now;
  return to_json_text(view);
}

Error no_such_task(const std::string& id) {
  return {"unknown_task", fmt::format("there is no task '{}'", id)};
}

}  // namespace

std::string target_of(const Query& query) {
  std::string out(name_of(query.kind));
  switch (query.kind) {
    case QueryKind::task:
      out = std::string(task_prefix) + percent_encoded(query.task);
      break;
    case QueryKind::tasks:
      add_fields(out, query.filter);
      break;
    case QueryKind::why:
      add_parameter(out, "task", Json(query.task));
      add_parameter(out, "worker", Json(query.worker));
      break;
    case QueryKind::log:
      add_fields(out, query.log);
      add_parameter(out, "seq", Json(query.after.value));
      if (query.before.value > 0) add_parameter(out, "before", Json(query.before.value));
      if (query.newest) add_parameter(out, "newest", Json(true));
      if (query.sentences) add_parameter(out, "sentences", Json(true));
      add_parameter(out, "limit", Json(query.limit));
      break;
    case QueryKind::workers:
    case QueryKind::plan:
      if (query.kind == QueryKind::workers) {
        add_parameter(out, "worker", Json(query.filter.worker));
      }
      add_parameter(out, "after", Json(query.filter.after));
      add_parameter(out, "limit", Json(query.filter.limit));
      break;
    case QueryKind::locks:
      add_parameter(out, "who", Json(query.who));
      add_parameter(out, "limit", Json(query.filter.limit));
      break;
    case QueryKind::inbox:
      add_parameter(out, "worker", Json(query.worker));
      if (query.all) add_parameter(out, "all", Json(true));
      add_parameter(out, "limit", Json(query.filter.limit));
      break;
    case QueryKind::report:
      add_parameter(out, "chapter", Json(query.chapter));
      if (query.attempts >= 0) add_parameter(out, "attempts", Json(query.attempts));
      break;
    case QueryKind::measures:
      add_parameter(out, "name", Json(query.measure));
      add_parameter(out, "points", Json(query.points));
      break;
    case QueryKind::estimates:
      add_parameter(out, "kind", Json(query.filter.kind));
      add_parameter(out, "limit", Json(query.filter.limit));
      break;
    case QueryKind::marks:
      add_parameter(out, "limit", Json(query.limit));
      break;
    case QueryKind::graph:
      add_parameter(out, "task", Json(query.task));
      add_parameter(out, "limit", Json(query.filter.limit));
      break;
    case QueryKind::forecast:
      add_fields(out, query.forecast);
      break;
    case QueryKind::status:
      if (query.attention > 0) add_parameter(out, "attention", Json(query.attention));
      break;
    case QueryKind::phases:
    case QueryKind::blockers:
    case QueryKind::machines:
    case QueryKind::schedules:
    case QueryKind::checks:
      break;
  }
  add_parameter(out, "at", Json(query.at));
  return out;
}

Result<Query> query_of(std::string_view path, const QueryParameters& parameters) {
  Query query;
  if (path.starts_with(task_prefix) && path.size() > task_prefix.size()) {
    query.kind = QueryKind::task;
    query.task = path.substr(task_prefix.size());
  } else if (const auto kind = enum_of<QueryKind>(path); kind && *kind != QueryKind::task) {
    query.kind = *kind;
  } else {
    return Error{"unknown_view", fmt::format("there is no view '{}'", path.substr(0, 64))};
  }
  JsonObject rest;
  const Path where{nullptr, "parameters", -1};
  for (const auto& [name, text] : parameters) {
    const Json value = json_of(name, text);
    const Path at{&where, name, -1};
    if (name == "at") {
      query.at = text;
    } else if (query.kind == QueryKind::why && (name == "task" || name == "worker")) {
      TRY(read_text(value, name == "task" ? query.task : query.worker, id_bounds, at));
    } else if (query.kind == QueryKind::graph && name == "task") {
      TRY(read_text(value, query.task, id_bounds, at));
    } else if (query.kind == QueryKind::locks && name == "who") {
      constexpr Bounds of_path{.max_bytes = 4096, .form = TextForm::text};
      TRY(read_text(value, query.who, of_path, at));
    } else if (query.kind == QueryKind::inbox && name == "worker") {
      TRY(read_text(value, query.worker, id_bounds, at));
    } else if (query.kind == QueryKind::inbox && name == "all") {
      TRY(read_value(value, query.all, Bounds{}, at));
    } else if (query.kind == QueryKind::estimates && name == "kind") {
      TRY(read_text(value, query.filter.kind, {.max_bytes = limits::id_bytes}, at));
    } else if ((query.kind == QueryKind::locks || query.kind == QueryKind::inbox ||
                query.kind == QueryKind::estimates || query.kind == QueryKind::graph) &&
               name == "limit") {
      TRY(read_value(value, query.filter.limit, Bounds{}, at));
    } else if (query.kind == QueryKind::log && name == "seq") {
      TRY(read_value(value, query.after, Bounds{}, at));
    } else if (query.kind == QueryKind::log && name == "before") {
      TRY(read_value(value, query.before, Bounds{}, at));
    } else if (query.kind == QueryKind::log && name == "newest") {
      TRY(read_value(value, query.newest, Bounds{}, at));
    } else if (query.kind == QueryKind::status && name == "attention") {
      TRY(read_value(value, query.attention, {.max = most_attention}, at));
    } else if (query.kind == QueryKind::report && name == "chapter") {
      TRY(read_text(value, query.chapter, id_bounds, at));
    } else if (query.kind == QueryKind::log && name == "sentences") {
      TRY(read_value(value, query.sentences, Bounds{}, at));
    } else if (query.kind == QueryKind::report && name == "attempts") {
      TRY(read_value(value, query.attempts, Bounds{}, at));
    } else if (query.kind == QueryKind::measures && name == "name") {
      TRY(read_text(value, query.measure, {.max_bytes = limits::id_bytes}, at));
    } else if (query.kind == QueryKind::measures && name == "points") {
      TRY(read_value(value, query.points, {.max = most_points}, at));
    } else if ((query.kind == QueryKind::log || query.kind == QueryKind::marks) &&
               name == "limit") {
      TRY(read_value(value, query.limit, Bounds{}, at));
    } else {
      rest[name] = value;
    }
  }
  switch (query.kind) {
    case QueryKind::tasks:
    case QueryKind::workers:
    case QueryKind::plan:
      TRY(read_object(rest, query.filter, where));
      if (query.filter.is_window() && !query.filter.after.empty()) {
        return Error{"bad_value", "a sorted list is paged by `skip`, not by `after`", "after"};
      }
      break;
    case QueryKind::log:
      TRY(read_object(rest, query.log, where));
      break;
    case QueryKind::forecast:
      TRY(read_object(rest, query.forecast, where));
      break;
    default:
      if (!rest.empty()) return unknown_field(rest.begin()->key(), {"at"}, where);
  }
  return query;
}

bool needs_history(const Query& query) {
  return !query.at.empty() || query.kind == QueryKind::task || query.kind == QueryKind::report ||
         query.kind == QueryKind::log || query.kind == QueryKind::marks ||
         (query.kind == QueryKind::measures && query.points > 0);
}

std::vector<KindDurations> reported_durations(const Query& query, const Pool& pool) {
  constexpr std::int64_t most_kinds_told = 10;
  if (!query.chapter.empty()) return {};
  return estimates_view(pool, "", most_kinds_told).kinds;
}

Result<std::string> report_answer(
    const Query& query,
    const Pool& pool,
    const FactSource& facts,
    Instant now,
    std::vector<KindDurations> durations
) {
  const std::optional<std::int64_t> chapter = TRY(chapter_of(query, pool));
  ReportBuilder builder(chapter);
  TRY(facts(Seq{1}, pool.state().last, [&](const Fact& fact) {
    builder.add(fact);
    return !builder.is_over();
  }));
  Report report = builder.report(now);
  const std::size_t all = report.timeline.size();
  const std::size_t most = query.attempts < 0 ? all : static_cast<std::size_t>(query.attempts);
  if (most < all) {
    const auto kept = report.timeline.begin() + static_cast<std::ptrdiff_t>(all - most);
    report.timeline.erase(report.timeline.begin(), kept);
  }
  report.durations = std::move(durations);
  return to_json_text(report);
}

Result<std::string> answer_query(
    const Query& query, const Pool& pool, const FactSource& facts, Instant now
) {
  const State& state = pool.state();
  const TaskIndex task = query.task.empty() ? no_task : state.find_task(query.task);
  if (!query.task.empty() && task == no_task) return no_such_task(query.task);
  switch (query.kind) {
    case QueryKind::status: {
      StatusLimits limits;
      if (query.attention > 0) limits.attention = static_cast<std::size_t>(query.attention);
      return to_json_text(status_view(pool, now, limits));
    }
    case QueryKind::tasks:
      return at_time(now, list_view(pool, query.filter));
    case QueryKind::task:
      if (task == no_task) return Error{"missing_field", "which task? its id is empty"};
      return at_time(now, TRY(task_view(pool, task, facts, now)));
    case QueryKind::workers:
      if (!query.filter.worker.empty()) {
        return to_json_text(worker_alone(pool, query.filter.worker, now));
      }
      return to_json_text(workers_view(pool, now, query.filter.after, query.filter.limit));
    case QueryKind::why:
      if (task != no_task) return to_json_text(why_task(pool, task, query.worker, now));
      if (!query.worker.empty()) return to_json_text(why_worker(pool, query.worker, now));
      return Error{"missing_field", "why asks about a task or a worker"};
    case QueryKind::report:
      return report_answer(query, pool, facts, now, reported_durations(query, pool));
    case QueryKind::locks:
      return at_time(now, locks_view(pool, query.who, query.filter.limit, now));
    case QueryKind::plan:
      return plan_text(query, pool);
    case QueryKind::phases:
      return to_json_text(phases_view(pool));
    case QueryKind::blockers:
      return to_json_text(blockers_view(pool, now));
    case QueryKind::machines:
      return to_json_text(machines_view(pool, now));
    case QueryKind::inbox: {
      if (query.worker.empty()) return Error{"missing_field", "an inbox is that of a worker"};
      const WorkerIndex worker = state.find_worker(query.worker);
      if (worker == no_worker) {
        return Error{"unknown_worker", fmt::format("there is no worker '{}'", query.worker)};
      }
      return at_time(now, inbox_view(pool, worker, query.all, query.filter.limit));
    }
    case QueryKind::measures:
      return at_time(now, TRY(measures_view(state, query.measure, query.points, facts)));
    case QueryKind::marks:
      return to_json_text(TRY(marks_view(state, query.limit, facts)));
    case QueryKind::schedules:
      return at_time(now, schedules_view(pool));
    case QueryKind::graph:
      return to_json_text(graph_view(pool, task, query.filter.limit));
    case QueryKind::estimates:
      return to_json_text(estimates_view(pool, query.filter.kind, query.filter.limit));
    case QueryKind::forecast:
      return to_json_text(forecast_view(TRY(forecast_question(pool, query.forecast, now))));
    case QueryKind::checks:
      return to_json_text(TRY(checks_view(pool)));
    case QueryKind::log:
      break;
  }
  return log_text(query, facts, state.last);
}

}  // namespace evener

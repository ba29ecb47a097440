#include "server/questions.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace evener {
namespace {

constexpr std::int64_t most_rows = 10'000;
constexpr std::size_t facts_per_reading = 200;  // of one task; as many as its view shows
constexpr int most_readings = 200;

std::int64_t bounded(std::int64_t limit) {
  return limit == 0 ? most_rows : std::min(limit, most_rows);
}

Error overloaded() {
  return {"overloaded", "too much waits to be read from the disk; ask again"};
}

Result<View> stamped(Result<std::string> text, Seq seq) {
  if (!text.ok()) return text.error();
  return View{.text = std::move(*text), .seq = seq};
}

}  // namespace

void Questions::ask(Query query, Answered answered) {
  query.filter.limit = bounded(query.filter.limit);
  query.limit = bounded(query.limit);
  if (query.kind == QueryKind::forecast && query.at.empty()) {
    return ask_forecast(query, std::move(answered));
  }
  if (query.kind == QueryKind::checks) return ask_history(query, std::move(answered));
  if (!needs_history(query)) return ask_pool(std::move(query), std::move(answered));
  if (!query.at.empty() || query.kind != QueryKind::task) {
    return ask_history(query, std::move(answered));
  }
  ask_task(std::make_shared<TaskQuestion>(std::move(query), std::move(answered)));
}

void Questions::ask_shared(Query query, Seq least, Answered answered) {
  using Steady = KeptViews::Steady;
  const std::string name = target_of(query);
  const Steady::time_point begun = Steady::now();
  if (const View* const kept = kept_.find(name, least, begun)) return answered(*kept);
  const auto again = [this, query, least, answered] { ask_shared(query, least, answered); };
  if (kept_.join(name, least, answered, again)) return;
  kept_.begin(name, service_.engine().durable());
  ask(std::move(query), [this, name, begun, answered](Result<View> view) {
    const Steady::time_point now = Steady::now();
    // Beside the loop it weighs half: whoever claims does not wait for that thread.
    if (view.ok() && view->cost == Steady::duration::zero()) view->cost = (now - begun) / 2;
    kept_.finish(name, view, now);
    answered(std::move(view));
  });
}

void Questions::ask_pool(Query query, Answered answered) {
  auto result = std::make_shared<std::optional<Result<View>>>();
  const auto read = [&](const Pool& pool, Instant now) {
    const FactSource none = [](Seq, Seq, const FactVisitor&) -> Status { return Done{}; };
    const auto begun = KeptViews::Steady::now();
    *result = stamped(answer_query(query, pool, none, now), pool.state().last);
    if ((*result)->ok()) (**result)->cost = KeptViews::Steady::now() - begun;
    return std::string();
  };
  service_.read(read, [result, answered = std::move(answered)](const Result<std::string>& ready) {
    answered(ready.ok() ? std::move(**result) : ready.error());
  });
}

// The pool is copied on the loop, and played beside it.
void Questions::ask_forecast(const Query& query, Answered answered) {
  auto question = std::make_shared<std::optional<Result<ForecastQuestion>>>();
  auto copied = std::make_shared<Seq>();
  const auto read = [&](const Pool& pool, Instant now) {
    *question = forecast_question(pool, query.forecast, now);
    *copied = pool.state().last;
    return std::string();
  };
  service_.read(read, [this, question, copied, answered](const Result<std::string>& ready) {
    if (!ready.ok()) return answered(ready.error());
    if (!(*question)->ok()) return answered((*question)->error());
    const auto stamp = [answered, seq = *copied](Result<std::string> text) {
      answered(stamped(std::move(text), seq));
    };
    if (!archive_.play(std::move(***question), stamp)) answered(overloaded());
  });
}

// What the pool keeps of measures and chapters, and what it has learned of durations, is read on
// the loop, and waits until it is durable.
void Questions::ask_history(const Query& query, Answered answered) {
  auto kept = std::make_shared<Kept>();
  const bool wants_records = query.kind == QueryKind::marks || query.kind == QueryKind::measures ||
                             query.kind == QueryKind::report;
  const auto read = [&](const Pool& pool, Instant) {
    if (wants_records) kept->records = pool.state().records;
    if (query.kind == QueryKind::report && query.at.empty()) {
      kept->durations = reported_durations(query, pool);
    }
    return std::string();
  };
  const auto ask =
      [this, kept, query, answered = std::move(answered)](const Result<std::string>& ready) {
        if (!ready.ok()) return answered(ready.error());
        const Engine& engine = service_.engine();
        const auto stamp = [answered, seq = engine.durable()](Result<std::string> text) {
          answered(stamped(std::move(text), seq));
        };
        const bool taken =
            archive_.ask(query, std::move(*kept), engine.durable(), engine.now(), stamp);
        if (!taken) answered(overloaded());
      };
  service_.read(read, ask);
}

// ---- a task with its history -------------------------------------------------------------------

// The view is made on the loop, from the pool as it is; the facts of its history are read beside
// the loop before. Should the task get new facts meanwhile, those are read too.
struct Questions::TaskQuestion {
  TaskQuestion(Query asked, Answered whom) : query(std::move(asked)), answered(std::move(whom)) {}

  Query query;
  Answered answered;
  std::map<Seq, Fact> known = {};
  Seq missing = {};  // the fact that the last try wanted and did not have
  std::optional<Result<View>> result = {};
  int readings = 0;
};

void Questions::ask_task(const std::shared_ptr<TaskQuestion>& question) {
  const auto read = [&](const Pool& pool, Instant now) {
    question->missing = Seq{};
    const FactSource facts = [&](Seq from, Seq, const FactVisitor& visit) -> Status {
      const auto found = question->known.find(from);
      if (found != question->known.end()) {
        visit(found->second);
        return Done{};
      }
      question->missing = from;
      return Error{"not_read", "the fact was not read yet"};
    };
    question->result = stamped(answer_query(question->query, pool, facts, now), pool.state().last);
    return std::string();
  };
  service_.read(read, [this, question](const Result<std::string>& ready) {
    if (!ready.ok()) return question->answered(ready.error());
    if (question->missing == Seq{}) return question->answered(std::move(*question->result));
    read_for(question);
  });
}

void Questions::read_for(const std::shared_ptr<TaskQuestion>& question) {
  if (++question->readings > most_readings) return question->answered(overloaded());
  const Seq known = question->known.empty() ? Seq{} : question->known.rbegin()->first;
  // Behind what is known lies nothing new: a fact that is missing there has to be read by itself.
  const Seq until = known < question->missing ? known : Seq{};
  const bool taken = archive_.read_chain(
      question->missing,
      until,
      facts_per_reading,
      [this, question](Result<std::vector<Fact>> facts) {
        if (!facts.ok()) return question->answered(facts.error());
        for (Fact& fact : *facts) question->known.emplace(fact.seq, std::move(fact));
        ask_task(question);
      }
  );
  if (!taken) question->answered(overloaded());
}

}  // namespace evener

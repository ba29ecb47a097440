#include "views/recent.h"

#include <algorithm>

#include "views/log.h"

namespace evener {
namespace {

template <typename Body, typename... Bodies>
constexpr bool is_one_of = (std::is_same_v<Body, Bodies> || ...);

// What goes between workers; what describes tasks or keeps leases alive does not.
bool is_coordination(const FactBody& body) {
  return std::visit(
      []<typename Body>(const Body&) {
        return is_one_of<
            Body,
            TaskHeld,
            TaskResumed,
            TaskCancelled,
            TaskReopened,
            WorkerRegistered,
            WorkerDrained,
            TaskClaimed,
            AttemptRevived,
            AttemptFinished,
            AttemptFailed,
            AttemptReleased,
            AttemptLapsed,
            SalvageKept,
            Marked>;
      },
      body
  );
}

}  // namespace

Status RecentFacts::follow(const FactSource& facts, Seq end) {
  if (end <= end_) return Done{};
  const Seq oldest{std::max<std::int64_t>(1, end.value - window + 1)};
  TRY(facts(std::max(end_.next(), oldest), end, [&](const Fact& fact) {
    add(fact);
    return true;
  }));
  end_ = end;
  while (!entries_.empty() && entries_.front().seq < oldest) entries_.pop_front();
  return Done{};
}

void RecentFacts::add(const Fact& fact) {
  const bool is_note = std::holds_alternative<NoteAdded>(fact.body);
  if (!is_note && !is_coordination(fact.body)) return;
  entries_.push_back(
      {.seq = fact.seq,
       .at = fact.at,
       .kind = is_note ? RecentEntry::Kind::note : RecentEntry::Kind::coordination,
       .task = std::string(task_of(fact.body)),
       .worker = std::string(worker_of(fact.body)),
       .text = describe_fact(fact)}
  );
}

}  // namespace evener

#include "history/linearizability.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_set>

#include "history/task_rules.h"

namespace evener::history {
namespace {

// Calls and answers in the order in which they happened, as a list from which operations are
// lifted and into which they are put back.
class Timeline {  // Invariant: next and previous agree; both ends are index 0.
 public:
  explicit Timeline(const std::vector<Operation>& operations) {
    std::vector<Event> events;
    for (std::size_t i = 0; i < operations.size(); ++i) {
      events.push_back({operations[i].called, true, i});
      events.push_back({operations[i].returned, false, i});
    }
    // At the same microsecond a call comes first: then the two overlap.
    std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
      return std::tuple{a.at, !a.is_call, a.operation} < std::tuple{b.at, !b.is_call, b.operation};
    });
    call_.resize(operations.size());
    answer_.resize(operations.size());
    nodes_.resize(events.size() + 1);
    for (std::size_t i = 0; i < events.size(); ++i) {
      nodes_[i + 1] = {i, (i + 2) % nodes_.size(), events[i].operation, events[i].is_call};
      (events[i].is_call ? call_ : answer_)[events[i].operation] = i + 1;
    }
    nodes_[0] = {events.size(), events.empty() ? 0U : 1U, 0, false};
  }

  struct Node {
    std::size_t previous = 0;
    std::size_t next = 0;
    std::size_t operation = 0;
    bool is_call = false;
  };

  std::size_t first() const { return nodes_[0].next; }

  const Node& node(std::size_t index) const { return nodes_[index]; }

  std::size_t call_of(std::size_t operation) const { return call_[operation]; }

  void lift(std::size_t operation) {
    for (const std::size_t index : {call_[operation], answer_[operation]}) {
      nodes_[nodes_[index].previous].next = nodes_[index].next;
      nodes_[nodes_[index].next].previous = nodes_[index].previous;
    }
  }

  void put_back(std::size_t operation) {
    for (const std::size_t index : {answer_[operation], call_[operation]}) {
      nodes_[nodes_[index].previous].next = index;
      nodes_[nodes_[index].next].previous = index;
    }
  }

 private:
  struct Event {
    Micros at;
    bool is_call;
    std::size_t operation;
  };

  std::vector<Node> nodes_;
  std::vector<std::size_t> call_;
  std::vector<std::size_t> answer_;
};

bool is_answered(const Operation& operation) {
  return operation.ending != Ending::silence;
}

enum class Finding { explained, broken, undecided };

// The search over the operations of one task.
class Search {
 public:
  Search(const std::vector<Operation>& operations, std::int64_t most_states)
      : operations_(operations),
        timeline_(operations),
        done_(operations.size(), '0'),
        most_states_(most_states) {
    for (const Operation& operation : operations) answers_left_ += is_answered(operation) ? 1 : 0;
  }

  Finding run() {
    std::size_t at = timeline_.first();
    for (;;) {
      // What is left then ended in silence, and may never happen.
      if (answers_left_ == 0) return Finding::explained;
      if (states_ > most_states_) return Finding::undecided;
      const Timeline::Node& node = timeline_.node(at);
      if (node.is_call && try_next(node.operation)) {
        at = timeline_.first();
      } else if (node.is_call) {
        at = node.next;
      } else {
        // Nobody's turn before this answer: the last choice was wrong.
        if (chosen_.empty()) return Finding::broken;
        at = take_back();
      }
    }
  }

  std::int64_t states() const { return states_; }

  // The answer that no order reached: the earliest of the longest one found.
  std::size_t furthest() const { return furthest_; }

 private:
  struct Choice {
    std::size_t operation;
    TaskNow before;
  };

  bool try_next(std::size_t operation) {
    std::optional<TaskNow> next = after(now_, operations_[operation]);
    if (!next) return false;
    // What changes nothing may as well never happen.
    if (!is_answered(operations_[operation]) && *next == now_) return false;
    done_[operation] = '1';
    const std::string key = fmt::format(
        "{}{}/{}/{}/{}/{}",
        done_,
        int(next->life),
        next->fence,
        next->holder,
        next->lease_ms,
        next->safe_until
    );
    if (!seen_.insert(key).second) {
      done_[operation] = '0';
      return false;
    }
    ++states_;
    chosen_.push_back({operation, std::move(now_)});
    now_ = std::move(*next);
    timeline_.lift(operation);
    if (is_answered(operations_[operation])) --answers_left_;
    if (chosen_.size() > longest_) {
      longest_ = chosen_.size();
      note_furthest();
    }
    return true;
  }

  std::size_t take_back() {
    Choice last = std::move(chosen_.back());
    chosen_.pop_back();
    timeline_.put_back(last.operation);
    if (is_answered(operations_[last.operation])) ++answers_left_;
    done_[last.operation] = '0';
    now_ = std::move(last.before);
    return timeline_.node(timeline_.call_of(last.operation)).next;
  }

  void note_furthest() {
    for (std::size_t at = timeline_.first(); at != 0; at = timeline_.node(at).next) {
      if (timeline_.node(at).is_call) continue;
      furthest_ = timeline_.node(at).operation;
      return;
    }
  }

  const std::vector<Operation>& operations_;
  Timeline timeline_;
  TaskNow now_;
  std::vector<Choice> chosen_;
  std::string done_;  // which operations stand in the order so far
  std::unordered_set<std::string> seen_;
  std::int64_t answers_left_ = 0;
  std::int64_t states_ = 0;
  std::int64_t most_states_;
  std::size_t longest_ = 0;
  std::size_t furthest_ = 0;
};

bool is_granted(const Operation& operation) {
  return operation.kind == Kind::claim && operation.ending == Ending::done;
}

// Fences rise: a claim that was called after another had been answered got the larger one, whatever
// their tasks.
std::optional<Verdict> judge_fences(const History& history) {
  std::vector<const Operation*> by_call;
  for (const Operation& operation : history) {
    if (is_granted(operation)) by_call.push_back(&operation);
  }
  std::vector<const Operation*> by_answer = by_call;
  std::sort(by_call.begin(), by_call.end(), [](const Operation* a, const Operation* b) {
    return a->called < b->called;
  });
  std::sort(by_answer.begin(), by_answer.end(), [](const Operation* a, const Operation* b) {
    return a->returned < b->returned;
  });
  std::map<std::int64_t, const Operation*> granted;
  const Operation* largest = nullptr;
  std::size_t answered = 0;
  for (const Operation* claim : by_call) {
    for (; answered < by_answer.size() && by_answer[answered]->returned < claim->called;
         ++answered) {
      if (largest == nullptr || by_answer[answered]->fence > largest->fence) {
        largest = by_answer[answered];
      }
    }
    if (largest != nullptr && largest->fence >= claim->fence) {
      return Verdict{
          .is_explained = false,
          .broken = fmt::format("fence {} came after {}", claim->fence, largest->fence),
          .part = {*largest, *claim}
      };
    }
    const auto [other, is_new] = granted.emplace(claim->fence, claim);
    if (is_new) continue;
    return Verdict{
        .is_explained = false,
        .broken = fmt::format("fence {} was granted twice", claim->fence),
        .part = {*other->second, *claim}
    };
  }
  return std::nullopt;
}

std::map<std::string, std::vector<Operation>> parts_of(const History& history) {
  std::map<std::string, std::vector<Operation>> parts;
  for (const Operation& operation : history) {
    if (is_answered(operation) || operation.kind != Kind::read)
      parts[operation.task].push_back(operation);
  }
  for (auto& [task, operations] : parts) {
    std::stable_sort(
        operations.begin(),
        operations.end(),
        [](const Operation& a, const Operation& b) { return a.called < b.called; }
    );
  }
  return parts;
}

}  // namespace

Verdict judge(const History& history, std::int64_t most_states) {
  if (auto broken = judge_fences(history)) return std::move(*broken);
  Verdict verdict;
  for (auto& [task, operations] : parts_of(history)) {
    Search search(operations, most_states);
    const Finding finding = search.run();
    verdict.states += search.states();
    if (finding == Finding::explained) continue;
    verdict.is_explained = false;
    verdict.broken = finding == Finding::undecided
                         ? fmt::format("{}: undecided after {} states", task, most_states)
                         : fmt::format(
                               "{}: no order explains the answers up to: {}",
                               task,
                               describe(operations[search.furthest()])
                           );
    verdict.part = operations;
    return verdict;
  }
  return verdict;
}

}  // namespace evener::history

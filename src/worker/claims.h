// Which task a slot runs next: it asks the pool for the best one, waits while there is none, and
// knows when nothing is left. Tasks that this worker has just given back are passed over: while
// there are any, the pool's list is read and other tasks are claimed by name.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "worker/grant.h"
#include "worker/pool_line.h"

namespace evener {

// A claim that was sent, and the time of the boot clock when it was sent first.
struct SentClaim {
  Request request;
  Millis sent_at = 0;
};

class Claims {  // Invariant: whoever gets a Grant from here holds a turn of the shift.
 public:
  Claims(Shift& shift, PoolLine& line) : shift_(shift), line_(line) {}

  // The next task; nothing when this slot is to end. Waits for as long as it takes.
  std::optional<Grant> next();

  // A claim to be sent together with a report; nothing if the next task is better sought by next().
  // It holds a turn until take() or drop().
  std::optional<SentClaim> companion();
  std::optional<Grant> take(const SentClaim& claim, const Answer& answer);
  void drop();

  // Whether nothing goes on in the pool by itself but what is kept from being finished, such as the
  // tasks that this worker holds.
  Result<bool> is_all_else_idle();

 private:
  // Over the listed tasks, each claimed by name.
  struct Walk {
    std::int64_t tried = 0;
    std::string why = "what is ready was given back by this worker, which leaves it to others";
    std::optional<Grant> granted;
  };

  struct Page {  // of the list
    std::vector<std::string> suitable;
    std::vector<std::string> for_others;  // most likely
    std::string next;                     // where the following page begins; empty: there is none
  };

  bool awaits_lighter_load();
  SentClaim new_claim(std::string task, Millis wait_ms);
  Result<std::optional<Grant>> claim_best();
  Result<std::optional<Grant>> claim_listed();
  Result<bool> walks(Walk& walk, const std::vector<std::string>& tasks);
  Result<Page> ready_page(const std::string& after);
  bool is_open_to_us(const TaskRow& row) const;
  bool suits(const TaskRow& row) const;
  Result<std::optional<Grant>> read(const SentClaim& claim, const Answer& answer);
  bool goes_on_after(const Error& error);
  void wait_for_change(Millis since);
  Result<bool> is_idle();
  Result<bool> nothing_is_left();
  Result<bool> some_are_tried_again();
  Result<bool> some_may_be_finished();
  Result<bool> has_task(TaskState state, const std::function<bool(const TaskRow&)>& wanted);
  Millis wait_ms() const;

  Shift& shift_;
  PoolLine& line_;
  std::optional<SentClaim> unanswered_;  // its grant may exist already: it is sent again as it was
  bool heard_nothing_ = false;           // next() was told that there is nothing, and asks again
  // How long the next claim of a runner that ends when all is done waits: the end is seen late by
  // no more than the time that was waited for it, and by at most a poll.
  Millis idle_wait_ms_ = 0;
  bool draining_ = false;
  Millis error_pause_ = 0;
};

}  // namespace evener

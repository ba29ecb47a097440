// Tells the pool how an attempt ended, under one request id until it is heard: a server that
// restarts, or an answer that gets lost, neither loses a result nor counts it twice. What cannot be
// told in time is kept in a file.
//
// What the pool answers to a finished attempt:
//   stale_fence, not_holder, attempt_over, unknown_task: the lease is another's or over; it is
//   lost,
//     unless the command has finished, failed or released its task itself
//   evidence_missing, verify_failed, criteria_open, children_open: the work is not done; it failed
//   blocked: the work is done, and people must clear the way; the task is held until they have
//   anything else (a scope, a clock that is days ahead): to run it again would not help; it is kept
#pragma once

#include <optional>

#include "worker/attempt_run.h"
#include "worker/claims.h"

namespace evener {

class Delivery {
 public:
  Delivery(Shift& shift, PoolLine& line, Claims& claims)
      : shift_(shift), line_(line), claims_(claims) {}

  // Tells the verdict with its evidence, whose outputs are uploaded before, and claims the next
  // task in the same call where that is possible.
  std::optional<Grant> tell(const Grant& grant, AttemptTrace trace);

  // Gives back a task that was not begun; claims no other.
  void give_back(const Grant& grant, const std::string& reason);

  // The pool says, for this reason, that the attempt is over: tells people what became of it.
  void ended_without_us(const Grant& grant, std::string_view why);

  // The outputs of an attempt of which nothing is told.
  void clear_away(AttemptTrace& trace);

 private:
  struct Heard {
    std::optional<Answer> answer;  // nothing: the report was not heard
    std::optional<Grant> next;
  };

  std::optional<Answer> hold(const Grant& grant, const Request& report, Answer answer);
  bool gives_up_holding();
  void keep_lease(const Grant& grant, const std::string& why);
  void hand_back(const Grant& grant, const std::string& holder);
  void settle(const Grant& grant, const Request& report, const Answer& answer, Millis took);
  Evidence uploaded(CommandTrace& trace);
  void put_away(CommandTrace& trace, bool keep);
  Heard say_until_heard(const Grant& grant, const Request& report, std::optional<SentClaim> claim);
  Request request_of(Command command);
  void conclude(const Grant& grant, const Command& said, const Answer& answer, Millis took);
  void refused(const Grant& grant, const Request& said, const Refusal& refusal);
  void keep_in_file(const Grant& grant, const Request& report, const std::string& why);
  Millis give_up_at(Millis begun, Millis lease_ms);

  Shift& shift_;
  PoolLine& line_;
  Claims& claims_;
};

}  // namespace evener

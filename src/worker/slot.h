// One slot of a worker: a thread that claims a task, runs it, tells what came of it, and so on.
#pragma once

#include <memory>
#include <optional>

#include "worker/delivery.h"

namespace evener {

class Slot {
 public:
  Slot(
      Shift& shift,
      ProcessRunner& processes,
      Heartbeat& heartbeat,
      std::unique_ptr<Client> client,
      std::shared_ptr<SignalFd> interrupt
  );

  // Returns when this slot has nothing left to do, or after stop().
  void work();

  // Called by another thread, after Shift::stop(): ends a running command, interrupts a claim.
  void stop(Stop how);

 private:
  std::optional<Grant> carry_out(const Grant& grant);
  AttemptSetting setting_for(const Grant& grant);
  std::optional<Grant> pass_over(const Grant& grant, const std::string& reason);
  Result<std::vector<Secret>> secrets_for(const Grant& grant);

  Shift& shift_;
  ProcessRunner& processes_;
  Heartbeat& heartbeat_;
  std::shared_ptr<SignalFd> interrupt_;
  std::shared_ptr<Mailbox> mailbox_;
  PoolLine line_;
  Claims claims_;
  Delivery delivery_;
};

}  // namespace evener

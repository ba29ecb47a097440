// The worker's heartbeat: one thread with one connection renews the leases of all its slots. Slots
// never wait for it, so that a pool out of reach cannot keep one from ending its command in time.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "client/client.h"
#include "worker/load_meter.h"
#include "worker/signal_fd.h"

namespace evener {

// True if a refusal with this code ends the attempt: its lease is another's or over. After any
// other the lease may still be ours, and it is tried again until its deadline.
bool means_lost(std::string_view code);

// What came of one renewal.
struct RenewalAnswer {
  enum class Kind { renewed, refused, unreachable };
  Fence fence = {};
  Kind kind = Kind::unreachable;
  std::string reason = {};  // for people, unless renewed
  bool is_over = false;     // refused since the attempt has ended, and no other has begun
};

// Whether a worker is to stop: when its commands have had time to end by themselves, or at once.
enum class Stop : std::uint8_t { no, soon, at_once };

// Where a slot is told things, by other threads, while it runs a command.
class Mailbox {
 public:
  // Readable while there is something that take() or stopping() would tell anew.
  int fd() const { return news_.fd(); }

  void put(RenewalAnswer answer);
  void stop(Stop how);

  // Everything since the last call.
  std::vector<RenewalAnswer> take();

  Stop stopping() const;

 private:
  mutable std::mutex mutex_;
  std::vector<RenewalAnswer> answers_;
  Stop stopping_ = Stop::no;
  SignalFd news_;
};

// Told how many messages the worker has not read, and how many of these are urgent.
using UnreadTold = std::function<void(std::int64_t unread, std::int64_t urgent)>;

class Heartbeat {
 public:
  // `interrupt` interrupts the client's calls. `told` is called by the heartbeat's own thread, for
  // each lease that was renewed; `load` by the same, for what it tells with each.
  Heartbeat(
      std::unique_ptr<Client> client,
      std::shared_ptr<SignalFd> interrupt,
      UnreadTold told = {},
      LoadOfMachine load = {}
  );
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;
  ~Heartbeat();

  // Sends it as soon as what was sent before is answered, together with what gathers meanwhile.
  // Exactly one answer is put into the mailbox, unless the heartbeat ends before.
  void send(Renew renewal, std::shared_ptr<Mailbox> mailbox);

 private:
  struct Letter {
    Renew renewal;
    std::shared_ptr<Mailbox> mailbox;
  };

  void run();
  void deliver(std::vector<Letter> letters);
  void tell_unread(const Answer& answer) const;

  std::unique_ptr<Client> client_;
  std::shared_ptr<SignalFd> interrupt_;
  UnreadTold told_;
  LoadOfMachine load_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Letter> waiting_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace evener

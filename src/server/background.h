// A thread beside the loop, for what must not hold the loop up: appends, reads of history, blobs,
// snapshots. Work runs there in order; what it yields is carried back to the loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "server/attention.h"

namespace evener {

// Lets the calling thread run only where others leave room: where processors are few, requests go
// before what nobody waits for.
void run_below_others();

class Background {  // Invariant: one piece of work runs at a time, in the order given.
 public:
  // What its thread does without work. One that looks again takes up the next piece at once where
  // they come thick; see Attention.
  enum class Idle { sleeps, looks_again };

  // Both run once, or never: work that waits when the thread ends is dropped, and so is what is
  // carried back to a loop that has ended.
  using OnLoop = std::function<void()>;
  using Work = std::function<OnLoop()>;

  // The loop outlives this.
  Background(boost::asio::io_context& loop, std::size_t most_waiting, Idle idle = Idle::sleeps);

  // Waits for the work in hand.
  ~Background();

  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  Background(Background&&) = delete;
  Background& operator=(Background&&) = delete;

  // False, without taking the work, if as much as is allowed waits already.
  bool start(Work work);

 private:
  void run();
  void wait_for_work(std::unique_lock<std::mutex>& lock);

  boost::asio::io_context& loop_;
  const std::size_t most_waiting_;
  const Idle idle_;
  Attention attention_;  // the thread's own
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> waiting_;
  bool is_ending_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace evener

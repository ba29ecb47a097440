#include "server/background.h"

#include <sys/resource.h>

#include <boost/asio/post.hpp>
#include <utility>

namespace evener {
namespace {

constexpr int niceness = 10;

}  // namespace

void run_below_others() {
  ::setpriority(PRIO_PROCESS, 0, niceness);  // of this thread alone, on Linux
}

Background::Background(boost::asio::io_context& loop, std::size_t most_waiting, Idle idle)
    : loop_(loop), most_waiting_(most_waiting), idle_(idle), thread_([this] { run(); }) {}

Background::~Background() {
  {
    std::deque<Work> dropped;  // let go of outside the lock: it may hold anything
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    dropped.swap(waiting_);
  }
  changed_.notify_one();
  thread_.join();
}

bool Background::start(Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= most_waiting_) return false;
    waiting_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void Background::wait_for_work(std::unique_lock<std::mutex>& lock) {
  const auto has_come = [&] { return is_ending_ || !waiting_.empty(); };
  if (idle_ == Idle::sleeps) return changed_.wait(lock, has_come);
  lock.unlock();
  const bool found = attention_.finds([&] {
    const std::lock_guard looking(mutex_);
    return has_come();
  });
  lock.lock();
  if (found) return;
  changed_.wait(lock, has_come);
  attention_.has_slept();
}

void Background::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wait_for_work(lock);
    if (is_ending_) return;
    Work work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    // What the work holds (a reply, say) belongs to the loop's thread and is dropped there.
    boost::asio::post(loop_, [on_loop = work(), done = std::move(work)] {
      if (on_loop) on_loop();
    });
    lock.lock();
  }
}

}  // namespace evener

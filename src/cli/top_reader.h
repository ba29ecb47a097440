// Reads what `evener top` shows, beside the thread that draws: at once when something happened, and
// else every so often. While nobody answers, what was read before stands, and says so.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "base/file.h"
#include "cli/session.h"
#include "views/top.h"

namespace evener {

class TopReader {
 public:
  // Two clients of its own: one reads, one is told what happens.
  static Result<std::unique_ptr<TopReader>> start(const Session& session, Millis every_ms);

  TopReader(const TopReader&) = delete;
  TopReader& operator=(const TopReader&) = delete;
  ~TopReader();

  // Becomes readable when there is something new for take().
  int descriptor() const { return news_.number(); }

  // What was read last; and from now on other tasks.
  TopContent take();
  void list(const TaskFilter& filter);

 private:
  TopReader(int news, int stop, Millis every_ms) : news_(news), stop_(stop), every_ms_(every_ms) {}

  Status begin(const Session& session);
  void read_on();
  void follow_on();
  Result<TopContent> read(const TaskFilter& filter);

  FileDescriptor news_;
  FileDescriptor stop_;  // readable: the clients give up what they wait for
  Millis every_ms_;
  std::unique_ptr<Client> reading_;
  std::unique_ptr<Client> following_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  bool is_stale_ = false;  // something happened since it was read
  TaskFilter filter_;
  TopContent content_;
  std::thread reader_;
  std::thread follower_;
};

}  // namespace evener

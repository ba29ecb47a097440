// What a server does for its journal while nobody asks: it checks the whole chain once, at the
// start, and saves snapshots, so that the next start is quick. Beside the loop, from openings of
// its own; the pool in memory is never touched.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <functional>

#include "engine/pool_folder.h"
#include "engine/recovery.h"
#include "server/background.h"

namespace evener {

// Called from the loop.
struct UpkeepReports {
  std::function<void(Result<Seq> checked)> on_checked;      // up to where the chain is whole
  std::function<void(Result<Seq> saved)> on_snapshot_done;  // up to where it goes
};

class Upkeep {
 public:
  // `snapshot` is what the newest snapshot holds; 0 if there is none. The loop outlives this.
  Upkeep(
      boost::asio::io_context& loop, const PoolFolder& folder, Seq snapshot, UpkeepReports reports
  );

  // Gives up the check if it still runs; waits for a snapshot that is being saved.
  ~Upkeep();

  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;
  Upkeep(Upkeep&&) = delete;
  Upkeep& operator=(Upkeep&&) = delete;

  void check_journal();

  // Saves a snapshot if so many facts have come since the last one that it is worth its work.
  void consider_snapshot(Seq durable, std::size_t tasks);

  Seq snapshot() const { return snapshot_; }

 private:
  PoolFolder folder_;
  UpkeepReports reports_;
  Seq snapshot_;
  Seq tried_;  // where the journal ended when the last snapshot was begun
  bool is_saving_ = false;
  std::atomic<bool> is_ending_ = false;
  Background thread_;
};

}  // namespace evener

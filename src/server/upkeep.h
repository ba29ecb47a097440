// What a server does for its journal while nobody asks: it checks the whole chain once, at the
// start, from an opening of its own, and saves snapshots, so that the next start is quick: a copy
// of the process writes the pool as it stood.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "engine/pool_file.h"
#include "server/background.h"
#include "server/frozen_copy.h"

namespace evener {

// Called from the loop.
struct UpkeepReports {
  std::function<void(Result<Seq> checked)> on_checked;      // up to where the chain is whole
  std::function<void(Result<Seq> saved)> on_snapshot_done;  // up to where it goes
};

struct UpkeepOptions {
  Seq snapshot = {};  // what the newest snapshot holds; 0 if there is none
  std::int64_t facts_between_snapshots = 200'000;  // at least
};

class Upkeep {
 public:
  // The loop outlives this.
  Upkeep(
      boost::asio::io_context& loop,
      const PoolFolder& folder,
      const UpkeepOptions& options,
      UpkeepReports reports
  );

  ~Upkeep();

  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;
  Upkeep(Upkeep&&) = delete;
  Upkeep& operator=(Upkeep&&) = delete;

  void check_journal();

  // Saves a snapshot if so many facts have come since the last one that it is worth its work. All
  // that the engine decided is durable.
  void consider_snapshot(PoolFile& file);

  // Gives up the check if it still runs, and waits for a snapshot that is being saved: two must not
  // be saved at a time. Nothing is done any more after this.
  void finish();

  // What the newest snapshot holds.
  Seq snapshot() const { return snapshot_; }

 private:
  void saved(const Status& status);

  boost::asio::io_context& loop_;
  PoolFolder folder_;
  UpkeepReports reports_;
  std::int64_t facts_between_snapshots_;
  Seq snapshot_;
  Seq tried_;                           // where the journal ended when the last was begun
  std::unique_ptr<FrozenCopy> saving_;  // nullptr: none is being saved
  std::atomic<bool> is_ending_ = false;
  std::optional<Background> thread_;  // until finish()
};

}  // namespace evener

#include "server/upkeep.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "engine/journals.h"
#include "engine/pool_file.h"

namespace evener {
namespace {

constexpr int niceness = 10;
// A snapshot's cost grows with the tasks, so it waits for half as many facts, if those are more.
constexpr std::int64_t tasks_per_fact = 2;

Result<std::unique_ptr<SqliteJournal>> open_beside_writer(const PoolFolder& folder) {
  SqliteJournalOptions options;
  options.read_only = true;
  return SqliteJournal::open(folder.journal(), options);
}

// How far the chain was checked.
Result<Seq> check_chain(const PoolFolder& folder, const std::atomic<bool>& gives_up) {
  const auto journal = TRY(open_beside_writer(folder));
  Seq checked;
  TRY(journal->read(Seq{1}, journal->end().last, [&](const StoredBatch& batch) {
    checked = batch.last;
    return !gives_up;
  }));
  return checked;
}

Result<Seq> save_from(const PoolFolder& folder) {
  const auto journal = TRY(open_beside_writer(folder));
  SnapshotStore snapshots(folder.snapshots());
  TRY(save_snapshot(*journal, snapshots));
  return journal->end().last;
}

}  // namespace

Upkeep::Upkeep(
    boost::asio::io_context& loop,
    const PoolFolder& folder,
    const UpkeepOptions& options,
    UpkeepReports reports
)
    : folder_(folder),
      reports_(std::move(reports)),
      facts_between_snapshots_(options.facts_between_snapshots),
      snapshot_(options.snapshot.value),
      thread_(std::in_place, loop, 3) {
  // Where processors are few, requests go before what nobody waits for.
  thread_->start([]() -> Background::OnLoop {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
    return {};
  });
}

Upkeep::~Upkeep() {
  finish();
}

void Upkeep::finish() {
  is_ending_ = true;
  thread_.reset();
}

void Upkeep::check_journal() {
  thread_->start([this]() -> Background::OnLoop {
    return [this, checked = check_chain(folder_, is_ending_)] { reports_.on_checked(checked); };
  });
}

void Upkeep::consider_snapshot(Seq durable, std::size_t tasks) {
  const std::int64_t worth_it =
      std::max(facts_between_snapshots_, static_cast<std::int64_t>(tasks) / tasks_per_fact);
  if (is_saving_ || durable.value - std::max(snapshot(), tried_).value <= worth_it) return;
  tried_ = durable;
  is_saving_ = thread_->start([this]() -> Background::OnLoop {
    const Result<Seq> saved = save_from(folder_);
    if (saved.ok()) snapshot_ = saved->value;
    return [this, saved] {
      is_saving_ = false;
      reports_.on_snapshot_done(saved);
    };
  });
}

}  // namespace evener

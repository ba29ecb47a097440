#include "server/upkeep.h"

#include <algorithm>
#include <utility>

#include "engine/journals.h"

namespace evener {
namespace {

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

}  // namespace

Upkeep::Upkeep(
    boost::asio::io_context& loop,
    const PoolFolder& folder,
    const UpkeepOptions& options,
    UpkeepReports reports
)
    : loop_(loop),
      folder_(folder),
      reports_(std::move(reports)),
      facts_between_snapshots_(options.facts_between_snapshots),
      snapshot_(options.snapshot),
      thread_(std::in_place, loop, 3) {
  thread_->start([]() -> Background::OnLoop {
    run_below_others();
    return {};
  });
}

Upkeep::~Upkeep() {
  finish();
}

void Upkeep::finish() {
  is_ending_ = true;
  thread_.reset();
  if (saving_) saved(saving_->wait());
  saving_.reset();
}

void Upkeep::check_journal() {
  thread_->start([this]() -> Background::OnLoop {
    return [this, checked = check_chain(folder_, is_ending_)] { reports_.on_checked(checked); };
  });
}

void Upkeep::consider_snapshot(PoolFile& file) {
  const Seq durable = file.engine().durable();
  const auto tasks = static_cast<std::int64_t>(file.engine().pool().state().tasks.size());
  const std::int64_t worth_it = std::max(facts_between_snapshots_, tasks / tasks_per_fact);
  if (saving_ || durable.value - std::max(snapshot_, tried_).value <= worth_it) return;
  tried_ = durable;
  auto copy = FrozenCopy::start(
      loop_,
      [&] { return file.save_snapshot(); },
      [this](const Status& status) {
        saving_.reset();
        saved(status);
        reports_.on_snapshot_done(status.ok() ? Result<Seq>(snapshot_) : status.error());
      }
  );
  if (!copy.ok()) return reports_.on_snapshot_done(copy.error());
  saving_ = std::move(copy).value();
}

void Upkeep::saved(const Status& status) {
  if (status.ok()) snapshot_ = tried_;
}

}  // namespace evener

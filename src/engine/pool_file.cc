#include "engine/pool_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>

#include "base/random.h"
#include "core/snapshot_codec.h"

namespace evener {
namespace {

// Snapshots without their journal are what is left of a pool, and not the beginning of one.
Status check_remains(const PoolFolder& folder, DiskFiles& files) {
  if (files.size_of(folder.journal())) return Done{};
  // With its log there is more left, which whoever opens the journal tells.
  if (files.size_of(folder.journal() + "-wal").value_or(0) > 0) return Done{};
  if (SnapshotStore(folder.snapshots(), files).saved().empty()) return Done{};
  return Error{
      "journal_missing",
      "the file is missing, and snapshots of its pool are left. Put a copy back, or remove the "
      "folder and make the pool anew with `evener init`",
      folder.journal()
  };
}

Result<std::unique_ptr<SqliteJournal>> open_journal(
    const PoolFolder& folder, const PoolDisk& disk, bool read_only
) {
  SqliteJournalOptions options;
  options.vfs = disk.vfs;
  options.files = disk.files;
  options.read_only = read_only;
  auto journal = SqliteJournal::open(folder.journal(), options);
  if (!journal.ok() && journal.error().code == "journal_missing") {
    TRY(check_remains(folder, *disk.files));
  }
  return journal;
}

// Reads what the engine repeats. A server appends in another thread, and a journal is used by one
// at a time: so it gets an opening of its own, made when it is first needed.
Engine::ReadFacts reader_beside_writer(const PoolFolder& folder, const PoolDisk& disk) {
  auto history = std::make_shared<std::unique_ptr<PoolHistory>>();
  return [folder, disk, history](Seq from, Seq to, const FactVisitor& visit) -> Status {
    if (*history == nullptr || (*history)->end() < to) {
      *history = TRY(PoolHistory::open(folder, disk));
    }
    return (*history)->read(from, to, visit);
  };
}

// When the newest batch was written.
Result<Stamp> stamp_at_end(Journal& journal) {
  const Seq end = journal.end().last;
  Result<Stamp> stamp = Stamp{};
  TRY(journal.read(end, end, [&](const StoredBatch& stored) {
    Result<ReadBatch> batch = read_batch(stored);
    stamp = batch.ok() ? Result<Stamp>(batch->stamp) : Result<Stamp>(batch.error());
    return true;
  }));
  return stamp;
}

}  // namespace

Result<PoolLock> PoolLock::take(const PoolFolder& folder) {
  auto held = std::make_unique<FileDescriptor>(
      ::open(folder.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)
  );
  if (held->number() < 0) return system_error(errno, "open the lock", folder.lock());
  if (::flock(held->number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error(errno, "lock", folder.lock());
    return Error{"pool_busy", "another process has the pool open", folder.path};
  }
  return PoolLock(std::move(held), id_of(folder.journal()));
}

std::optional<PoolLock::FileId> PoolLock::id_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return FileId{found.st_dev, found.st_ino};
}

bool PoolLock::is_held(const PoolFolder& folder) {
  const FileDescriptor tried(::open(folder.lock().c_str(), O_RDONLY | O_CLOEXEC));
  return tried.number() >= 0 && ::flock(tried.number(), LOCK_SH | LOCK_NB) != 0;
}

Status PoolLock::check_place(const PoolFolder& folder) const {
  struct stat held{};
  if (::fstat(held_->number(), &held) != 0) return Done{};
  if (held.st_nlink == 0) {
    return Error{"pool_removed", "the pool's folder was removed under its server", folder.path};
  }
  const std::optional<FileId> lock = id_of(folder.lock());
  if (!lock) return Done{};
  if (*lock != FileId{held.st_dev, held.st_ino}) {
    return Error{
        "pool_replaced",
        "another folder stands where the pool's was, a backup that was put back, say; start a "
        "server for it with: evener up",
        folder.path
    };
  }
  const std::optional<FileId> journal = id_of(folder.journal());
  const bool is_gone = !journal && errno == ENOENT;
  if (!journal_ || journal == journal_) return Done{};
  if (!journal) {
    // Not to be told now, or the whole folder was moved meanwhile.
    if (!is_gone || !id_of(folder.lock())) return Done{};
    return Error{
        "pool_removed", "the pool's journal.db was removed under its server", folder.journal()
    };
  }
  return Error{
      "pool_replaced",
      "another journal.db stands where the pool's was, a backup that was put back, say; start a "
      "server for it with: evener up",
      folder.journal()
  };
}

Status check_card(const PoolCard& card) {
  TRY(from_json<PoolCard>(TRY(parse_json(to_json_text(card), "card")), "card"));
  return Done{};
}

Status PoolFile::create(
    const PoolFolder& folder, const std::string& author, const PoolCard& card, Clock& clock
) {
  TRY(check_card(card));
  TRY(check_remains(folder, system_files()));
  SqliteJournalOptions options;
  options.create = true;
  auto journal = TRY(SqliteJournal::open(folder.journal(), options));
  PoolFile file(folder, std::move(journal));
  file.engine_ = std::make_unique<Engine>(
      std::make_unique<Pool>(),
      Stamp{},
      EngineOptions{},
      [](Seq, Seq, const FactVisitor&) { return Status(Done{}); }
  );
  file.engine_->tick(clock.read());
  file.engine_->record(author, {PoolCreated{.pool = random_hex(8), .card = card}});
  return file.flush();
}

Result<std::unique_ptr<PoolFile>> PoolFile::open(
    const PoolFolder& folder, const EngineOptions& options, CachedPool cached, const PoolDisk& disk
) {
  auto journal = TRY(open_journal(folder, disk, false));
  std::unique_ptr<PoolFile> file(new PoolFile(folder, std::move(journal), disk));
  const JournalEnd& end = file->journal_->end();
  Stamp stamp;
  if (cached.pool != nullptr && cached.pool->state().last == end.last) {
    stamp = TRY(stamp_at_end(*file->journal_));
    file->snapshot_ = cached.snapshot;
  } else {
    Recovered recovered = TRY(recover(*file->journal_, &file->snapshots_));
    cached.pool = std::move(recovered.pool);
    stamp = recovered.stamp;
    file->snapshot_ = recovered.snapshot;
    file->skipped_ = std::move(recovered.skipped);
  }
  EngineOptions used = options;
  used.epoch = std::max(options.epoch, options.serves ? end.epoch + 1 : end.epoch);
  Engine::ReadFacts reader = reader_beside_writer(folder, disk);
  if (!options.serves) {
    reader = [journal = file->journal_.get()](Seq from, Seq to, const FactVisitor& visit) {
      return read_facts(*journal, from, to, visit);
    };
  }
  file->engine_ = std::make_unique<Engine>(std::move(cached.pool), stamp, used, std::move(reader));
  return file;
}

Status PoolFile::flush() {
  while (const std::optional<Batch> batch = engine_->next_batch()) {
    switch (journal_->append(*batch)) {
      case Append::durable:
        engine_->appended();
        break;
      case Append::deposed:
      case Append::unknown:
        return journal_->last_error();
    }
  }
  return Done{};
}

std::int64_t PoolFile::facts_since_snapshot() const {
  return engine_->durable().value - snapshot_.value;
}

Status PoolFile::save_snapshot() {
  const bool is_durable = !engine_->has_batch() && !engine_->is_appending();
  CHECK(is_durable, "a snapshot before its facts are durable");
  const JournalEnd& end = journal_->end();
  TRY(snapshots_.save({end.last, end.hash}, encode_state(engine_->pool().state())));
  snapshot_ = end.last;
  return Done{};
}

Result<std::unique_ptr<PoolHistory>> PoolHistory::open(
    const PoolFolder& folder, const PoolDisk& disk
) {
  auto journal = TRY(open_journal(folder, disk, true));
  return std::unique_ptr<PoolHistory>(new PoolHistory(folder, std::move(journal), disk));
}

Status PoolHistory::read(Seq from, Seq to, const FactVisitor& visit) {
  return read_facts(*journal_, from, to, visit);
}

Status PoolHistory::read_text(Seq from, Seq to, const TextVisitor& visit) {
  Status inner = Done{};
  const Status outer = journal_->read(from, to, [&](const StoredBatch& stored) {
    const Result<ReadBatch> batch = read_batch(stored);
    if (!batch.ok()) {
      inner = batch.error();
      return false;
    }
    std::string text;
    for (const Fact& fact : batch->facts) {
      if (fact.seq < from) continue;
      text.clear();
      append_fact(text, fact);
      if (fact.seq > to || !visit(stored.epoch, fact.seq, text)) return false;
    }
    return true;
  });
  return outer.ok() ? inner : outer;
}

Result<Recovered> PoolHistory::pool_at(const std::string& at) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(at.data(), at.data() + at.size(), number);
  if (problem == std::errc{} && end == at.data() + at.size()) {
    if (number < 1 || number > journal_->end().last.value) {
      return Error{
          "seq_unknown",
          fmt::format("there is no fact {}; the newest is {}", number, journal_->end().last.value)
      };
    }
    return recover(*journal_, &snapshots_, Seq{number});
  }
  const Instant wall = TRY(parse_time(at));
  const Seq seq = TRY(seq_at(*journal_, wall));
  if (seq.value == 0) {
    return Error{"seq_unknown", fmt::format("the pool did not exist yet at {}", at)};
  }
  return recover(*journal_, &snapshots_, seq);
}

Status verify_pool(const PoolFolder& folder, const PoolDisk& disk) {
  auto journal = TRY(open_journal(folder, disk, true));
  TRY(journal->verify_all());
  const SnapshotStore snapshots(folder.snapshots(), *disk.files);
  return verify_recovery(*journal, snapshots);
}

}  // namespace evener

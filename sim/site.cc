#include "site.h"

#include "core/snapshot_codec.h"
#include "disk_vfs.h"

namespace evener::sim {

Site::Site() : vfs_(disk_vfs_name) {
  use_disk(disk_);
  seed_sqlite(1);
}

Site::Site(const Disk& disk) : disk_(disk), vfs_(disk_vfs_name) {
  use_disk(disk_);
  seed_sqlite(2);
}

Site::~Site() {
  kill();
}

void Site::kill() {
  disk_.die();
  file_.reset();
}

// Whether it worked. If not, this was the last that it did.
bool Site::keep(const Status& status) {
  if (status.ok()) return true;
  if (works()) failure_ = status.error();
  kill();
  return false;
}

// As `evener init` does it.
void Site::init() {
  if (!works()) return;
  auto journal =
      SqliteJournal::open(folder_.journal(), {.vfs = vfs_, .files = &disk_, .create = true});
  if (!journal.ok()) return static_cast<void>(keep(journal.error()));
  if ((*journal)->end().last.value > 0) return;  // an earlier one came through
  Engine engine(std::make_unique<Pool>(), Stamp{}, {}, [](Seq, Seq, const FactVisitor&) {
    return Status(Done{});
  });
  engine.tick(clock_.read());
  engine.record("evener", {PoolCreated{.pool = "51ab", .card = {.name = "barn"}}});
  const std::optional<Batch> batch = engine.next_batch();
  if ((*journal)->append(*batch) != Append::durable) {
    const Error why = (*journal)->last_error();
    disk_.die();
    return static_cast<void>(keep(why));
  }
  engine.appended();
  for (const Published& published : engine.take_effects().published) {
    for (const std::string_view fact : published.facts) told_.emplace_back(fact);
  }
}

void Site::open(bool serves) {
  if (!works()) return;
  auto opened = PoolFile::open(folder_, {.serves = serves}, {}, pool_disk());
  if (!opened.ok()) return static_cast<void>(keep(opened.error()));
  file_ = std::move(opened).value();
  serves_ = serves;
  file_->engine().begin(clock_.read());
  if (serves) file_->engine().record("evener", {ServerOpened{"server"}});
  flush();
}

void Site::flush() {
  if (!works() || !keep(file_->flush())) return;
  settle();
}

void Site::settle() {
  for (const Published& published : file_->engine().take_effects().published) {
    for (const std::string_view fact : published.facts) told_.emplace_back(fact);
  }
}

void Site::give(Command command) {
  std::vector<Command> one;
  one.push_back(std::move(command));
  give_all(std::move(one));
}

void Site::give_all(std::vector<Command> commands) {
  if (!works()) return;
  clock_.pass(5);
  file_->engine().tick(clock_.read());
  std::vector<Request> requests;
  for (Command& command : commands) {
    requests.push_back({fmt::format("{}-{}", clock_.read().wall, ++requests_), std::move(command)});
  }
  file_->engine().submit(requests_, {"rod", Scope::operate}, std::move(requests));
  flush();
}

void Site::pass(Millis time) {
  constexpr Millis tick = 500;
  for (; works() && time > 0; time -= tick) {
    clock_.pass(tick);
    file_->engine().tick(clock_.read());
    flush();
  }
}

void Site::save_snapshot() {
  if (works()) keep(file_->save_snapshot());
}

void Site::close() {
  if (!works()) return;
  if (serves_) {
    for (std::vector<FactBody>& facts : facts_on_closing(file_->engine().pool(), "server")) {
      file_->engine().record("evener", std::move(facts));
    }
    flush();
  }
  file_.reset();
  if (disk_.is_dead()) keep(Error{"io_error", "the disk died while the pool was closed"});
}

Result<std::vector<std::string>> Site::read_all() {
  std::vector<std::string> facts;
  const auto history = TRY(PoolHistory::open(folder_, pool_disk()));
  TRY(history->read_text(Seq{1}, history->end(), [&](std::int64_t, Seq, std::string_view fact) {
    facts.emplace_back(fact);
    return true;
  }));
  return facts;
}

std::string Site::compare_recovery() const {
  if (!file_->skipped_snapshots().empty()) {
    return "a snapshot was passed over: " + file_->skipped_snapshots().front().text();
  }
  const Result<Recovered> replayed = recover(file_->journal(), nullptr);
  if (!replayed.ok()) return replayed.error().text();
  const bool is_same =
      state_digest(replayed->pool->state()) == state_digest(file_->engine().pool().state());
  return is_same ? "" : "recovery and replay differ";
}

}  // namespace evener::sim

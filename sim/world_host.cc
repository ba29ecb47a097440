// The process that has the pool open: the product's own engine, journal and recovery, on the
// simulated disk, driven as its server drives them.
#include <algorithm>

#include "core/recount.h"
#include "core/snapshot_codec.h"
#include "disk_vfs.h"
#include "world.h"

namespace evener::sim {

PoolDisk World::pool_disk() {
  return {.vfs = disk_vfs_name, .files = &disk_};
}

// As `evener init` does it.
bool World::create_pool() {
  auto journal = SqliteJournal::open(
      folder_.journal(), {.vfs = disk_vfs_name, .files = &disk_, .create = true}
  );
  if (!journal.ok()) {
    breaches_.broke(0, "no pool could be made: " + journal.error().text());
    return false;
  }
  Engine engine(std::make_unique<Pool>(), Stamp{}, {}, [](Seq, Seq, const FactVisitor&) {
    return Status(Done{});
  });
  engine.tick(clock_.read());
  engine.record("evener", {PoolCreated{.pool = "51ab", .card = {.name = "barn"}}});
  PoolSettings settings{.backoff_ms = 100, .backoff_cap_ms = 5000};
  if (mix_.has_territory) {
    settings.resources = {"crane=2"};
    settings.age_limit_ms = 10'000;
  }
  engine.record("evener", {PoolConfigured{.card = {.name = "barn"}, .settings = settings}});
  const std::optional<Batch> batch = engine.next_batch();
  const bool is_made = (*journal)->append(*batch) == Append::durable;
  breaches_.require(is_made, 0, "no pool could be made");
  return is_made;
}

// ---- starts and ends ---------------------------------------------------------------------------

void World::start() {
  will_come_back_ = false;
  if (file_ != nullptr || breaches_.first()) return;
  const std::uint64_t failures = disk_.failures();
  if (start_once(failures)) return;
  constexpr int most_failed_starts = 40;
  if (++failed_starts_ > most_failed_starts) {
    breaches_.broke(6, "the pool does not open, though the disk works again");
  }
  if (!breaches_.first()) come_back_after(1 + static_cast<Millis>(chance_.below(200)));
}

// Whether what opened the pool went as far as it could; an error must have a reason.
bool World::give_up_unless(const Status& status, std::uint64_t failures_before) {
  if (status.ok()) return true;
  tell("   cannot go on: {}", status.error().text());
  const bool is_explained = disk_.is_dead() || disk_.failures() > failures_before;
  if (!is_explained && tear_otherwise(status.error())) return false;
  if (!is_explained) breaches_.broke(1, "the pool cannot be opened: " + status.error().text());
  end_process(chance_.below(3) == 0 ? End::killed : End::power);
  if (chance_.below(2) == 0) disk_.make_room();
  return false;
}

bool World::start_once(std::uint64_t failures_before) {
  ++counts_.starts;
  const EngineOptions options{.serves = true, .most_parked = mix_.most_parked};
  auto opened = PoolFile::open(folder_, options, {}, pool_disk());
  if (!opened.ok()) return give_up_unless(opened.error(), failures_before);
  file_ = std::move(opened).value();
  if (!match_recovered(failures_before)) return false;
  Engine& engine = file_->engine();
  engine.begin(clock_.read());
  witness_.ticked(engine.now(), clock_.true_ms(), !by_file_);
  engine.record("evener", {ServerOpened{fmt::format("server-{}", counts_.starts)}});
  if (!give_up_unless(flush_all(), failures_before)) return false;
  take_effects();
  before_cut_.reset();
  failed_starts_ = 0;
  tell("   the server serves, at fact {}", engine.durable().value);
  return true;
}

// Appends all there is, in place.
Status World::flush_all() {
  while (const std::optional<Batch> batch = file_->engine().next_batch()) {
    ++counts_.flushes;
    if (file_->journal().append(*batch) != Append::durable) return file_->journal().last_error();
    witness_.made_durable(batch->last);
    file_->engine().appended();
  }
  return Done{};
}

// What was found is what was acknowledged, and perhaps more; recovery has made of it what a replay
// makes of it.
bool World::match_recovered(std::uint64_t failures_before) {
  std::vector<std::string> facts;
  const auto read_all = [&]() -> Status {
    const auto history = TRY(PoolHistory::open(folder_, pool_disk()));
    return history
        ->read_text(Seq{1}, history->end(), [&](std::int64_t, Seq, std::string_view fact) {
          facts.emplace_back(fact);
          return true;
        });
  };
  if (!give_up_unless(read_all(), failures_before)) return false;
  witness_.recovered(facts);
  for (const Error& skipped : file_->skipped_snapshots()) {
    breaches_.broke(9, "a snapshot was passed over: " + skipped.text());
  }
  const std::string found = state_digest(file_->engine().pool().state());
  breaches_.require(found == replayed_digest(), 9, "recovery and replay differ");
  check_accounts(file_->engine().pool());
  return !breaches_.first();
}

// Nothing of what is at stake stays, all of it, the first of it, or any of it.
constexpr std::uint64_t nothing_stays = 0;
constexpr std::uint64_t all_stays = 1;
constexpr std::uint64_t first_stay = 2;
constexpr std::uint64_t any_stay = 3;

Disk::Survival World::draw_survival(std::uint64_t pattern) {
  const std::size_t all = disk_.at_stake();
  const std::size_t end = static_cast<std::size_t>(chance_.below(all + 1));
  SeededNumbers random(chance_.next());
  Disk::Survival survival{
      .stays =
          [=](std::size_t piece) mutable {
            if (pattern == nothing_stays) return false;
            if (pattern == all_stays) return true;
            return pattern == first_stay ? piece < end : random.below(2) == 0;
          },
      .index_stays = chance_.below(2) == 0
  };
  if (pattern == first_stay && end > 0 && chance_.below(2) == 0) survival.torn = end - 1;
  return survival;
}

void World::cut_power() {
  const std::uint64_t pattern = chance_.below(any_stay + 2);
  before_cut_ = pattern >= any_stay ? std::make_unique<Disk>(disk_) : nullptr;
  disk_.power_failed(draw_survival(pattern));
  clock_.reboot();
}

// Rarely a transaction that was torn out of order looks like damage, and the journal says so
// (docs/journal.md, "What remains"): then the sectors that stay are drawn once more, in order.
bool World::tear_otherwise(const Error& error) {
  if (error.code != "journal_damaged" || before_cut_ == nullptr) return false;
  tell("   which is taken for damage; now in order");
  disk_.die();
  file_.reset();
  disk_ = std::move(*std::exchange(before_cut_, nullptr));
  disk_.power_failed(draw_survival(first_stay));
  ++counts_.alarms;
  return true;
}

void World::end_process(End how) {
  ended_well_ = false;
  tell("   the process is {}", how == End::power ? "gone, with its machine" : "killed");
  disk_.die();
  file_.reset();
  in_flight_.reset();
  outcome_.reset();
  waiting_.clear();
  ++process_number_;
  ++connection_;
  if (how == End::power) {
    cut_power();
  } else {
    before_cut_.reset();
    disk_.process_ended();
  }
  witness_.process_ended();
}

void World::come_back_after(Millis delay) {
  if (will_come_back_) return;
  will_come_back_ = true;
  at(delay, [this] {
    if (!by_file_) start();
  });
}

// Without leases log time may make up for what it missed.
void World::let_time_pass(Engine& engine) {
  const bool has_leases = !engine.pool().vitals().leases().empty();
  engine.tick(clock_.read());
  witness_.ticked(engine.now(), clock_.true_ms(), !by_file_, has_leases);
}

// As a server ends in good order.
void World::close() {
  const std::uint64_t failures = disk_.failures();
  Engine& engine = file_->engine();
  if (in_flight_) {
    const Append outcome = outcome_ ? *outcome_ : file_->journal().append(*in_flight_);
    appended(outcome);
    if (file_ == nullptr) return;
  }
  let_time_pass(engine);
  for (std::vector<FactBody>& facts : facts_on_closing(engine.pool(), "server")) {
    engine.record("evener", std::move(facts));
  }
  if (!give_up_unless(flush_all(), failures)) return;
  take_effects();
  check_deeply();
  if (chance_.below(2) == 0) static_cast<void>(file_->save_snapshot());
  if (disk_.is_dead()) return end_process(End::power);
  tell("   the server closes, at fact {}", engine.durable().value);
  file_.reset();
  waiting_.clear();
  ++process_number_;
  ++connection_;
  if (disk_.is_dead()) return end_process(End::power);
  disk_.process_ended();
  witness_.process_ended();
  ended_well_ = true;
}

// ---- turns -------------------------------------------------------------------------------------

void World::serve() {
  if (file_ == nullptr || clock_.true_ms() < frozen_until_) return;
  Engine& engine = file_->engine();
  let_time_pass(engine);
  append();
  if (file_ == nullptr) return;
  take_effects();
  breaches_.require(engine.parked() <= mix_.most_parked, 13, "more claims wait than may");
  if (!engine.has_batch() && !in_flight_ && chance_.below(8) == 0) {
    witness_.expect_nothing_overdue(engine.now());
    witness_.expect_no_needless_wait(engine.now());
    witness_.expect_no_conflicts();
  }
}

// Takes the next batches to the disk. One that takes its time is under way meanwhile, and is
// written at its beginning or at its end.
void World::append() {
  while (file_ != nullptr && !in_flight_) {
    in_flight_ = file_->engine().next_batch();
    if (!in_flight_) return;
    const bool is_slow = !is_calm_ && mix_.most_flush > 0 && chance_.below(4) == 0;
    if (!is_slow) {
      appended(file_->journal().append(*in_flight_));
      continue;
    }
    const auto most = static_cast<std::uint64_t>(mix_.most_flush);
    if (chance_.below(2) == 0) outcome_ = file_->journal().append(*in_flight_);
    const Millis delay = 1 + static_cast<Millis>(chance_.below(most));
    at(delay, [this, process = process_number_, number = ++append_number_] {
      end_append(process, number);
    });
  }
}

void World::end_append(std::uint64_t process, std::uint64_t number) {
  if (process != process_number_ || number != append_number_ || !in_flight_) return;
  const Millis now = clock_.true_ms();
  if (now < frozen_until_) {
    return at(frozen_until_ - now, [=, this] { end_append(process, number); });
  }
  appended(outcome_ ? *outcome_ : file_->journal().append(*in_flight_));
}

void World::appended(Append outcome) {
  ++counts_.flushes;
  outcome_.reset();
  if (outcome == Append::durable) {
    witness_.made_durable(in_flight_->last);
    in_flight_.reset();
    return file_->engine().appended();
  }
  tell("   the append failed: {}", file_->journal().last_error().text());
  const bool power = disk_.is_dead() && chance_.below(3) != 0;
  end_process(power ? End::power : End::killed);
  if (chance_.below(2) == 0) disk_.make_room();
  come_back_after(1 + static_cast<Millis>(chance_.below(2000)));
}

void World::take_effects() {
  const Effects effects = file_->engine().take_effects();
  for (const Published& published : effects.published) {
    witness_.published(published.first, published.facts);
  }
  for (const Reply& reply : effects.replies) {
    const std::vector<Answer> answers = witness_.replied(reply.tag, reply.body);
    const auto letter = waiting_.find(reply.tag);
    if (letter == waiting_.end() || answers.empty()) continue;
    for (const Answer& one : answers) {
      tell(
          "   answer {}: {}",
          reply.tag,
          one.ok        ? one.result.text
          : one.refusal ? one.refusal->message
                        : ""
      );
    }
    answer(letter->second, answers);
    waiting_.erase(letter);
  }
  witness_.take_all();
}

// What comes over the network is text, and is read as the server reads it.
void World::submit(const LetterRef& letter, std::uint64_t tag) {
  std::vector<Request> requests;
  for (const Request& request : letter->requests) {
    const Result<Json> json = parse_json(to_json_text(request));
    Result<Request> read = json.ok() ? read_request(*json, Path{}) : json.error();
    if (!read.ok()) return breaches_.broke(0, "a command cannot be read: " + read.error().text());
    tell("   command {}: {}", tag, to_json_text(request));
    requests.push_back(std::move(read).value());
  }
  Engine& engine = file_->engine();
  let_time_pass(engine);
  const bool advised = requests.size() > 1 || !engine.pool().ready().advice().empty();
  witness_.asked(
      tag,
      {.author = letter->author,
       .requests = requests,
       .log_now = engine.now(),
       .first_sent = letter->first_sent,
       .advised = advised}
  );
  waiting_[tag] = letter;
  counts_.commands += requests.size();
  engine.submit(tag, letter->author, std::move(requests));
}

// Without a server each call opens the file, does its work and leaves. What it finds after one that
// left in order is looked at now and then; after any other end, always.
constexpr std::uint64_t calls_between_checks = 8;

void World::call_file(const LetterRef& letter) {
  const std::uint64_t failures = disk_.failures();
  ++counts_.starts;
  auto opened = PoolFile::open(folder_, {}, {}, pool_disk());
  if (!opened.ok()) return static_cast<void>(give_up_unless(opened.error(), failures));
  file_ = std::move(opened).value();
  const bool is_sure =
      std::exchange(ended_well_, false) && chance_.below(calls_between_checks) != 0;
  if (!is_sure && !match_recovered(failures)) return;
  LetterRef call = letter;
  for (const Request& request : letter->requests) {
    if (!std::holds_alternative<Claim>(request.command)) continue;
    call = std::make_shared<Letter>(*letter);
    for (Request& each : call->requests) {
      if (auto* claim = std::get_if<Claim>(&each.command)) claim->wait_ms = 0;
    }
    break;
  }
  Engine& engine = file_->engine();
  engine.begin(clock_.read());
  submit(call, ++last_tag_);
  if (breaches_.first() || !give_up_unless(flush_all(), failures)) return;
  take_effects();
  if (chance_.below(8) == 0) static_cast<void>(file_->save_snapshot());
  if (disk_.is_dead()) return end_process(End::power);
  if (chance_.below(8) == 0) check_deeply();
  file_.reset();
  if (disk_.is_dead()) return end_process(End::power);
  disk_.process_ended();
  waiting_.clear();
  witness_.process_ended();
  ended_well_ = true;
}

// ---- looking closely ---------------------------------------------------------------------------

std::string World::replayed_digest() {
  const std::vector<std::string>& facts = witness_.facts();
  for (; replayed_facts_ < facts.size(); ++replayed_facts_) {
    const Result<Json> json = parse_json(facts[replayed_facts_]);
    const Result<Fact> fact = json.ok() ? read_fact(*json) : json.error();
    if (!fact.ok()) return fact.error().text();
    replayed_->apply(*fact);
  }
  return state_digest(replayed_->state());
}

// What is told apart only when nothing is under way.
void World::check_deeply() {
  if (file_ == nullptr || in_flight_ || file_->engine().has_batch() || breaches_.first()) return;
  const Pool& pool = file_->engine().pool();
  const bool is_level =
      static_cast<std::size_t>(pool.state().last.value) == witness_.facts().size();
  if (!is_level) return breaches_.broke(10, "facts are durable, and were not published");
  check_accounts(pool);
  witness_.expect_all_told();
  witness_.expect_no_conflicts();
  for (const std::string& difference : Recount::differences(pool)) breaches_.broke(7, difference);
  breaches_.require(
      state_digest(pool.state()) == replayed_digest(), 9, "the live state and its replay differ"
  );
}

// The pool, task by task, as the witness knows it.
void World::check_accounts(const Pool& pool) {
  const State& state = pool.state();
  const auto& tasks = witness_.tasks();
  std::size_t counted = 0;
  for (std::size_t i = 0; i < EnumNames<TaskState>::names.size(); ++i) {
    counted += pool.count(static_cast<TaskState>(i));
  }
  if (counted != tasks.size() || state.tasks.size() != tasks.size()) {
    breaches_.broke(
        7,
        fmt::format(
            "{} tasks were added, {} are kept, {} are counted by state",
            tasks.size(),
            state.tasks.size(),
            counted
        )
    );
    return;
  }
  static constexpr std::array<std::string_view, 5> stages{
      "open", "running", "done", "failed", "cancelled"
  };
  for (const Task& task : state.tasks) {
    const auto known = tasks.find(task.id);
    if (known == tasks.end()) return breaches_.broke(7, task.id + " came from nowhere");
    const TaskAccount& account = known->second;
    const std::string_view stage = stages[static_cast<std::size_t>(task.stage)];
    const std::string holder = task.worker == no_worker ? "" : state.worker(task.worker).spec.name;
    if (account.stage == stage && account.held == task.held && account.fence == task.fence &&
        account.holder == holder) {
      continue;
    }
    breaches_.broke(
        7,
        fmt::format(
            "{} is {} under fence {} of {}, and should be {} under {} of {}",
            task.id,
            stage,
            task.fence.value,
            holder,
            account.stage,
            account.fence.value,
            account.holder
        )
    );
  }
}

}  // namespace evener::sim

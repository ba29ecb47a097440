#include "client/file_client.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "engine/blobs.h"
#include "engine/engine.h"

namespace evener {
namespace {

// Another command holds the pool for a moment.
constexpr int tries_to_write_what_is_due = 10;
constexpr std::chrono::milliseconds pause_of_a_busy_pool{20};

// Each call replays half of this on average, at some 20 microseconds a fact, and shares with as
// many calls what a snapshot costs to write, some 2 microseconds a task: least in sum near the
// root.
std::int64_t facts_between_snapshots(const Pool& pool) {
  constexpr double least = 64;
  return std::lround(std::max(least, std::sqrt(pool.state().tasks.size())));
}

// These tell what is written, and nothing else.
bool tells_the_log(const Query& query) {
  return query.kind == QueryKind::log || query.kind == QueryKind::report ||
         query.kind == QueryKind::marks || query.kind == QueryKind::measures;
}

Result<std::string> answer_as_written(
    PoolHistory& history, const Recovered& recovered, const Query& query, Instant now
) {
  const FactSource written = [&](Seq from, Seq to, const FactVisitor& visit) {
    return history.read(from, to, visit);
  };
  return answer_query(query, *recovered.pool, written, now);
}

// What the next command will find due (leases that lapsed, say), done in this pool alone.
Result<std::vector<Fact>> let_time_pass(Engine& engine, const ClockReading& reading) {
  engine.begin(reading);
  engine.tick(reading);
  std::vector<Fact> due;
  while (std::optional<Batch> batch = engine.next_batch()) {
    StoredBatch stored;
    static_cast<Batch&>(stored) = std::move(*batch);
    ReadBatch read = TRY(read_batch(stored));
    due.insert(due.end(), read.facts.begin(), read.facts.end());
    engine.appended();
  }
  return due;
}

}  // namespace

Result<std::vector<Answer>> FileClient::call(std::vector<Request> requests) {
  const PoolLock lock = TRY(PoolLock::take(folder_));
  EngineOptions options;
  options.epoch = clock_.read().wall;
  std::unique_ptr<PoolFile> file = TRY(PoolFile::open(folder_, options, std::move(cached_)));
  Engine& engine = file->engine();
  const Seq before = engine.durable();
  for (Request& request : requests) {
    if (auto* claim = std::get_if<Claim>(&request.command)) claim->wait_ms = 0;
  }
  const ClockReading reading = clock_.read();
  engine.begin(reading);
  engine.tick(reading);
  engine.submit(1, author_, std::move(requests));
  TRY(file->flush());
  Effects effects = engine.take_effects();
  CHECK(effects.replies.size() == 1, "one request, one reply");
  const Json json = TRY(parse_json(effects.replies.front().body));
  Answers answers = TRY(from_json<Answers>(json, "answer"));
  // What was done is durable: that a snapshot fails makes the next start slower, and this call no
  // failure.
  if (file->facts_since_snapshot() > facts_between_snapshots(engine.pool())) {
    static_cast<void>(file->save_snapshot());
  }
  if (after_write_ && engine.durable() > before) after_write_(engine.pool(), engine.now());
  cached_ = std::move(*file).release();
  return std::move(answers.answers);
}

Result<std::string> FileClient::ask(const Query& query) {
  const std::unique_ptr<PoolHistory> history = TRY(PoolHistory::open(folder_));
  Recovered recovered = TRY(query.at.empty() ? history->now() : history->pool_at(query.at));
  if (!query.at.empty()) {
    return answer_as_written(*history, recovered, query, recovered.pool->state().log_time);
  }
  const ClockReading reading = clock_.read();
  if (tells_the_log(query)) {
    const Instant now = now_of(recovered.stamp, reading, *recovered.pool);
    return answer_as_written(*history, recovered, query, now);
  }
  Engine engine(
      std::move(recovered.pool),
      recovered.stamp,
      EngineOptions{},
      [](Seq, Seq, const FactVisitor&) { return Status(Done{}); }
  );
  const std::vector<Fact> due = TRY(let_time_pass(engine, reading));
  if (query.kind == QueryKind::inbox && !due.empty()) return ask_inbox(query);
  const FactSource facts = [&](Seq from, Seq to, const FactVisitor& visit) -> Status {
    if (from <= history->end()) TRY(history->read(from, std::min(to, history->end()), visit));
    for (const Fact& fact : due) {
      if (fact.seq >= from && fact.seq <= to && !visit(fact)) break;
    }
    return Done{};
  };
  return answer_query(query, engine.pool(), facts, engine.now());
}

// Messages are acknowledged by their numbers, and what is due gets its numbers when it is written.
// Where it cannot be written, nothing of it is shown.
Result<std::string> FileClient::ask_inbox(const Query& query) {
  for (int tries = 0; tries < tries_to_write_what_is_due; ++tries) {
    const Result<std::vector<Answer>> written = call({});
    if (written.ok() || written.error().code != "pool_busy") break;
    std::this_thread::sleep_for(pause_of_a_busy_pool);
  }
  const std::unique_ptr<PoolHistory> history = TRY(PoolHistory::open(folder_));
  const Recovered recovered = TRY(history->now());
  const Instant now = now_of(recovered.stamp, clock_.read(), *recovered.pool);
  return answer_as_written(*history, recovered, query, now);
}

Status FileClient::follow(Seq after, const std::function<bool(const PoolEvent&)>& visit) {
  const std::unique_ptr<PoolHistory> history = TRY(PoolHistory::open(folder_));
  return history->read(after.next(), history->end(), [&](const Fact& fact) {
    return visit(PoolEvent(fact));
  });
}

Result<BlobRef> FileClient::put_blob(std::string_view bytes) {
  return BlobStore(folder_.blobs()).put(bytes);
}

Result<std::string> FileClient::get_blob(const BlobRef& blob) {
  return BlobStore(folder_.blobs()).get(blob);
}

}  // namespace evener

#include "client/file_client.h"

#include <algorithm>
#include <cmath>

#include "engine/blobs.h"

namespace evener {
namespace {

// Each call replays half of this on average, at some 20 microseconds a fact, and shares with as
// many calls what a snapshot costs to write, some 2 microseconds a task: least in sum near the
// root.
std::int64_t facts_between_snapshots(const Pool& pool) {
  constexpr double least = 64;
  return std::lround(std::max(least, std::sqrt(pool.state().tasks.size())));
}

}  // namespace

Result<std::vector<Answer>> FileClient::call(std::vector<Request> requests) {
  const PoolLock lock = TRY(PoolLock::take(folder_));
  std::unique_ptr<PoolFile> file = TRY(PoolFile::open(folder_, {}, std::move(cached_)));
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
  if (after_write_ && engine.durable() > before) TRY(after_write_(engine.pool(), engine.now()));
  cached_ = std::move(*file).release();
  return std::move(answers.answers);
}

Result<std::string> FileClient::ask(const Query& query) {
  const std::unique_ptr<PoolHistory> history = TRY(PoolHistory::open(folder_));
  const Recovered recovered = TRY(query.at.empty() ? history->now() : history->pool_at(query.at));
  Instant now = recovered.pool->state().log_time;
  if (query.at.empty()) {
    now = LogClock(recovered.stamp).advance(clock_.read()).log;
    recovered.pool->advance(now);
    recovered.pool->look_ahead();
  }
  const FactSource facts = [&](Seq from, Seq to, const FactVisitor& visit) {
    return history->read(from, to, visit);
  };
  return answer_query(query, *recovered.pool, facts, now);
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

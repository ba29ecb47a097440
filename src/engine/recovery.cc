#include "engine/recovery.h"

#include <algorithm>
#include <memory>

#include "core/snapshot_codec.h"
#include "engine/record.h"

namespace evener {
namespace {

// The hash of the batch that ends at `seq`; "" if no batch ends there.
Result<std::string> hash_at(Journal& journal, Seq seq) {
  std::string hash;
  TRY(journal.read(seq, seq, [&](const StoredBatch& batch) {
    if (batch.last == seq) hash = batch.hash;
    return true;
  }));
  return hash;
}

}  // namespace

Result<Recovered> recover(Journal& journal, const SnapshotStore* snapshots, Seq at) {
  const Seq end = std::min(journal.end().last, at);
  Recovered recovered{.pool = std::make_unique<Pool>(), .stamp = {}, .snapshot = {}, .skipped = {}};
  std::optional<Error> damaged;
  const auto fits = [&](const SnapshotMark& mark) {
    if (mark.seq > end) return false;
    const Result<std::string> hash = hash_at(journal, mark.seq);
    if (!hash.ok()) damaged = hash.error();
    return hash.ok() && *hash == mark.journal_hash;
  };
  SnapshotSearch search =
      snapshots == nullptr ? SnapshotSearch{} : snapshots->latest_matching(fits);
  if (damaged) return *damaged;
  recovered.skipped = std::move(search.skipped);
  if (search.found) {
    const auto found = std::make_shared<const Snapshot>(*std::move(search.found));
    const Status decoded = decode_state(found->bytes(), recovered.pool->state_to_fill(), found);
    if (decoded.ok()) {
      recovered.pool->adopt();
      recovered.snapshot = found->mark().seq;
    } else {
      recovered.skipped.push_back(decoded.error());
      recovered.pool = std::make_unique<Pool>();
    }
  }
  // The batch at the snapshot is read too: its stamp is where log time stood.
  const Seq from = recovered.snapshot.value > 0 ? recovered.snapshot : Seq{1};
  Status inner = Done{};
  if (end.value > 0) {
    TRY(journal.read(from, end, [&](const StoredBatch& stored) {
      const Result<ReadBatch> batch = read_batch(stored);
      if (!batch.ok()) {
        inner = batch.error();
        return false;
      }
      recovered.stamp = batch->stamp;
      for (const Fact& fact : batch->facts) {
        if (fact.seq > recovered.snapshot && fact.seq <= end) recovered.pool->apply(fact);
      }
      return true;
    }));
  }
  if (!inner.ok()) return inner.error();
  CHECK(recovered.pool->state().last == end, "a recovery did not reach the journal's end");
  recovered.pool->advance(std::max(recovered.stamp.log, recovered.pool->state().log_time));
  recovered.pool->repair(SIZE_MAX);
  static_cast<void>(recovered.pool->take_arrivals());
  return recovered;
}

Instant now_of(const Stamp& stamp, const ClockReading& reading, const Pool& pool) {
  LogClock clock(stamp);
  clock.advance(reading);
  if (pool.vitals().leases().empty()) clock.make_up();
  return clock.last().log;
}

Result<Seq> seq_at(Journal& journal, Instant wall) {
  // Batches are in the order of their writing; wall clocks may jump, so the last one that fits
  // counts.
  Seq found;
  Status inner = Done{};
  TRY(journal.read(Seq{1}, journal.end().last, [&](const StoredBatch& stored) {
    const Result<ReadBatch> batch = read_batch(stored);
    if (!batch.ok()) {
      inner = batch.error();
      return false;
    }
    if (batch->stamp.wall <= wall) found = stored.last;
    return true;
  }));
  if (!inner.ok()) return inner.error();
  return found;
}

Status verify_recovery(Journal& journal, const SnapshotStore& snapshots) {
  const Recovered usual = TRY(recover(journal, &snapshots));
  const Recovered replayed = TRY(recover(journal, nullptr));
  const std::string expected = state_digest(replayed.pool->state());
  const std::string found = state_digest(usual.pool->state());
  if (expected == found) return Done{};
  return Error{
      "digest_differs",
      fmt::format(
          "the state from the snapshot at fact {} has digest {}, the replayed one {}; remove the "
          "snapshots, they are only a cache",
          usual.snapshot.value,
          found,
          expected
      )
  };
}

std::vector<FactBody> facts_on_opening(const Pool& pool, Instant now, bool as_server) {
  const State& state = pool.state();
  const bool died = !state.server.empty();
  if (!died && !(as_server && state.kept_by_server)) return {};
  return {LeasesExtended{
      .from = now,
      .reason = died ? "the server that kept the deadlines ended without closing"
                     : "a server starts after a server"
  }};
}

std::vector<std::vector<FactBody>> facts_on_closing(const Pool& pool, const std::string& instance) {
  constexpr std::size_t leases_per_fact = 1000;
  std::vector<LeaseEnd> ends;
  for (const auto& [task, lease] : pool.vitals().leases()) {
    ends.push_back({lease.fence, lease.expires});
  }
  std::sort(ends.begin(), ends.end(), [](const LeaseEnd& a, const LeaseEnd& b) {
    return a.fence < b.fence;
  });
  std::vector<std::vector<FactBody>> commands;
  for (std::size_t i = 0; i < ends.size(); i += leases_per_fact) {
    const auto from = ends.begin() + static_cast<std::ptrdiff_t>(i);
    const auto to =
        ends.begin() + static_cast<std::ptrdiff_t>(std::min(i + leases_per_fact, ends.size()));
    commands.push_back({LeasesNoted{{from, to}}});
  }
  commands.push_back({ServerClosed{instance}});
  return commands;
}

}  // namespace evener

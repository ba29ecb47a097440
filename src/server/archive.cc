#include "server/archive.h"

#include <sys/stat.h>

#include <utility>

#include "base/check.h"

namespace evener {
namespace {

constexpr std::size_t most_long_reads = 64;
constexpr std::size_t most_short_reads = 2000;
constexpr std::size_t page_bytes = 128UL * 1024;

// To copy the pool would hold the loop up: it is read from the disk instead.
bool reads_whole_pool(const Query& query) {
  return query.kind == QueryKind::checks;
}

// No more than it answers, and so it need not wait for a report.
bool reads_a_window(const Query& query) {
  return query.kind == QueryKind::log && query.at.empty() && query.log == LogFilter{};
}

bool is_damage(const Error& error) {
  return error.code == "journal_damaged" || error.code == "unknown_fact";
}

}  // namespace

Archive::Archive(boost::asio::io_context& loop, const PoolFolder& folder, OnDamage on_damage)
    : blobs_(folder.blobs()),
      on_damage_(std::move(on_damage)),
      long_opening_(std::make_shared<Opening>(folder)),
      short_opening_(std::make_shared<Opening>(folder)),
      long_reads_(loop, most_long_reads),
      short_reads_(loop, most_short_reads) {}

Archive::Opening::Opening(PoolFolder folder)
    : folder_(std::move(folder)), journal_(journal_now()) {}

std::pair<dev_t, ino_t> Archive::Opening::journal_now() const {
  struct stat found{};
  if (::stat(folder_.journal().c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino};
}

Result<PoolHistory*> Archive::Opening::reaching(Seq durable) {
  if (history_ != nullptr && history_->end() >= durable) return history_.get();
  if (journal_now() != journal_) {
    return Error{
        "journal_missing", "the journal is not where its server found it", folder_.journal()
    };
  }
  history_ = TRY(PoolHistory::open(folder_));
  return history_.get();
}

// What is read is shared, so that it is neither copied nor dropped in the other thread.
template <typename T, typename Read>
bool Archive::start(Background& thread, Read read, Ready<T> done) {
  auto shared = std::make_shared<std::pair<Read, Ready<T>>>(std::move(read), std::move(done));
  return thread.start([this, shared]() -> Background::OnLoop {
    auto result = std::make_shared<Result<T>>(shared->first());
    return [this, shared, result] {
      if (!result->ok() && is_damage(result->error())) on_damage_(result->error());
      shared->second(std::move(*result));
    };
  });
}

bool Archive::ask(Query query, Kept kept, Seq durable, Instant now, Ready<std::string> done) {
  const bool is_short = reads_a_window(query);
  auto read = [opening = is_short ? short_opening_ : long_opening_,
               query = std::move(query),
               kept = std::move(kept),
               durable,
               now] { return answer(*opening, query, kept, durable, now); };
  return start<std::string>(
      is_short ? short_reads_ : long_reads_, std::move(read), std::move(done)
  );
}

bool Archive::play(ForecastQuestion question, Ready<std::string> done) {
  auto played = [question = std::move(question)]() -> Result<std::string> {
    return to_json_text(forecast_view(question));
  };
  return start<std::string>(long_reads_, std::move(played), std::move(done));
}

Result<std::string> Archive::answer(
    Opening& opening, const Query& query, const Kept& kept, Seq durable, Instant now
) {
  PoolHistory* const history = TRY(opening.reaching(durable));
  const FactSource facts = [&](Seq from, Seq to, const FactVisitor& visit) {
    return history->read(from, to, visit);
  };
  if (!query.at.empty() || reads_whole_pool(query)) {
    const std::string at = query.at.empty() ? std::to_string(durable.value) : query.at;
    const Recovered earlier = TRY(history->pool_at(at));
    return answer_query(query, *earlier.pool, facts, earlier.stamp.log);
  }
  // They read facts; of the pool they ask only where it ends, which chapter is the last, and where
  // the histories of marks and measures end.
  Pool end;
  end.state_to_fill().records = kept.records;
  end.state_to_fill().last = history->end();
  if (query.kind == QueryKind::report) {
    return report_answer(query, end, facts, now, kept.durations);
  }
  return answer_query(query, end, facts, now);
}

bool Archive::read_chain(Seq newest, Seq known, std::size_t most, Ready<std::vector<Fact>> done) {
  auto read = [opening = short_opening_, newest, known, most] {
    return chain(*opening, newest, known, most);
  };
  return start<std::vector<Fact>>(short_reads_, std::move(read), std::move(done));
}

Result<std::vector<Fact>> Archive::chain(
    Opening& opening, Seq newest, Seq known, std::size_t most
) {
  PoolHistory* const history = TRY(opening.reaching(newest));
  std::vector<Fact> facts;
  for (Seq next = newest; next > known && facts.size() < most;) {
    TRY(history->read(next, next, [&](const Fact& fact) {
      facts.push_back(fact);
      return false;
    }));
    CHECK(!facts.empty() && facts.back().seq == next, "a fact that is durable is not there");
    next = facts.back().prev;
  }
  return facts;
}

bool Archive::read_events(Seq from, Seq to, EventFeed::PageRead done) {
  auto read = [opening = short_opening_, from, to] { return page(*opening, from, to); };
  return start<EventPage>(short_reads_, std::move(read), std::move(done));
}

Result<EventPage> Archive::page(Opening& opening, Seq from, Seq to) {
  PoolHistory* const history = TRY(opening.reaching(to));
  EventPage page;
  TRY(history->read_text(from, to, [&](std::int64_t epoch, Seq seq, std::string_view fact) {
    append_fact_event(page.events, {epoch, seq}, fact);
    page.last = seq;
    return page.events.size() < page_bytes;
  }));
  return page;
}

bool Archive::put_blob(std::string bytes, Ready<BlobRef> done) {
  auto read = [blobs = blobs_, bytes = std::move(bytes)] { return blobs.put(bytes); };
  return start<BlobRef>(short_reads_, std::move(read), std::move(done));
}

bool Archive::get_blob(BlobRef blob, Ready<std::string> done) {
  auto read = [blobs = blobs_, blob = std::move(blob)] { return blobs.get(blob); };
  return start<std::string>(short_reads_, std::move(read), std::move(done));
}

}  // namespace evener

// What is read from the disk, and not from the pool in memory: history, events that a subscriber
// missed, blobs. All of it off the loop: long readings in one thread, short ones in another, so
// that a report over millions of facts holds up no subscriber, and nobody who looks at the log.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/blobs.h"
#include "engine/pool_file.h"
#include "server/background.h"
#include "server/events.h"
#include "views/query.h"

namespace evener {

// What questions to the history take of the pool as it is now.
struct Kept {
  Records records = {};
  std::vector<KindDurations> durations = {};  // that a report tells
};

// Every call but the constructor answers false, and does nothing, when too much waits already;
// otherwise `done` is called later, from the loop.
class Archive {
 public:
  template <typename T>
  using Ready = std::function<void(Result<T>)>;

  // `on_damage` is called from the loop when a reading finds that the journal is damaged. The loop
  // outlives this.
  using OnDamage = std::function<void(const Error&)>;
  Archive(boost::asio::io_context& loop, const PoolFolder& folder, OnDamage on_damage);

  // Answers a question that needs no more of the pool as it is now than where it ends and
  // what is `kept`: `log`, `report`, `marks`, `measures`, `checks`, and any one with `at`. All of
  // `kept` is durable, and it sees at least the facts up to `durable`.
  bool ask(Query query, Kept kept, Seq durable, Instant now, Ready<std::string> done);

  // A forecast: it reads nothing, and takes as long as a long reading.
  bool play(ForecastQuestion question, Ready<std::string> done);

  // The facts of one task, newest first: the one at `newest`, the one before it, and so on, `most`
  // at most, down to the first behind `known`.
  bool read_chain(Seq newest, Seq known, std::size_t most, Ready<std::vector<Fact>> done);

  // Facts as events, from `from` on: a page of them, at most to `to`.
  bool read_events(Seq from, Seq to, EventFeed::PageRead done);

  bool put_blob(std::string bytes, Ready<BlobRef> done);
  bool get_blob(BlobRef blob, Ready<std::string> done);

 private:
  // The journal, opened again whenever it has grown beyond what was seen of it. Belongs to one
  // thread.
  class Opening {
   public:
    explicit Opening(PoolFolder folder);

    // Valid until the next call. Sees at least the facts up to `durable`. Fails with
    // `journal_missing` where the folder was moved: another pool may lie there by now.
    Result<PoolHistory*> reaching(Seq durable);

   private:
    // Device and inode; zeros if it is not there.
    std::pair<dev_t, ino_t> journal_now() const;

    PoolFolder folder_;
    std::pair<dev_t, ino_t> journal_;  // when this was made
    std::unique_ptr<PoolHistory> history_;
  };

  static Result<std::string> answer(
      Opening& opening, const Query& query, const Kept& kept, Seq durable, Instant now
  );
  static Result<std::vector<Fact>> chain(Opening& opening, Seq newest, Seq known, std::size_t most);
  static Result<EventPage> page(Opening& opening, Seq from, Seq to);

  template <typename T, typename Read>
  bool start(Background& thread, Read read, Ready<T> done);

  BlobStore blobs_;
  OnDamage on_damage_;
  std::shared_ptr<Opening> long_opening_;
  std::shared_ptr<Opening> short_opening_;
  Background long_reads_;
  Background short_reads_;
};

}  // namespace evener

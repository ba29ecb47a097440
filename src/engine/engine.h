// The single writer of a pool, as a step machine: commands, reads, ticks and append outcomes go in;
// batches to append, replies and events come out. It owns no thread, socket, disk or clock, so that
// the same code runs in a server, in a command-line call and in a simulator.
//
// Every reply and every event waits until the newest fact that it saw is durable.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "core/answer_order.h"
#include "core/decide.h"
#include "core/pool.h"
#include "engine/log_clock.h"
#include "engine/record.h"

namespace evener {

// The caller's name for a request under way; a reply carries it back.
using RequestTag = std::uint64_t;

// A reply: the JSON text of an Answers (model/answer.h), or what a read returned.
struct Reply {
  RequestTag tag = 0;
  std::string body;
};

// Facts that are durable now, with the bytes that the journal holds. `keeper` owns them.
struct Published {
  Seq first;
  std::vector<std::string_view> facts;
  std::shared_ptr<const OpenBatch> keeper;
};

// Something that happened beside the log: a renewal, with the progress that it told.
struct Vital {
  std::string task;
  std::string worker;
  Progress progress;
};

struct Effects {
  std::vector<Reply> replies;
  std::vector<Published> published;
  std::vector<Vital> vitals;
};

struct EngineOptions {
  std::int64_t epoch = 1;
  // A server keeps deadlines beside the log, and its log time never leaps.
  bool serves = false;
  std::size_t most_parked = 20'000;  // claims that wait
  std::size_t most_undurable = std::size_t{64}
                               << 20U;  // bytes of facts gathered but not durable yet
};

// Invariant: facts are numbered without gaps, applied before they are appended, and never taken
// back; after a failed append the process ends.
class Engine {
 public:
  // Reads facts that are durable, for answers to repeated commands.
  using ReadFacts = std::function<Status(Seq from, Seq to, const FactVisitor&)>;

  Engine(std::unique_ptr<Pool> pool, const Stamp& last, EngineOptions options, ReadFacts read);

  const Pool& pool() const { return *pool_; }

  Instant now() const { return clock_.last().log; }

  const Stamp& stamp() const { return clock_.last(); }

  std::int64_t epoch() const { return options_.epoch; }

  // ---- in --------------------------------------------------------------------------------------

  // The first step after opening: time goes on from the newest batch, and what an opening must
  // write down first is written (recovery.h, facts_on_opening), before any lease can lapse.
  void begin(const ClockReading& reading);

  // Lets time pass: leases lapse, backoffs end, claims that waited long enough are answered.
  void tick(const ClockReading& reading);

  // Decides each command by itself, in order. One reply answers them all.
  void submit(RequestTag tag, const Author& author, std::vector<Request> requests);

  // Writes facts of the engine's owner: the pool's creation, a server's opening and closing.
  void record(const std::string& by, std::vector<FactBody> facts);

  // Replies with what `read` makes of the pool as it is now.
  using Read = std::function<std::string(const Pool&, Instant now)>;
  void read(RequestTag tag, const Read& read);

  // Drops a claim that waits, which then gets no reply. False if none waits under that tag: what is
  // decided already is still replied to.
  bool forget(RequestTag tag);

  // The batch handed out last is durable.
  void appended();

  // ---- out -------------------------------------------------------------------------------------

  // The next batch to append, if one waits and none is under way.
  std::optional<Batch> next_batch();

  bool is_appending() const { return in_flight_ != nullptr; }

  bool has_batch() const { return !sealed_.empty() || open_->count() > 0; }

  Effects take_effects();

  // Whether new commands should be put off because the disk is behind.
  bool is_overloaded() const { return undurable_ > options_.most_undurable; }

  std::size_t parked() const { return parked_.size(); }

  Seq durable() const { return durable_; }

  // The pool, for whoever opens the file again; this engine is over.
  std::unique_ptr<Pool> release_pool() && { return std::move(pool_); }

  // When the next tick has something to do, in log time; 0 if never.
  Instant next_deadline() const;

 private:
  // An answer that must be made from the log again, and where in the body it belongs.
  struct Repeated {
    std::size_t at = 0;
    Repeat repeat;
  };

  struct Outgoing {
    RequestTag tag = 0;
    Seq needs = {};  // durable first
    std::string body = {};
    std::vector<Repeated> repeats = {};  // in the order of the body
  };

  struct Parked {
    RequestTag tag;
    Author author;
    Request request;
    Instant until;
    CapabilitySet set;
    std::uint64_t order;  // smaller waits longer
  };

  using ParkedList = std::list<Parked>;

  Moment moment() const;
  bool perform(const Author& author, const Request& request, Outgoing& out);
  void append_accepted(std::string& out, Decision& decision);
  void write(const std::string& by, std::vector<FactBody>& bodies, std::optional<RequestMark> mark);
  void make_up_time();
  void lapse_due();
  void write_due();
  void park(RequestTag tag, const Author& author, Request request);
  void serve_parked();
  void serve_each();
  void serve_by_sets();
  bool try_parked(ParkedList::iterator parked, bool give_up);
  void unpark(ParkedList::iterator parked);
  void leave_set(ParkedList::iterator parked);
  void note_load(const Request& request, const Decision& decision);
  const Worker* waiting_worker(const Parked& parked) const;  // nullptr: nobody knows it yet
  bool changes_worker(const FactBody& fact) const;
  void regroup(const std::string& worker);
  void send(Outgoing out);
  void release_replies();
  void fill_in_repeats(Outgoing& outgoing) const;
  void append_repeat(std::string& out, const Repeat& repeat) const;
  void seal();

  std::unique_ptr<Pool> pool_;
  LogClock clock_;
  EngineOptions options_;
  ReadFacts read_facts_;
  Seq durable_;
  std::shared_ptr<OpenBatch> open_;
  std::deque<std::shared_ptr<OpenBatch>> sealed_;
  std::shared_ptr<OpenBatch> in_flight_;
  std::size_t undurable_ = 0;
  std::deque<Outgoing> outgoing_;
  ParkedList parked_;  // longest waiting first
  WaitingBySet<ParkedList::iterator> parked_by_set_;
  std::map<RequestTag, ParkedList::iterator> parked_by_tag_;
  std::set<std::pair<Instant, RequestTag>> parked_until_;
  std::uint64_t parked_ever_ = 0;
  std::string answers_;                 // room in which the next reply is written
  std::vector<std::string> described_;  // workers that registered while claims waited
  Effects effects_;
};

}  // namespace evener

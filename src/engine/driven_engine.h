// An engine whose clock and journal a test drives by hand.
#pragma once

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/snapshot_codec.h"
#include "engine/engine.h"
#include "engine/recovery.h"
#include "journal/memory.h"
#include "model/answer.h"

namespace evener {

// Saves the state at the journal's end, as a recovery makes it.
inline Status save_snapshot(Journal& journal, SnapshotStore& snapshots) {
  const SnapshotMark mark{.seq = journal.end().last, .journal_hash = journal.end().hash};
  const Recovered recovered = TRY(recover(journal, &snapshots, mark.seq));
  return snapshots.save(mark, encode_state(recovered.pool->state()));
}

inline constexpr Instant first_wall = 1'763'726'400'000;

class DrivenEngine {
 public:
  explicit DrivenEngine(EngineOptions options = {})
      : engine_(std::make_unique<Pool>(), {}, options, [this](Seq from, Seq to, const auto& visit) {
          return read_facts(journal, from, to, visit);
        }) {
    engine_.tick(reading);
  }

  Engine& operator*() { return engine_; }

  Engine* operator->() { return &engine_; }

  void give(RequestTag tag, Command command, const std::string& request_id = "") {
    std::vector<Request> requests;
    requests.push_back({request_id, std::move(command)});
    engine_.submit(tag, author, std::move(requests));
  }

  // Time passes, in one tick.
  void pass(Millis time) {
    reading.wall += time;
    reading.monotonic += time;
    reading.boot += time;
    engine_.tick(reading);
  }

  // Takes the next batch, which is then under way.
  bool begin_append() {
    batch = engine_.next_batch();
    return batch.has_value();
  }

  void end_append() {
    ASSERT_EQ(journal.append(*batch), Append::durable) << journal.last_error().text();
    engine_.appended();
  }

  void flush() {
    while (begin_append()) end_append();
  }

  // The reply's body, if it came; "" if it did not.
  std::string reply(RequestTag tag) {
    Effects effects = engine_.take_effects();
    for (Reply& came : effects.replies) {
      EXPECT_TRUE(replies_.emplace(came.tag, std::move(came.body)).second) << "a second reply";
    }
    for (Published& published : effects.published) published_.push_back(std::move(published));
    for (Vital& vital : effects.vitals) vitals.push_back(std::move(vital));
    const auto found = replies_.find(tag);
    return found == replies_.end() ? "" : found->second;
  }

  // The only answer of a reply that came.
  Answer answer(RequestTag tag) {
    const Result<Json> json = parse_json(reply(tag));
    if (!json.ok()) {
      ADD_FAILURE() << "no reply to " << tag;
      return {};
    }
    const Result<Answers> answers = from_json<Answers>(*json);
    EXPECT_TRUE(answers.ok() && answers->answers.size() == 1) << to_text(*json);
    return answers.ok() ? answers->answers.front() : Answer{};
  }

  // Which task a claim that was answered got; or why none.
  std::string claimed(RequestTag tag) {
    const Answer given = answer(tag);
    if (given.refusal) return given.refusal->code;
    const Json result = parse_json(given.result.text).value();
    return std::string(result.at("task").at("id").as_string());
  }

  // A command whose answer does not matter.
  Answer done(Command command, const std::string& request_id = "") {
    const RequestTag tag = ++own_tags_;
    give(tag, std::move(command), request_id);
    flush();
    return answer(tag);
  }

  const std::vector<Published>& published() {
    reply(0);
    return published_;
  }

  std::string digest() const { return state_digest(engine_.pool().state()); }

  MemoryJournal journal;
  ClockReading reading{.wall = first_wall, .monotonic = 5000, .boot = 5000, .boot_id = "boot-1"};
  Author author{"rod", Scope::operate};
  std::optional<Batch> batch;
  std::vector<Vital> vitals;

 private:
  Engine engine_;
  std::map<RequestTag, std::string> replies_;
  std::vector<Published> published_;
  RequestTag own_tags_ = 1'000'000;
};

inline AddTasks add_of(std::vector<TaskSpec> tasks) {
  return {.tasks = std::move(tasks)};
}

inline Claim waiting_claim(const std::string& worker, Millis wait = 10'000) {
  return {.worker = worker, .wait_ms = wait};
}

}  // namespace evener

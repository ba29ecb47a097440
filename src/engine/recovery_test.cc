#include "engine/recovery.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "core/recount.h"
#include "engine/driven_engine.h"
#include "engine/test_pool_folder.h"

namespace evener {
namespace {

// Some life in the pool: tasks, attempts of every end, a lapse, notes, request ids.
void live(DrivenEngine& engine, int from, int to) {
  for (int i = from; i < to; ++i) {
    const std::string id = fmt::format("t{}", i);
    TaskSpec spec{.id = id, .priority = static_cast<Priority>(i % 4), .labels = {"x"}};
    if (i % 3 == 2) spec.needs = {{fmt::format("t{}", i - 1)}, {fmt::format("t{}", i - 2)}};
    if (i % 5 == 4) spec.assignee = "role:reviewer";
    engine.done(add_of({spec}), fmt::format("{}-add{}", engine.reading.wall, i));
    const std::string worker = fmt::format("w{}", i % 7);
    const Answer answer = engine.done(Claim{.worker = worker, .lease_ms = 3000});
    if (answer.ok) {
      const Json claim = parse_json(answer.result.text).value();
      const std::string task(claim.at("task").at("id").as_string());
      const Fence fence{claim.at("fence").as_int64()};
      if (i % 4 == 0) engine.done(Finish{.task = task, .worker = worker, .fence = fence});
      if (i % 4 == 1) {
        engine.done(Fail{.task = task, .worker = worker, .fence = fence, .reason = "x"});
      }
      if (i % 4 == 2) engine.done(Renew{.worker = worker, .task = task, .fence = fence});
    }
    engine.pass(400);
    engine.flush();
  }
}

std::string digest_of(const Recovered& recovered) {
  return state_digest(recovered.pool->state());
}

TEST(Recovery, OfAnEmptyJournalIsAnEmptyPool) {
  MemoryJournal journal;
  const Result<Recovered> recovered = recover(journal, nullptr);
  ASSERT_TRUE(recovered.ok());
  EXPECT_EQ(recovered->pool->state().last, Seq{0});
  EXPECT_TRUE(recovered->pool->state().tasks.empty());
}

TEST(Recovery, ByReplayBySnapshotAndTailAndLiveIsTheSameState) {
  TestPoolFolder folder;
  SnapshotStore snapshots(folder.path("snapshots"));
  DrivenEngine engine;
  live(engine, 0, 40);
  ASSERT_TRUE(save_snapshot(engine.journal, snapshots).ok());
  const Seq snapshot = engine.journal.end().last;
  live(engine, 40, 80);
  const Result<Recovered> replayed = recover(engine.journal, nullptr);
  const Result<Recovered> usual = recover(engine.journal, &snapshots);
  ASSERT_TRUE(replayed.ok()) << replayed.error().text();
  ASSERT_TRUE(usual.ok()) << usual.error().text();
  EXPECT_EQ(usual->snapshot, snapshot);
  EXPECT_EQ(replayed->snapshot, Seq{0});
  EXPECT_EQ(digest_of(*replayed), engine.digest());
  EXPECT_EQ(digest_of(*usual), engine.digest());
  EXPECT_TRUE(verify_recovery(engine.journal, snapshots).ok());
  EXPECT_EQ(usual->stamp.log, replayed->stamp.log);
  for (const Recovered* recovered : {&*replayed, &*usual}) {
    EXPECT_EQ(fmt::format("{}", fmt::join(Recount::differences(*recovered->pool), "\n")), "");
  }
}

TEST(Recovery, AtTheSnapshotItselfKnowsTheTime) {
  TestPoolFolder folder;
  SnapshotStore snapshots(folder.path("snapshots"));
  DrivenEngine engine;
  live(engine, 0, 10);
  ASSERT_TRUE(save_snapshot(engine.journal, snapshots).ok());
  const Result<Recovered> usual = recover(engine.journal, &snapshots);
  ASSERT_TRUE(usual.ok());
  EXPECT_EQ(usual->snapshot, engine.journal.end().last);
  // Time went on after the last fact, and nobody wrote that down.
  EXPECT_EQ(usual->stamp.log, engine->now() - 400);
  EXPECT_EQ(usual->stamp.boot, "boot-1");
}

TEST(Recovery, StopsWhereItIsTold) {
  TestPoolFolder folder;
  SnapshotStore snapshots(folder.path("snapshots"));
  DrivenEngine engine;
  live(engine, 0, 20);
  const Seq middle = engine.journal.end().last;
  const std::string digest = engine.digest();
  live(engine, 20, 30);
  ASSERT_TRUE(save_snapshot(engine.journal, snapshots).ok());
  const Result<Recovered> then = recover(engine.journal, &snapshots, middle);
  ASSERT_TRUE(then.ok());
  EXPECT_EQ(digest_of(*then), digest);
  EXPECT_EQ(then->snapshot, Seq{0}) << "the snapshot is of a later moment";
}

// Also between the facts of one command, where two tasks that change places have half changed.
TEST(Recovery, MayStopBetweenAnyTwoFacts) {
  DrivenEngine engine;
  engine.done(add_of({{.id = "a", .needs = {{"b"}}}, {.id = "b"}, {.id = "p"}}));
  engine.done(add_of({{.id = "c", .parent = "p"}, {.id = "d"}}));
  AddTasks swap =
      add_of({{.id = "a"}, {.id = "b", .needs = {{"a"}}}, {.id = "p", .parent = "c"}, {.id = "c"}});
  swap.update = true;
  ASSERT_TRUE(engine.done(swap).ok);
  for (std::int64_t seq = 1; seq <= engine.journal.end().last.value; ++seq) {
    const Result<Recovered> recovered = recover(engine.journal, nullptr, Seq{seq});
    ASSERT_TRUE(recovered.ok());
    EXPECT_EQ(fmt::format("{}", fmt::join(Recount::differences(*recovered->pool), "\n")), "");
  }
}

TEST(Recovery, PassesOverADamagedSnapshot) {
  TestPoolFolder folder;
  SnapshotStore snapshots(folder.path("snapshots"));
  DrivenEngine engine;
  live(engine, 0, 10);
  ASSERT_TRUE(save_snapshot(engine.journal, snapshots).ok());
  live(engine, 10, 20);
  ASSERT_TRUE(save_snapshot(engine.journal, snapshots).ok());
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path("snapshots"))) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  ASSERT_EQ(files.size(), 2U);
  std::filesystem::resize_file(files.back(), std::filesystem::file_size(files.back()) - 1);
  const Result<Recovered> recovered = recover(engine.journal, &snapshots);
  ASSERT_TRUE(recovered.ok());
  EXPECT_EQ(recovered->skipped.size(), 1U);
  EXPECT_GT(recovered->snapshot, Seq{0});
  EXPECT_LT(recovered->snapshot, engine.journal.end().last);
  EXPECT_EQ(digest_of(*recovered), engine.digest());
}

TEST(Recovery, ReplaysWhenASnapshotIsOfAnotherVersion) {
  TestPoolFolder folder;
  SnapshotStore snapshots(folder.path("snapshots"));
  DrivenEngine engine;
  live(engine, 0, 10);
  const JournalEnd& end = engine.journal.end();
  ASSERT_TRUE(snapshots.save({end.last, end.hash}, "evener-state-99").ok());
  const Result<Recovered> recovered = recover(engine.journal, &snapshots);
  ASSERT_TRUE(recovered.ok());
  EXPECT_EQ(recovered->skipped.size(), 1U);
  EXPECT_EQ(digest_of(*recovered), engine.digest());
}

TEST(Recovery, IgnoresASnapshotOfAnotherJournal) {
  TestPoolFolder folder;
  SnapshotStore snapshots(folder.path("snapshots"));
  DrivenEngine other;
  live(other, 5, 12);
  ASSERT_TRUE(save_snapshot(other.journal, snapshots).ok());
  DrivenEngine engine;
  live(engine, 0, 20);
  const Result<Recovered> recovered = recover(engine.journal, &snapshots);
  ASSERT_TRUE(recovered.ok());
  EXPECT_EQ(recovered->snapshot, Seq{0});
  EXPECT_EQ(digest_of(*recovered), engine.digest());
}

TEST(Recovery, FindsTheFactByWallTime) {
  DrivenEngine engine;
  live(engine, 0, 5);
  EXPECT_EQ(seq_at(engine.journal, first_wall - 1).value(), Seq{0});
  EXPECT_EQ(seq_at(engine.journal, engine.reading.wall).value(), engine.journal.end().last);
  const Seq middle = seq_at(engine.journal, first_wall + 900).value();
  EXPECT_GT(middle, Seq{0});
  EXPECT_LT(middle, engine.journal.end().last);
}

// ---- opening and closing -----------------------------------------------------------------------

// What would be written by whoever opens the pool next.
std::size_t extensions(DrivenEngine& engine, bool as_server) {
  return facts_on_opening(engine->pool(), first_wall + 1'000'000, as_server).size();
}

void close(DrivenEngine& engine) {
  for (std::vector<FactBody>& facts : facts_on_closing(engine->pool(), "one")) {
    engine->record("evener", std::move(facts));
  }
  engine.flush();
}

TEST(Opening, ANewPoolExtendsNothing) {
  DrivenEngine engine;
  engine.done(add_of({{.id = "a"}}));
  engine.done(Claim{.worker = "w1"});
  EXPECT_EQ(extensions(engine, false), 0U);
  EXPECT_EQ(extensions(engine, true), 0U);
}

TEST(Opening, AfterAServerThatDiedAnybodyExtends) {
  DrivenEngine engine({.serves = true});
  engine->record("evener", {ServerOpened{"one"}});
  EXPECT_EQ(extensions(engine, false), 1U);
  EXPECT_EQ(extensions(engine, true), 1U);
  engine->record("evener", facts_on_opening(engine->pool(), engine->now(), false));
  EXPECT_EQ(extensions(engine, false), 0U) << "once is enough";
  EXPECT_EQ(extensions(engine, true), 0U);
}

TEST(Opening, AfterAServerThatClosedOnlyAServerExtends) {
  DrivenEngine engine({.serves = true});
  engine->record("evener", {ServerOpened{"one"}});
  close(engine);
  EXPECT_EQ(extensions(engine, false), 0U);
  EXPECT_EQ(extensions(engine, true), 1U);
}

TEST(Opening, AfterACallThatWroteItsRenewalDownNobodyExtends) {
  DrivenEngine engine;
  engine->record("evener", {ServerOpened{"one"}});
  engine.done(add_of({{.id = "a"}}));
  engine.done(Claim{.worker = "w1"});
  close(engine);
  engine.done(Renew{.worker = "w1", .task = "a", .fence = Fence{1}});
  EXPECT_EQ(extensions(engine, false), 0U);
  EXPECT_EQ(extensions(engine, true), 0U);
}

TEST(Opening, AnExtensionGivesEveryLeaseItsWholeLength) {
  DrivenEngine engine({.serves = true});
  engine->record("evener", {ServerOpened{"one"}});
  engine.done(add_of({{.id = "a"}, {.id = "b"}}));
  engine.done(Claim{.worker = "w1", .lease_ms = 5000});
  engine.done(Claim{.worker = "w2", .lease_ms = 60'000});
  engine.pass(1000);
  const Instant from = engine->now();
  engine->record("evener", facts_on_opening(engine->pool(), from, true));
  EXPECT_EQ(engine->pool().vitals().find(TaskIndex{0})->expires, from + 5000);
  EXPECT_EQ(engine->pool().vitals().find(TaskIndex{1})->expires, from + 60'000);
  EXPECT_EQ(engine->pool().state().find_attempt(TaskIndex{0})->expires, from + 5000);
}

TEST(Opening, BeginsWithTheExtensionBeforeAnythingLapses) {
  DrivenEngine dead({.serves = true});
  dead->record("evener", {ServerOpened{"one"}});
  dead.done(add_of({{.id = "a"}}));
  dead.done(Claim{.worker = "w1", .lease_ms = 5000});
  Recovered recovered = recover(dead.journal, nullptr).value();
  Engine next(std::move(recovered.pool), recovered.stamp, {}, {});
  ClockReading later = dead.reading;
  later.wall += 3'600'000;
  later.monotonic += 3'600'000;
  next.begin(later);
  next.tick(later);
  EXPECT_EQ(next.now(), first_wall + 3'600'000);
  EXPECT_EQ(next.pool().state_of(TaskIndex{0}), TaskState::running);
  EXPECT_EQ(next.pool().vitals().find(TaskIndex{0})->expires, next.now() + 5000);
}

TEST(Closing, WritesDownTheDeadlinesThatStoodBesideTheLog) {
  DrivenEngine engine({.serves = true});
  engine->record("evener", {ServerOpened{"one"}});
  engine.done(add_of({{.id = "a"}, {.id = "b"}}));
  engine.done(Claim{.worker = "w1", .lease_ms = 5000});
  engine.done(Claim{.worker = "w2", .lease_ms = 9000});
  engine.pass(1000);
  engine.done(Renew{.worker = "w1", .task = "a", .fence = Fence{1}});
  const Instant expires = engine->now() + 5000;
  EXPECT_EQ(
      recover(engine.journal, nullptr)->pool->vitals().find(TaskIndex{0})->expires, expires - 1000
  );
  close(engine);
  const Recovered recovered = recover(engine.journal, nullptr).value();
  EXPECT_EQ(recovered.pool->vitals().find(TaskIndex{0})->expires, expires);
  EXPECT_EQ(recovered.pool->vitals().find(TaskIndex{1})->expires, expires - 1000 + 4000);
  EXPECT_EQ(recovered.pool->state().server, "");
  EXPECT_EQ(digest_of(recovered), engine.digest());
}

TEST(Closing, WithThousandsOfLeasesFitsItsBatches) {
  DrivenEngine engine({.serves = true});
  for (int i = 0; i < 2100; i += 100) {
    AddTasks add;
    for (int j = i; j < i + 100; ++j) add.tasks.push_back({.id = fmt::format("t{}", j)});
    engine.give(RequestTag(10'000 + i), std::move(add));
  }
  engine.give(1, RegisterWorker{{.name = "w", .slots = 1024}});
  engine.give(2, RegisterWorker{{.name = "v", .slots = 1024}});
  for (int i = 0; i < 2048; ++i) {
    engine.give(RequestTag(20'000 + i), Claim{.worker = i % 2 == 0 ? "w" : "v"});
  }
  engine.flush();
  close(engine);
  EXPECT_EQ(engine->pool().vitals().leases().size(), 2048U);
  EXPECT_EQ(engine->pool().state().server, "");
}

}  // namespace
}  // namespace evener

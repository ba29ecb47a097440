#include "engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/driven_engine.h"

namespace evener {
namespace {

// ---- durable first -----------------------------------------------------------------------------

TEST(Engine, RepliesOnceItsFactsAreDurable) {
  DrivenEngine engine;
  engine.give(1, add_of({{.id = "a"}}));
  EXPECT_EQ(engine.reply(1), "");
  ASSERT_TRUE(engine.begin_append());
  EXPECT_EQ(engine.reply(1), "");
  engine.pass(100);
  EXPECT_EQ(engine.reply(1), "");
  engine.end_append();
  EXPECT_EQ(
      engine.reply(1), R"({"answers":[{"ok":true,"seq":1,"result":{"added":["a"],"changed":[]}}]})"
  );
  EXPECT_FALSE(engine.begin_append());
}

TEST(Engine, RefusalsAndReadsWaitForWhatTheySaw) {
  DrivenEngine engine;
  engine.give(1, add_of({{.id = "a"}}));
  engine.give(2, add_of({{.id = "a"}}));
  engine->read(3, [](const Pool& pool, Instant) {
    return std::to_string(pool.state().tasks.size());
  });
  ASSERT_TRUE(engine.begin_append());
  EXPECT_EQ(engine.reply(2), "");
  EXPECT_EQ(engine.reply(3), "");
  engine.end_append();
  EXPECT_EQ(engine.answer(2).refusal->code, "duplicate_id");
  EXPECT_EQ(engine.reply(3), "1");
}

TEST(Engine, AnswersAtOnceWhenAllThatItSawIsDurable) {
  DrivenEngine engine;
  engine.done(add_of({{.id = "a"}}));
  engine->read(1, [](const Pool& pool, Instant) { return pool.state().task(TaskIndex{0}).id; });
  EXPECT_EQ(engine.reply(1), "a");
  engine.give(2, add_of({{.id = "a"}}));
  EXPECT_EQ(engine.answer(2).refusal->code, "duplicate_id");
}

TEST(Engine, AnswersManyCommandsOfOneRequestTogetherAndInOrder) {
  DrivenEngine engine;
  std::vector<Request> requests;
  requests.push_back({"", add_of({{.id = "a"}})});
  requests.push_back({"", Claim{.worker = "w1"}});
  requests.push_back({"", Claim{.worker = "w2", .wait_ms = 1000}});
  engine->submit(1, engine.author, std::move(requests));
  engine.flush();
  const Answers answers = from_json<Answers>(parse_json(engine.reply(1)).value()).value();
  ASSERT_EQ(answers.answers.size(), 3U);
  EXPECT_TRUE(answers.answers[0].ok);
  EXPECT_TRUE(answers.answers[1].ok);
  EXPECT_EQ(answers.answers[2].refusal->code, "nothing_to_claim") << "only a claim alone may wait";
  EXPECT_EQ(answers.answers[2].seq, Seq{3});
}

// ---- batches -----------------------------------------------------------------------------------

TEST(Engine, GathersWhatComesWhileABatchIsUnderWayIntoTheNext) {
  DrivenEngine engine;
  engine.give(1, add_of({{.id = "a"}}));
  ASSERT_TRUE(engine.begin_append());
  for (RequestTag tag = 2; tag <= 11; ++tag) {
    engine.give(tag, add_of({{.id = fmt::format("t{}", tag)}}));
    EXPECT_EQ(engine->next_batch(), std::nullopt);
  }
  engine.end_append();
  EXPECT_NE(engine.reply(1), "");
  EXPECT_EQ(engine.reply(2), "");
  ASSERT_TRUE(engine.begin_append());
  EXPECT_EQ(engine.batch->first, Seq{2});
  EXPECT_EQ(engine.batch->last, Seq{11});
  engine.end_append();
  for (RequestTag tag = 2; tag <= 11; ++tag) EXPECT_NE(engine.reply(tag), "") << tag;
}

TEST(Engine, KeepsBatchesWithinTheirBoundAndCommandsWhole) {
  DrivenEngine engine;
  std::vector<std::pair<Seq, Seq>> commands;
  for (int i = 0; i < 40; ++i) {
    AddTasks command;
    for (int j = 0; j <= i % 4; ++j) {
      command.tasks.push_back(
          {.id = fmt::format("t{}-{}", i, j), .description = std::string(13'000, 'x')}
      );
    }
    const Seq first = engine->pool().state().last.next();
    engine.give(RequestTag(i + 1), std::move(command));
    commands.emplace_back(first, engine->pool().state().last);
  }
  std::vector<Seq> ends;
  while (engine.begin_append()) {
    EXPECT_LE(engine.batch->bytes.size(), max_batch_bytes);
    ends.push_back(engine.batch->last);
    engine.end_append();
  }
  EXPECT_GT(ends.size(), 10U);
  for (const auto& [first, last] : commands) {
    for (const Seq end : ends) EXPECT_FALSE(first <= end && end < last) << "a command was split";
  }
  for (RequestTag tag = 1; tag <= 40; ++tag) EXPECT_TRUE(engine.answer(tag).ok);
}

// However many tasks, and however long the author's name: refused, or within one batch.
TEST(Engine, ACommandIsRefusedBeforeItsFactsOverflowABatch) {
  std::size_t most = 0;
  for (const std::size_t name : {3U, 128U}) {
    for (std::size_t count = 100; count <= 1000; count += 25) {
      DrivenEngine engine;
      engine.author.name = std::string(name, 'r');
      AddTasks command;
      for (std::size_t i = 0; i < count; ++i)
        command.tasks.push_back({.id = fmt::format("t{}", i)});
      const Answer answer = engine.done(std::move(command));
      if (answer.ok) {
        most = std::max(most, count);
        EXPECT_LE(engine.journal.end().bytes.size(), max_batch_bytes);
        EXPECT_EQ(engine.journal.end().last.value, std::int64_t(count));
      } else {
        EXPECT_EQ(answer.refusal->code, "too_large");
        break;
      }
    }
  }
  EXPECT_GE(most, 300U);
}

TEST(Engine, TextThatGrowsInJsonIsRefusedBeforeItOverflowsABatch) {
  DrivenEngine engine;
  engine.done(add_of({{.id = "a"}}));
  engine.done(Claim{.worker = "w1"});
  Finish finish{.task = "a", .worker = "w1", .fence = Fence{1}};
  finish.result = std::string(limits::note_bytes, '\x01');
  finish.run.tail = std::string(limits::tail_bytes, '\x01');
  finish.verify.tail = std::string(limits::tail_bytes, '\x01');
  EXPECT_EQ(engine.done(finish).refusal->code, "too_large");
  Fail fail{.task = "a", .worker = "w1", .fence = Fence{1}, .reason = finish.result};
  fail.run = finish.run;
  fail.verify = finish.verify;
  EXPECT_EQ(engine.done(fail).refusal->code, "too_large");
  RegisterWorker worker{{.name = "w1"}};
  worker.worker.capabilities.assign(256, std::string(128, '"'));
  EXPECT_EQ(engine.done(worker).refusal->code, "too_large");
  PoolCard card;
  card.people.assign(64, std::string(512, '"'));
  EXPECT_EQ(engine.done(Configure{.card = card}).refusal->code, "too_large");
  EditTask edit{.task = "a"};
  AddTasks needed;
  for (int i = 0; i < 300; ++i) needed.tasks.push_back({.id = fmt::format("{:x<100}{}", "n", i)});
  for (const TaskSpec& task : needed.tasks) {
    edit.add_needs.push_back({task.id});
    ASSERT_TRUE(engine.done(add_of({task})).ok);
  }
  EXPECT_TRUE(engine.done(edit).ok);
  for (int i = 300; i < 600; ++i) {
    const TaskSpec task{.id = fmt::format("{:x<100}{}", "n", i)};
    edit.add_needs.push_back({task.id});
    ASSERT_TRUE(engine.done(add_of({task})).ok);
  }
  EXPECT_EQ(engine.done(edit).refusal->code, "too_large");
}

TEST(Engine, WhatCouldNotBeReadBackIsRefused) {
  DrivenEngine engine;
  engine.done(add_of({{.id = "a"}}));
  const Answer bytes = engine.done(AddNote{.task = "a", .text = "caf\xe9"});
  EXPECT_EQ(bytes.refusal->message, "the command holds text that is not UTF-8");
  const Answer longer = engine.done(AddNote{.task = "a", .text = std::string(5000, 'x')});
  EXPECT_EQ(longer.refusal->code, "too_large");
  const Answer lines = engine.done(Cancel{.task = "a", .reason = "one\ntwo"});
  EXPECT_EQ(lines.refusal->message, "reason: a control character (byte 0x0a) at 3");
  EXPECT_EQ(engine.done(EditTask{.task = "a", .changes = {"{"}}).refusal->code, "bad_value");
  engine.author.name = "ren\xe9";
  EXPECT_EQ(engine.done(Cancel{.task = "a"}).refusal->code, "bad_value");
  EXPECT_EQ(engine->pool().state().last, Seq{1});
}

TEST(Engine, PublishesFactsAsTheJournalHoldsThem) {
  DrivenEngine engine;
  engine.give(1, add_of({{.id = "a"}, {.id = "b"}}));
  EXPECT_TRUE(engine.published().empty());
  engine.flush();
  engine.done(Claim{.worker = "w1"});
  Seq next{1};
  for (const Published& published : engine.published()) {
    EXPECT_EQ(published.first, next);
    for (const std::string_view text : published.facts) {
      const Result<Fact> fact = read_fact(parse_json(text).value());
      ASSERT_TRUE(fact.ok());
      EXPECT_EQ(fact->seq, next);
      EXPECT_EQ(fact->by, "rod");
      next = next.next();
    }
  }
  EXPECT_EQ(next, Seq{5});
}

TEST(Engine, SaysWhenTheDiskIsBehind) {
  DrivenEngine engine({.most_undurable = 10'000});
  EXPECT_FALSE(engine->is_overloaded());
  engine.give(1, add_of({{.id = "a", .description = std::string(12'000, 'x')}}));
  EXPECT_TRUE(engine->is_overloaded());
  engine.flush();
  EXPECT_FALSE(engine->is_overloaded());
}

// ---- repeats -----------------------------------------------------------------------------------

TEST(Engine, ARepeatIsAnsweredFromTheFacts) {
  DrivenEngine engine;
  const std::string id = fmt::format("{}-x", first_wall);
  engine.done(add_of({{.id = "a"}}));
  const Answer first = engine.done(Claim{.worker = "w1"}, id);
  const Answer second = engine.done(Claim{.worker = "w1"}, id);
  EXPECT_FALSE(first.repeated);
  EXPECT_TRUE(second.repeated);
  EXPECT_TRUE(second.ok);
  EXPECT_EQ(second.result, first.result);
  EXPECT_EQ(engine->pool().state().last_fence, Fence{1});
  EXPECT_EQ(engine.done(Claim{.worker = "w2"}, id).refusal->code, "request_id_reused");
}

TEST(Engine, ARepeatOfWhatIsNotDurableYetWaitsForIt) {
  DrivenEngine engine;
  const std::string id = fmt::format("{}-x", first_wall);
  engine.give(1, add_of({{.id = "a"}, {.id = "b"}}), id);
  ASSERT_TRUE(engine.begin_append());
  engine.give(2, add_of({{.id = "a"}, {.id = "b"}}), id);
  EXPECT_EQ(engine.reply(2), "");
  engine.end_append();
  EXPECT_EQ(engine.answer(2).result, engine.answer(1).result);
  EXPECT_TRUE(engine.answer(2).repeated);
}

// What is repeated is filled in once it may be, and takes no room until then.
TEST(Engine, AnswersARequestOfRepeatedCommandsOneByOne) {
  DrivenEngine engine;
  const auto both = [&](RequestTag tag, const std::string& last_id) {
    const std::string start = fmt::format("{}-", first_wall);
    std::vector<Request> requests;
    requests.push_back({start + "a", add_of({{.id = "a"}})});
    requests.push_back({start + last_id, add_of({{.id = last_id}})});
    engine->submit(tag, engine.author, std::move(requests));
    engine.flush();
    return from_json<Answers>(parse_json(engine.reply(tag)).value()).value().answers;
  };
  both(1, "b");
  const std::vector<Answer> again = both(2, "b");
  ASSERT_EQ(again.size(), 2U);
  EXPECT_TRUE(again[0].repeated && again[1].repeated);
  const std::vector<Answer> half_new = both(3, "c");
  ASSERT_EQ(half_new.size(), 2U);
  EXPECT_TRUE(half_new[0].repeated && half_new[1].ok && !half_new[1].repeated);
}

TEST(Engine, ARepeatShowsNothingThatIsNotDurable) {
  DrivenEngine engine;
  const std::string id = fmt::format("{}-x", first_wall);
  engine.done(add_of({{.id = "a"}}));
  engine.give(1, Hold{.task = "a"}, id);
  ASSERT_TRUE(engine.begin_append());
  engine.give(2, Hold{.task = "a"}, id);
  engine.give(3, Cancel{.task = "a"});
  engine.end_append();
  EXPECT_EQ(engine.reply(2), "") << "it would have told of the cancellation";
  engine.flush();
  EXPECT_EQ(engine.answer(2).result.text, R"({"task":"a","state":"cancelled"})");
  EXPECT_EQ(engine.answer(2).seq, Seq{3});
}

TEST(Engine, ARequestIdIsGoodForADay) {
  DrivenEngine engine;
  const std::string old = fmt::format("{}-x", first_wall);
  engine.done(add_of({{.id = "a"}}), old);
  engine.pass(limits::request_window - 1000);
  engine.done(add_of({{.id = "b"}}), fmt::format("{}-y", engine.reading.wall));
  EXPECT_TRUE(engine.done(add_of({{.id = "a"}}), old).repeated);
  engine.pass(2000);
  EXPECT_TRUE(engine.done(add_of({{.id = "d"}}), fmt::format("{}-x", engine.reading.wall)).ok);
  EXPECT_EQ(
      engine.done(add_of({{.id = "c"}}), fmt::format("{}-z", first_wall)).refusal->code,
      "request_id_expired"
  ) << "one that nobody used";
  EXPECT_EQ(engine.done(add_of({{.id = "a"}}), old).refusal->code, "request_id_expired");
}

// Log time does not follow a wall clock that is set back. What people send is stamped by the wall.
TEST(Engine, RequestIdsStayGoodWhenLogTimeWentAheadOfTheWall) {
  constexpr Millis leap = 30 * limits::request_window;
  DrivenEngine engine;
  engine.reading.boot_id = "boot-2";
  engine.pass(leap);
  engine.reading.boot_id = "boot-3";
  engine.pass(-leap);
  EXPECT_GT(engine->now(), engine.reading.wall + leap / 2);
  const std::string id = fmt::format("{}-x", engine.reading.wall);
  engine.done(add_of({{.id = "a"}}), id);
  for (int hour = 1; hour < 24; ++hour) {
    engine.pass(limits::request_window / 24);
    const Answer added = engine.done(
        add_of({{.id = fmt::format("b{}", hour)}}), fmt::format("{}-y", engine.reading.wall)
    );
    EXPECT_TRUE(added.ok) << hour;
  }
  EXPECT_TRUE(engine.done(add_of({{.id = "a"}}), id).repeated);
  engine.pass(limits::request_window / 12);
  engine.done(add_of({{.id = "c"}}), fmt::format("{}-y", engine.reading.wall));
  EXPECT_EQ(engine.done(add_of({{.id = "a"}}), id).refusal->code, "request_id_expired");
}

// As on a machine whose clock was a month ahead for longer than ids are remembered.
TEST(Engine, RequestIdsOfAClockThatWasAheadKeepNobodyOut) {
  constexpr Millis leap = 30 * limits::request_window;
  DrivenEngine engine;
  const auto add = [&](const std::string& task) {
    return engine.done(add_of({{.id = task}}), fmt::format("{}-{}", engine.reading.wall, task));
  };
  EXPECT_TRUE(add("a").ok);
  engine.reading.boot_id = "boot-2";
  engine.pass(leap);
  EXPECT_TRUE(add("b").ok);
  engine.pass(limits::request_window + 1000);
  EXPECT_TRUE(add("c").ok);
  engine.reading.wall -= leap;
  engine.pass(1000);
  EXPECT_TRUE(add("d").ok);
  EXPECT_TRUE(add("d").repeated);
}

// As by many ids of a clock that is fast. Its repeat may be refused then, and is never carried out.
TEST(Engine, ARequestIdThatWasCrowdedOutIsNotUsedTwice) {
  constexpr Millis fast = 2 * 3'600'000;
  DrivenEngine engine;
  engine.done(add_of({{.id = "t"}}));
  for (std::size_t i = 0; i < limits::requests_per_author; ++i) {
    engine.give(
        i + 1, AddNote{.task = "t", .text = "x"}, fmt::format("{}-f{}", first_wall + fast, i)
    );
    if (i % 500 == 0) engine.flush();
  }
  engine.flush();
  const std::string id = fmt::format("{}-x", engine.reading.wall);
  const Answer first = engine.done(add_of({{.id = "a"}}), id);
  const Answer again = engine.done(add_of({{.id = "a"}}), id);
  EXPECT_TRUE(again.repeated || again.refusal->code == "request_id_expired");
  EXPECT_TRUE(first.ok);
  EXPECT_EQ(engine->pool().state().tasks.size(), 2U);
}

// ---- leases and vital signs --------------------------------------------------------------------

TEST(Engine, RenewalsAreNoFactsWhileItServes) {
  DrivenEngine engine({.serves = true});
  engine.done(add_of({{.id = "a"}}));
  engine.done(Claim{.worker = "w1", .lease_ms = 2000});
  const Seq before = engine->pool().state().last;
  for (int i = 0; i < 10; ++i) {
    engine.pass(900);
    const Answer renewed = engine.done(
        Renew{.worker = "w1", .task = "a", .fence = Fence{1}, .progress = {.line = "on it"}}
    );
    EXPECT_TRUE(renewed.ok);
    EXPECT_EQ(
        renewed.result.text,
        fmt::format(
            R"({{"task":"a","state":"running","expires":{},"unread":0,"urgent":0}})",
            engine->now() + 2000
        )
    );
  }
  EXPECT_EQ(engine->pool().state().last, before);
  ASSERT_EQ(engine.vitals.size(), 10U);
  EXPECT_EQ(engine.vitals.back().progress.line, "on it");
  engine.pass(1000);
  EXPECT_EQ(engine->pool().state_of(TaskIndex{0}), TaskState::running);
  engine.pass(1000);
  EXPECT_EQ(engine->pool().state_of(TaskIndex{0}), TaskState::ready);
  EXPECT_EQ(engine->pool().state().last, before.next());
}

TEST(Engine, RenewalsAreFactsWithoutAServer) {
  DrivenEngine engine;
  engine.done(add_of({{.id = "a"}}));
  engine.done(Claim{.worker = "w1", .lease_ms = 2000});
  const Seq before = engine->pool().state().last;
  engine.pass(1500);
  EXPECT_TRUE(engine.done(Renew{.worker = "w1", .task = "a", .fence = Fence{1}}).ok);
  EXPECT_EQ(engine->pool().state().last, before.next());
  engine.pass(1500);
  EXPECT_EQ(engine->pool().state_of(TaskIndex{0}), TaskState::running);
}

TEST(Engine, TellsOfMessagesInEveryRenewal) {
  for (const bool serves : {true, false}) {
    DrivenEngine engine({.serves = serves});
    engine.done(add_of({{.id = "a"}}));
    engine.done(Claim{.worker = "w1"});
    engine.done(SendMessage{.to = "w1", .text = "x", .urgent = true});
    engine.done(SendMessage{.to = "everyone", .text = "y"});
    const auto says = [&](Command command) {
      const Answer answer = engine.done(std::move(command));
      return answer.ok ? answer.result.text : answer.refusal->detail.text;
    };
    const Renew renewal{.worker = "w1", .task = "a", .fence = Fence{1}};
    EXPECT_THAT(says(renewal), testing::HasSubstr(R"("unread":2,"urgent":1)"));
    EXPECT_THAT(says(Renew{.worker = "w1"}), testing::HasSubstr(R"("unread":2,"urgent":1)"));
    engine.done(Finish{.task = "a", .worker = "w1", .fence = Fence{1}});
    EXPECT_THAT(says(Claim{.worker = "w1"}), testing::HasSubstr(R"("unread":2,"urgent":1)"));
    engine.done(Acknowledge{.worker = "w1", .all = true});
    EXPECT_THAT(says(Renew{.worker = "w1"}), testing::HasSubstr(R"("unread":0,"urgent":0)"));
    EXPECT_EQ(says(Claim{.worker = "w1"}), "");
  }
}

// A line that says nothing new is no report, also beside the log.
TEST(Engine, CountsProgressBesideTheLogAsAReport) {
  DrivenEngine engine({.serves = true});
  PoolSettings settings;
  settings.report_every_ms = 800;
  engine.done(Configure{.settings = settings});
  engine.done(add_of({{.id = "a"}}));
  engine.done(Claim{.worker = "w1"});
  const auto overdue = [&] {
    const auto& reports = engine->pool().state().reports.of;
    return !reports.empty() && reports.front().level > 0;
  };
  const auto progress = [&](std::string line) {
    engine.done(
        Renew{.worker = "w1", .task = "a", .fence = Fence{1}, .progress = {.line = std::move(line)}}
    );
  };
  engine.pass(700);
  progress("one");
  EXPECT_EQ(engine->next_deadline(), engine->now() + 800);
  engine.pass(700);
  progress("two");
  engine.pass(700);
  EXPECT_FALSE(overdue());
  progress("two");
  engine.pass(100);
  EXPECT_TRUE(overdue());
}

TEST(Engine, AServersTimeStepsAtMostASecond) {
  DrivenEngine engine({.serves = true});
  engine.done(add_of({{.id = "a"}}));
  engine.done(Claim{.worker = "w1", .lease_ms = 2000});
  const Instant before = engine->now();
  engine.pass(3'600'000);
  EXPECT_EQ(engine->now(), before + 1000);
  EXPECT_EQ(engine->pool().state_of(TaskIndex{0}), TaskState::running) << "an hour's sleep";
  EXPECT_EQ(engine->stamp().wall, first_wall + 3'600'000);
  engine.pass(999);
  EXPECT_EQ(engine->pool().state_of(TaskIndex{0}), TaskState::running);
  engine.pass(1);
  EXPECT_EQ(engine->pool().state_of(TaskIndex{0}), TaskState::ready);
  EXPECT_EQ(engine->now(), before + 2000);
}

TEST(Engine, LogTimeMakesUpForWhatItMissedWhenNoTaskIsLeased) {
  DrivenEngine engine({.serves = true});
  engine.done(add_of({{.id = "a"}}));
  engine.done(Claim{.worker = "w1", .lease_ms = 60'000});
  engine.pass(3'600'000);
  engine.pass(10);
  EXPECT_EQ(engine->now(), first_wall + 1010);
  engine.done(Finish{.task = "a", .worker = "w1", .fence = Fence{1}});
  EXPECT_EQ(engine->now(), first_wall + 1010) << "what is written tells how long it took";
  engine.pass(10);
  EXPECT_EQ(engine->now(), first_wall + 3'600'020);
  engine.pass(7'200'000);
  EXPECT_EQ(engine->now(), first_wall + 10'800'020);
}

TEST(Engine, KnowsWhenItHasSomethingToDoNext) {
  DrivenEngine engine;
  EXPECT_EQ(engine->next_deadline(), 0);
  engine.done(add_of({{.id = "a", .retries = 1, .backoff_ms = 7000}}));
  engine.done(Claim{.worker = "w1", .lease_ms = 5000});
  EXPECT_EQ(engine->next_deadline(), engine->now() + 5000);
  engine.give(1, waiting_claim("w2", 3000));
  EXPECT_EQ(engine->next_deadline(), engine->now() + 3000);
  engine->forget(1);
  engine.done(Fail{.task = "a", .worker = "w1", .fence = Fence{1}});
  EXPECT_EQ(engine->next_deadline(), engine->now() + 7000);
}

}  // namespace
}  // namespace evener

#include "engine/pool_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/snapshot_codec.h"
#include "engine/test_pool_folder.h"
#include "model/answer.h"

namespace evener {
namespace {

const Author rod{"rod", Scope::operate};

class PoolFileTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_folder(folder).ok());
    const Status created = PoolFile::create(folder, "rod", {.name = "barn"}, clock);
    ASSERT_TRUE(created.ok()) << created.error().text();
  }

  std::unique_ptr<PoolFile> open(const EngineOptions& options = {}, CachedPool cached = {}) {
    Result<std::unique_ptr<PoolFile>> file = PoolFile::open(folder, options, std::move(cached));
    EXPECT_TRUE(file.ok()) << file.error().text();
    (*file)->engine().begin(clock.read());
    (*file)->engine().tick(clock.read());
    return std::move(file).value();
  }

  // Gives the command; once it is acknowledged, answers whether it was done.
  static bool give(PoolFile& file, Command command, const std::string& id = "") {
    std::vector<Request> requests;
    requests.push_back({id, std::move(command)});
    file.engine().submit(1, rod, std::move(requests));
    const Status flushed = file.flush();
    EXPECT_TRUE(flushed.ok());
    const Effects effects = file.engine().take_effects();
    EXPECT_EQ(effects.replies.size(), 1U);
    return effects.replies.front().body.find("\"ok\":true") != std::string::npos;
  }

  TestPoolFolder test;
  PoolFolder folder = test.pool();
  StandingClock clock;
};

TEST(PoolCards, AreRefusedWhenNobodyCouldReadThemBack) {
  EXPECT_EQ(check_card({.name = "barn", .goal = "\xff"}).error().code, "bad_json");
  EXPECT_EQ(check_card({.name = "not an id"}).error().code, "bad_id");
  EXPECT_EQ(
      check_card({.name = "barn", .goal = std::string(100'000, 'x')}).error().code, "too_large"
  );
  EXPECT_TRUE(check_card({.name = "barn", .goal = "h\xc3\xa4y"}).ok());
}

TEST_F(PoolFileTest, IsCreatedWithItsCardAndAnId) {
  const auto file = open();
  EXPECT_EQ(file->engine().pool().state().card.name, "barn");
  EXPECT_EQ(file->engine().pool().state().pool.size(), 16U);
  EXPECT_EQ(file->engine().durable(), Seq{1});
}

TEST_F(PoolFileTest, KeepsWhatWasAcknowledgedWhenItsProcessEndsAnyhow) {
  std::string digest;
  for (int i = 0; i < 5; ++i) {
    const auto file = open({.serves = i % 2 == 1});
    EXPECT_TRUE(i == 0 || state_digest(file->engine().pool().state()) == digest);
    ASSERT_TRUE(give(*file, AddTasks{.tasks = {{.id = fmt::format("t{}", i)}}}));
    ASSERT_TRUE(give(*file, Claim{.worker = fmt::format("w{}", i)}));
    digest = state_digest(file->engine().pool().state());
    std::vector<Request> lost;
    lost.push_back({"", AddTasks{.tasks = {{.id = "never"}}}});
    file->engine().submit(2, rod, std::move(lost));
  }
  const auto file = open();
  EXPECT_EQ(state_digest(file->engine().pool().state()), digest);
  EXPECT_EQ(file->engine().pool().state().find_task("never"), no_task);
  EXPECT_TRUE(verify_pool(folder).ok());
}

TEST_F(PoolFileTest, GoesOnWithAPoolThatIsStillInMemory) {
  auto file = open();
  ASSERT_TRUE(give(*file, AddTasks{.tasks = {{.id = "a"}, {.id = "b"}, {.id = "c"}}}));
  CachedPool cached = std::move(*file).release();
  const Pool* const same = cached.pool.get();
  file.reset();
  clock.pass(700);
  file = open({}, std::move(cached));
  EXPECT_EQ(&file->engine().pool(), same);
  EXPECT_EQ(file->engine().now(), clock.reading.wall);
  ASSERT_TRUE(give(*file, Claim{.worker = "w1"}));
}

TEST_F(PoolFileTest, DoesNotGoOnWithAPoolThatOthersHaveLeftBehind) {
  auto file = open();
  ASSERT_TRUE(give(*file, AddTasks{.tasks = {{.id = "a"}}}));
  CachedPool cached = std::move(*file).release();
  file.reset();
  ASSERT_TRUE(give(*open(), AddTasks{.tasks = {{.id = "b"}}}));
  file = open({}, std::move(cached));
  EXPECT_EQ(file->engine().pool().state().tasks.size(), 2U);
}

TEST_F(PoolFileTest, RemembersItsSnapshotWithThePoolThatIsStillInMemory) {
  auto file = open();
  ASSERT_TRUE(give(*file, AddTasks{.tasks = {{.id = "a"}}}));
  ASSERT_TRUE(file->save_snapshot().ok());
  for (const char* id : {"b", "c"}) {
    CachedPool cached = std::move(*file).release();
    file.reset();
    file = open({}, std::move(cached));
    ASSERT_TRUE(give(*file, AddTasks{.tasks = {{.id = id}}}));
  }
  EXPECT_EQ(file->facts_since_snapshot(), 2);
}

TEST_F(PoolFileTest, StartsFromItsSnapshot) {
  auto file = open();
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(give(*file, AddTasks{.tasks = {{.id = fmt::format("t{}", i)}}}));
  }
  EXPECT_EQ(file->facts_since_snapshot(), 31);
  ASSERT_TRUE(file->save_snapshot().ok());
  EXPECT_EQ(file->facts_since_snapshot(), 0);
  ASSERT_TRUE(give(*file, Claim{.worker = "w1"}));
  const std::string digest = state_digest(file->engine().pool().state());
  file.reset();
  file = open();
  EXPECT_EQ(file->facts_since_snapshot(), 2);
  EXPECT_TRUE(file->skipped_snapshots().empty());
  EXPECT_EQ(state_digest(file->engine().pool().state()), digest);
  EXPECT_TRUE(verify_pool(folder).ok());
}

TEST_F(PoolFileTest, EveryServerHasALargerEpoch) {
  for (std::int64_t epoch = 2; epoch <= 4; ++epoch) {
    const auto server = open({.serves = true});
    EXPECT_EQ(server->engine().epoch(), epoch);
    server->engine().record("evener", {ServerOpened{"x"}});
    ASSERT_TRUE(server->flush().ok());
  }
  EXPECT_EQ(open()->engine().epoch(), 4);
}

TEST_F(PoolFileTest, AnEpochIsTheOneThatWasNamedUnlessItWouldFall) {
  const auto write = [&](const EngineOptions& options) {
    const auto file = open(options);
    file->engine().record("evener", {ServerOpened{"x"}});
    EXPECT_TRUE(file->flush().ok());
    return file->engine().epoch();
  };
  EXPECT_EQ(write({.epoch = 1000, .serves = true}), 1000);
  EXPECT_EQ(write({.epoch = 400, .serves = true}), 1001);
  EXPECT_EQ(write({.epoch = 400}), 1001);
  EXPECT_EQ(write({.epoch = 2000}), 2000);
  EXPECT_EQ(write({.epoch = 2000, .serves = true}), 2001);
}

TEST_F(PoolFileTest, RepeatsAreAnsweredAfterARestart) {
  const std::string id = fmt::format("{}-x", clock.reading.wall);
  const AddTasks add{.tasks = {{.id = "a"}}};
  ASSERT_TRUE(give(*open(), add, id));
  const auto file = open();
  ASSERT_TRUE(give(*file, add, id));
  EXPECT_EQ(file->engine().pool().state().tasks.size(), 1U);
}

TEST_F(PoolFileTest, TheLockIsForOne) {
  const Result<PoolLock> first = PoolLock::take(folder);
  ASSERT_TRUE(first.ok());
  {
    const Result<PoolLock> second = PoolLock::take(folder);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, "pool_busy");
  }
}

TEST_F(PoolFileTest, TheLockTellsWhetherItsFolderStandsWhereItStood) {
  namespace fs = std::filesystem;
  const PoolLock lock = PoolLock::take(folder).value();
  EXPECT_TRUE(lock.check_place(folder).ok());
  const std::string aside = folder.path + ".broken";
  fs::rename(folder.path, aside);
  EXPECT_TRUE(lock.check_place(folder).ok()) << "it was moved, and is served on";
  fs::copy(aside, folder.path, fs::copy_options::recursive);
  EXPECT_EQ(lock.check_place(folder).error().code, "pool_replaced");
  fs::remove_all(folder.path);
  fs::rename(aside, folder.path);
  EXPECT_TRUE(lock.check_place(folder).ok()) << "it is back";
  fs::remove_all(folder.path);
  EXPECT_EQ(lock.check_place(folder).error().code, "pool_removed");
}

TEST_F(PoolFileTest, TheLockTellsWhetherTheJournalIsStillTheOneThatStoodThere) {
  namespace fs = std::filesystem;
  const PoolLock lock = PoolLock::take(folder).value();
  const std::string aside = folder.journal() + ".aside";
  fs::copy(folder.journal(), aside);
  ASSERT_TRUE(give(*open(), AddTasks{.tasks = {{.id = "a"}}}));
  EXPECT_TRUE(lock.check_place(folder).ok()) << "it was written to";
  fs::remove(folder.journal());
  const Status removed = lock.check_place(folder);
  ASSERT_FALSE(removed.ok());
  EXPECT_EQ(removed.error().code, "pool_removed");
  EXPECT_EQ(removed.error().where, folder.journal());
  fs::rename(aside, folder.journal());
  const Status replaced = lock.check_place(folder);
  ASSERT_FALSE(replaced.ok());
  EXPECT_EQ(replaced.error().code, "pool_replaced");
  EXPECT_EQ(replaced.error().where, folder.journal());
}

TEST_F(PoolFileTest, TheLockMayBeTakenBeforeThereIsAJournal) {
  std::filesystem::remove(folder.journal());
  const PoolLock lock = PoolLock::take(folder).value();
  EXPECT_TRUE(lock.check_place(folder).ok());
  ASSERT_TRUE(PoolFile::create(folder, "rod", {.name = "barn"}, clock).ok());
  EXPECT_TRUE(lock.check_place(folder).ok());
}

TEST_F(PoolFileTest, TheLockIsFreeWhenItsHolderIsGone) {
  {
    ASSERT_TRUE(PoolLock::take(folder).ok());
  }
  EXPECT_TRUE(PoolLock::take(folder).ok());
}

// ---- history -----------------------------------------------------------------------------------

TEST_F(PoolFileTest, TheHistoryIsReadBesideTheWriter) {
  const auto file = open();
  ASSERT_TRUE(give(*file, AddTasks{.tasks = {{.id = "a"}, {.id = "b"}}}));
  const auto history = PoolHistory::open(folder);
  ASSERT_TRUE(history.ok()) << history.error().text();
  EXPECT_EQ((*history)->end(), Seq{3});
  std::vector<std::string> texts;
  ASSERT_TRUE((*history)
                  ->read_text(
                      Seq{2},
                      Seq{3},
                      [&](std::int64_t, Seq seq, std::string_view text) {
                        EXPECT_EQ(seq.value, std::int64_t(texts.size()) + 2);
                        texts.emplace_back(text);
                        return true;
                      }
                  )
                  .ok());
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_TRUE(texts[0].starts_with(R"({"seq":2,"at":1763726400000,"by":"rod","type":"task_added")"))
      << texts[0];
}

TEST_F(PoolFileTest, TheHistoryShowsThePoolAsItStood) {
  const auto file = open();
  ASSERT_TRUE(give(*file, AddTasks{.tasks = {{.id = "a"}}}));
  clock.pass(10'000);
  file->engine().tick(clock.read());
  ASSERT_TRUE(give(*file, Claim{.worker = "w1"}));
  const auto opened = std::move(PoolHistory::open(folder)).value();
  const auto state_at = [&](const std::string& at) -> std::string {
    const Result<Recovered> then = opened->pool_at(at);
    if (!then.ok()) return then.error().code;
    if (then->pool->state().tasks.empty()) return "empty";
    return std::string(name_of(then->pool->state_of(TaskIndex{0})));
  };
  EXPECT_EQ(state_at("1"), "empty");
  EXPECT_EQ(state_at("2"), "ready");
  EXPECT_EQ(state_at("4"), "running");
  EXPECT_EQ(state_at(format_time(clock.reading.wall - 1)), "ready");
  EXPECT_EQ(state_at(format_time(clock.reading.wall)), "running");
  EXPECT_EQ(state_at("5"), "seq_unknown");
  EXPECT_EQ(state_at("0"), "seq_unknown");
  EXPECT_EQ(state_at("2020-01-01T00:00:00Z"), "seq_unknown");
  EXPECT_EQ(state_at("yesterday"), "bad_time");
}

// ---- folders -----------------------------------------------------------------------------------

TEST(PoolFolder, ThatIsMissingOrAFileIsNone) {
  const TestPoolFolder test;
  EXPECT_EQ(check_folder(test.pool()).error().code, "pool_missing");
  std::ofstream(test.pool().path) << "x";
  EXPECT_EQ(check_folder(test.pool()).error().code, "pool_missing");
}

TEST(PoolFolder, OfSomebodyElseIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  const TestPoolFolder test;
  ASSERT_TRUE(make_folder(test.pool()).ok());
  ASSERT_EQ(::chown(test.pool().path.c_str(), 12345, 12345), 0);
  EXPECT_EQ(check_folder(test.pool()).error().code, "foreign_pool");
}

TEST(PoolFolder, IsMadeForItsOwnerAloneAndOnce) {
  const TestPoolFolder test;
  const PoolFolder folder = test.pool();
  ASSERT_TRUE(make_folder(folder).ok());
  EXPECT_TRUE(check_folder(folder).ok());
  EXPECT_EQ(std::filesystem::status(folder.path).permissions(), std::filesystem::perms(0700));
  EXPECT_EQ(read_file(folder.path + "/.gitignore").value(), "*\n");
  EXPECT_TRUE(make_folder(folder).ok()) << "empty, as after a failed start";
  std::ofstream(folder.journal()) << "x";
  EXPECT_EQ(make_folder(folder).error().code, "pool_exists");
}

TEST(PoolFolder, WithoutAJournalCannotBeOpened) {
  const TestPoolFolder test;
  ASSERT_TRUE(make_folder(test.pool()).ok());
  const auto file = PoolFile::open(test.pool(), {});
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().code, "journal_missing");
  EXPECT_EQ(PoolHistory::open(test.pool()).error().code, "journal_missing");
  EXPECT_EQ(PoolLock::take({test.path("nowhere")}).error().code, "file_missing");
}

TEST_F(PoolFileTest, ThatLostItsJournalIsNotMadeAnewOverWhatIsLeft) {
  auto file = open();
  ASSERT_TRUE(give(*file, AddTasks{.tasks = {{.id = "a"}}}));
  ASSERT_TRUE(file->save_snapshot().ok());
  file.reset();
  std::filesystem::remove(folder.journal());
  const Status made = PoolFile::create(folder, "rod", {.name = "barn"}, clock);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, "journal_missing");
  EXPECT_FALSE(std::filesystem::exists(folder.journal()));
  const auto opened = PoolFile::open(folder, {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, "journal_missing");
  EXPECT_EQ(opened.error().message, made.error().message);
  EXPECT_EQ(PoolHistory::open(folder).error().message, made.error().message);
}

TEST(PoolFolder, KeepsItsConfiguration) {
  const TestPoolFolder test;
  ASSERT_TRUE(make_folder(test.pool()).ok());
  EXPECT_EQ(read_config(test.pool())->dashboard_file, "");
  ASSERT_TRUE(write_config(test.pool(), {"docs/STATUS.json", "claims", "status", "branch"}).ok());
  EXPECT_EQ(
      *read_config(test.pool()), (FolderConfig{"docs/STATUS.json", "claims", "status", "branch"})
  );
}

}  // namespace
}  // namespace evener

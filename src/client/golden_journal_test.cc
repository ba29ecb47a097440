// Journals that were written once and are kept, one folder for each version of what is written
// (tests/golden/journal/v1, ...): every later program reads them, comes to the same state, and
// tells the same log. Their `journal.db` is never written again.
//
// When there is a new type or version of fact, a new folder is due:
// EVENER_NEW_GOLDEN=v2 build/dev/client_test --gtest_filter='GoldenJournals.*' makes it from
// commands.json, which is to be extended first so that every fact occurs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "engine/driven_engine.h"
#include "engine/recovery.h"
#include "journal/test_journal.h"
#include "views/log.h"

namespace evener {
namespace {

using testing::HasSubstr;

const std::string golden_journals = EVENER_SOURCE "/tests/golden/journal";

std::vector<std::string> golden_versions() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(golden_journals)) {
    if (entry.is_directory()) names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string log_of(Journal& journal) {
  std::string text;
  const Status read = read_facts(journal, Seq{1}, journal.end().last, [&](const Fact& fact) {
    text += fmt::format("{} {} {}\n", fact.seq.value, format_time(fact.at), describe_fact(fact));
    return true;
  });
  EXPECT_TRUE(read.ok()) << (read.ok() ? "" : read.error().text());
  return text;
}

std::string digest_of(Journal& journal) {
  const Result<Recovered> recovered = recover(journal, nullptr);
  EXPECT_TRUE(recovered.ok()) << (recovered.ok() ? "" : recovered.error().text());
  return recovered.ok() ? state_digest(recovered->pool->state()) + "\n" : "";
}

std::set<std::string> types_in(Journal& journal) {
  std::set<std::string> types;
  EXPECT_TRUE(read_facts(journal, Seq{1}, journal.end().last, [&](const Fact& fact) {
                types.emplace(type_of(fact.body));
                return true;
              }).ok());
  return types;
}

template <std::size_t... I>
std::set<std::string> all_types(std::index_sequence<I...>) {
  return {std::string(std::variant_alternative_t<I, FactBody>::type)...};
}

// Drives an engine by commands.json. Beside commands: `pass` lets time go by; `open`, `close` and
// `die` are a server's.
class Recipe {
 public:
  Recipe() {
    PoolCard card;
    card.name = "golden";
    engine_->record("rod", {PoolCreated{.pool = "00112233", .card = card}});
  }

  void play(const Json& steps) {
    for (const Json& step : steps.get_array()) take(step);
    engine_.flush();
  }

  Journal& journal() { return engine_.journal; }

 private:
  void take(const Json& step) {
    const std::string type(step.at("type").as_string());
    if (type == "pass") {
      engine_.pass(step.at("ms").as_int64());
    } else if (type == "open") {
      record(facts_on_opening(engine_->pool(), engine_->now(), true));
      record({ServerOpened{"golden-server"}});
    } else if (type == "close") {
      for (auto& facts : facts_on_closing(engine_->pool(), "golden-server"))
        record(std::move(facts));
    } else if (type == "die") {
      record(facts_on_opening(engine_->pool(), engine_->now(), false));
    } else {
      Result<Request> request = read_request(step, Path{});
      ASSERT_TRUE(request.ok()) << request.error().text();
      engine_.give(++tag_, std::move(request->command), request->request_id);
    }
    engine_.flush();
  }

  void record(std::vector<FactBody> facts) {
    if (!facts.empty()) engine_->record("evener", std::move(facts));
    engine_.flush();
  }

  DrivenEngine engine_;
  RequestTag tag_ = 0;
};

void write_golden(const std::string& folder) {
  ASSERT_TRUE(ensure_directory(folder, 0755).ok());
  Recipe recipe;
  recipe.play(parse_json(read_file(golden_journals + "/commands.json").value()).value());
  {
    const std::string path = folder + "/journal.db";
    ASSERT_FALSE(std::filesystem::exists(path)) << path << " is kept as it is";
    auto journal = SqliteJournal::open(path, {.create = true});
    ASSERT_TRUE(journal.ok()) << journal.error().text();
    Journal& played = recipe.journal();
    ASSERT_TRUE(played
                    .read(
                        Seq{1},
                        played.end().last,
                        [&](const StoredBatch& batch) {
                          return (*journal)->append(batch) == Append::durable;
                        }
                    )
                    .ok());
  }
  ASSERT_TRUE(write_file_atomic(folder + "/log.txt", log_of(recipe.journal()), 0644).ok());
  ASSERT_TRUE(write_file_atomic(folder + "/digest", digest_of(recipe.journal()), 0644).ok());
}

class GoldenJournals : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const char* wanted = std::getenv("EVENER_NEW_GOLDEN");
    if (wanted != nullptr) write_golden(golden_journals + "/" + wanted);
  }

  // Opened as a copy: what is kept stays as it is.
  std::unique_ptr<SqliteJournal> open(const std::string& version) {
    const std::string copy = folder_.path(version + ".db");
    std::filesystem::copy_file(golden_journals + "/" + version + "/journal.db", copy);
    auto journal = SqliteJournal::open(copy);
    EXPECT_TRUE(journal.ok()) << (journal.ok() ? "" : journal.error().text());
    return journal.ok() ? std::move(*journal) : nullptr;
  }

  TestFolder folder_;
};

TEST_F(GoldenJournals, AreReadAsTheyWereWritten) {
  ASSERT_FALSE(golden_versions().empty());
  for (const std::string& version : golden_versions()) {
    SCOPED_TRACE(version);
    const auto journal = open(version);
    ASSERT_NE(journal, nullptr);
    EXPECT_TRUE(journal->verify_all().ok());
    const std::string kept = golden_journals + "/" + version;
    EXPECT_EQ(digest_of(*journal), read_file(kept + "/digest").value());
    EXPECT_EQ(log_of(*journal), read_file(kept + "/log.txt").value());
  }
}

TEST_F(GoldenJournals, HoldEveryTypeOfFactInTheNewest) {
  const auto journal = open(golden_versions().back());
  ASSERT_NE(journal, nullptr);
  EXPECT_EQ(
      types_in(*journal), all_types(std::make_index_sequence<std::variant_size_v<FactBody>>{})
  );
}

TEST_F(GoldenJournals, GoThroughASnapshotToTheSameState) {
  for (const std::string& version : golden_versions()) {
    SCOPED_TRACE(version);
    const auto journal = open(version);
    ASSERT_NE(journal, nullptr);
    SnapshotStore snapshots(folder_.path("snapshots-" + version));
    ASSERT_TRUE(save_snapshot(*journal, snapshots).ok());
    EXPECT_TRUE(verify_recovery(*journal, snapshots).ok());
  }
}

// A later program appended a fact that this one cannot know.
TEST_F(GoldenJournals, AreRefusedWithAFactOfAnUnknownVersion) {
  const auto journal = open(golden_versions().front());
  ASSERT_NE(journal, nullptr);
  const Seq next = journal->end().last.next();
  const std::string fact = fmt::format(
      R"({{"seq":{},"at":1763999999999,"by":"rod","type":"note_added","v":2,"text":"x"}})",
      next.value
  );
  ASSERT_EQ(
      journal->append({
          .epoch = journal->end().epoch,
          .first = next,
          .last = next,
          .id = "later",
          .bytes = R"({"log":1763999999999,"wall":1763999999999,"mono":1,"boot":"b","facts":[)" +
                   fact + "]}",
      }),
      Append::durable
  );
  const Result<Recovered> recovered = recover(*journal, nullptr);
  ASSERT_FALSE(recovered.ok());
  EXPECT_EQ(recovered.error().code, "unknown_fact");
  EXPECT_THAT(recovered.error().message, HasSubstr("'note_added' version 2"));
}

}  // namespace
}  // namespace evener

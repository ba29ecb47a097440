#include "cli/inboxes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "formats/kept_block.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr Instant noon = 1'763'726'400'000;  // 2025-11-21T12:00:00Z

// A pool's folder and a folder of files beside it; both go away with the test.
class InboxesTest : public testing::Test {
 protected:
  InboxesTest() {
    std::string name = testing::TempDir() + "evener-inboxes-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    std::filesystem::create_directory(root_ + "/pool");
    std::filesystem::create_directory(root_ + "/files");
  }

  ~InboxesTest() override { std::filesystem::remove_all(root_); }

  void put(const std::string& lines, const std::string& name = "CLUSTER_ISSUES.md") {
    const std::string text = "<!-- evener:inbox -->\n" + lines + "<!-- evener:inbox-end -->\n";
    ASSERT_TRUE(write_file_atomic(path(name), text, 0644, false).ok());
  }

  std::string lines(const std::string& name = "CLUSTER_ISSUES.md") const {
    const std::string text = read_file(path(name)).value();
    const auto regions = find_regions(text, name).value();
    const KeptRegion& inbox = *region_named(regions, "");
    return text.substr(inbox.begin, inbox.end - inbox.begin);
  }

  std::string path(const std::string& name) const { return root_ + "/files/" + name; }

  Inboxes inboxes() {
    return Inboxes({root_ + "/pool"}, root_ + "/files", [this](const Error& problem) {
      problems_.push_back(problem.code);
    });
  }

  static Answer done(const std::string& result = "{}") {
    Answer answer;
    answer.ok = true;
    answer.result.text = result;
    return answer;
  }

  static Answer refused(const std::string& why) {
    Answer answer;
    answer.refusal = Refusal{"unknown_task", why, "", {}};
    return answer;
  }

  std::string root_;
  std::vector<std::string> problems_;
};

TEST_F(InboxesTest, GivesALineOnceAndAnswersItInItsPlace) {
  put("- hold a: wait\n");
  Inboxes inbox = inboxes();
  const std::vector<Request> requests = inbox.take(noon);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(std::get<Hold>(requests.front().command).reason, "wait");
  inbox.answer(std::vector{done()}, noon);
  EXPECT_EQ(lines(), "- [done 2025-11-21 12:00] hold a: wait\n");
  EXPECT_THAT(inbox.take(noon), IsEmpty());
  EXPECT_EQ(inbox.answered(), 1U);
}

TEST_F(InboxesTest, NamesTheTaskThatWasAdded) {
  put("- task: Mend the roof\n");
  Inboxes inbox = inboxes();
  ASSERT_EQ(inbox.take(noon).size(), 1U);
  inbox.answer(std::vector{done(R"({"added":["mend-the-roof"]})")}, noon);
  EXPECT_EQ(lines(), "- [done 2025-11-21 12:00: added mend-the-roof] task: Mend the roof\n");
}

TEST_F(InboxesTest, TellsWhyALineWasRefused) {
  put("- hold nosuch: x\n- dance\n");
  Inboxes inbox = inboxes();
  ASSERT_EQ(inbox.take(noon).size(), 1U);
  inbox.answer(std::vector{refused("there is no such task")}, noon);
  EXPECT_THAT(lines(), HasSubstr("- [refused: there is no such task] hold nosuch: x\n"));
  EXPECT_THAT(lines(), HasSubstr("- [refused: expected 'note TASK: text'"));
}

TEST_F(InboxesTest, AsksAgainUnderTheSameIdAfterACrash) {
  put("- note a: text\n");
  std::string id;
  {
    Inboxes crashes = inboxes();
    const std::vector<Request> requests = crashes.take(noon);
    ASSERT_EQ(requests.size(), 1U);
    id = requests.front().request_id;
  }
  Inboxes again = inboxes();
  const std::vector<Request> requests = again.take(noon + 5000);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests.front().request_id, id);
  EXPECT_TRUE(request_time(id).ok());
}

TEST_F(InboxesTest, DoesNothingAgainWhenAnEditorBringsALineBack) {
  put("- note a: text\n");
  Inboxes inbox = inboxes();
  ASSERT_EQ(inbox.take(noon).size(), 1U);
  inbox.answer(std::vector{done()}, noon);
  put("- note a: text\n");
  EXPECT_THAT(inbox.take(noon + 60'000), IsEmpty());
  EXPECT_THAT(lines(), HasSubstr("- [refused: answered before (done 2025-11-21 12:00);"));
}

TEST_F(InboxesTest, DoesTheSameAgainWhenItIsWrittenAgain) {
  put("- note a: text\n");
  Inboxes inbox = inboxes();
  const std::string first = inbox.take(noon).front().request_id;
  inbox.answer(std::vector{done()}, noon);
  put("- note a: text\n" + lines());
  const std::vector<Request> requests = inbox.take(noon);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_NE(requests.front().request_id, first);
}

TEST_F(InboxesTest, KeepsLinesWaitingWhenNobodyAnswers) {
  put("- note a: text\n");
  Inboxes inbox = inboxes();
  const std::string id = inbox.take(noon).front().request_id;
  inbox.answer(Error{"unreachable", "nobody"}, noon);
  EXPECT_EQ(lines(), "- note a: text\n");
  EXPECT_TRUE(inbox.has_left_over());
  EXPECT_EQ(inbox.take(noon + 1000).front().request_id, id);
}

TEST_F(InboxesTest, GivesNothingWhileAnotherDoes) {
  put("- note a: text\n");
  Inboxes first = inboxes();
  Inboxes second = inboxes();
  ASSERT_EQ(first.take(noon).size(), 1U);
  EXPECT_THAT(second.take(noon), IsEmpty());
  EXPECT_TRUE(second.has_left_over());
  first.answer(std::vector{done()}, noon);
  EXPECT_THAT(second.take(noon), IsEmpty());
  EXPECT_FALSE(second.has_left_over());
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(InboxesTest, AnswersLinesOfSeveralFiles) {
  put("- note a: text\n");
  put("- note a: text\n", "AGENT_STATUS_W.md");
  put("- note a: text\n", "README.md");
  Inboxes inbox = inboxes();
  const std::vector<Request> requests = inbox.take(noon);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_NE(requests[0].request_id, requests[1].request_id);
  inbox.answer(std::vector{done(), done()}, noon);
  EXPECT_EQ(lines("AGENT_STATUS_W.md"), "- [done 2025-11-21 12:00] note a: text\n");
  EXPECT_EQ(lines("README.md"), "- note a: text\n");
}

TEST_F(InboxesTest, ReadsNoInboxThatAnybodyMayWrite) {
  put("- note a: text\n");
  ASSERT_EQ(::chmod((root_ + "/files").c_str(), 0777), 0);
  Inboxes inbox = inboxes();
  EXPECT_THAT(inbox.take(noon), IsEmpty());
  EXPECT_THAT(problems_, ElementsAre("anybody_writes"));
}

TEST_F(InboxesTest, ReadsNoFileThatAnybodyMayWrite) {
  put("- note a: text\n");
  put("- note a: text\n", "AGENT_STATUS_W.md");
  ASSERT_EQ(::chmod(path("CLUSTER_ISSUES.md").c_str(), 0666), 0);
  Inboxes inbox = inboxes();
  EXPECT_EQ(inbox.take(noon).size(), 1U);
  EXPECT_THAT(problems_, ElementsAre("anybody_writes"));
}

TEST_F(InboxesTest, KeepsWhatIsWrittenWhileItWaitsForTheAnswer) {
  put("- note a: text\n");
  Inboxes inbox = inboxes();
  ASSERT_EQ(inbox.take(noon).size(), 1U);
  put("- note a: text\n- note b: later\n");
  inbox.answer(std::vector{done()}, noon);
  EXPECT_EQ(lines(), "- note b: later\n- [done 2025-11-21 12:00] note a: text\n");
}

TEST_F(InboxesTest, LeavesADamagedFileAlone) {
  ASSERT_TRUE(
      write_file_atomic(path("CLUSTER_ISSUES.md"), "<!-- evener:inbox -->\n- task: x\n", 0644).ok()
  );
  Inboxes inbox = inboxes();
  EXPECT_THAT(inbox.take(noon), IsEmpty());
  EXPECT_THAT(problems_, ElementsAre("damaged_markers"));
}

}  // namespace
}  // namespace evener

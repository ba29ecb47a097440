#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "cli/forward_place.h"
#include "cli/forward_receiver.h"
#include "cli/little_server.h"
#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_http::answer_text;
using testing_http::HeardRequest;
using testing_http::LittleServer;

class ForwardVerbTest : public TypedVerbTest {
 protected:
  ForwardVerbTest() {
    EXPECT_EQ(run({"init", "--name", "forward"}), 0);
    EXPECT_EQ(run({"add", "one", "--id", "one"}), 0);
    EXPECT_EQ(run({"add", "two", "--id", "two"}), 0);
  }

  LittleServer server_{[](std::size_t, const HeardRequest&) { return answer_text(200); }};
};

TEST_F(ForwardVerbTest, PostsSignedFactsAndGoesOnBehindThem) {
  const std::string secret = folder_.path("secret");
  ASSERT_TRUE(write_file_atomic(secret, "s3cret\n", 0600).ok());
  const std::vector<std::string> words{
      "forward",
      "chat",
      "--on",
      "task_added",
      "--post",
      server_.url(),
      "--secret-file",
      secret,
      "--from",
      "start",
      "--once"
  };
  ASSERT_EQ(run(words), 0) << err_;
  EXPECT_EQ(err_, "chat: 2 delivered, 0 passed over, up to fact 3\n");
  ASSERT_EQ(run({"add", "three", "--id", "three"}), 0);
  ASSERT_EQ(run(words), 0) << err_;
  std::vector<std::string> tasks;
  for (const HeardRequest& request : server_.heard()) {
    const Json fact = parse_json(request.body).value();
    tasks.emplace_back(fact.at("spec").at("id").get_string());
    EXPECT_EQ(
        request.header("Evener-Signature"),
        signature_of("s3cret", request.header("Evener-Timestamp"), request.body)
    );
  }
  EXPECT_THAT(tasks, ElementsAre("one", "two", "three"));
}

TEST_F(ForwardVerbTest, ListsHowFarEachNameIs) {
  EXPECT_EQ(run({"forward", "--list"}), 0);
  EXPECT_THAT(out_, HasSubstr("nothing is forwarded"));
  LittleServer failing([](std::size_t, const HeardRequest&) { return answer_text(500); });
  EXPECT_EQ(run({"forward", "a", "--post", server_.url(), "--from", "start", "--once"}), 0);
  EXPECT_EQ(
      run(
          {"forward",
           "b",
           "--post",
           failing.url(),
           "--from",
           "start",
           "--on",
           "task_added",
           "--give-up",
           "1",
           "--once"}
      ),
      3
  );
  EXPECT_THAT(err_, HasSubstr("gave_up"));
  EXPECT_EQ(run({"add", "three", "--id", "three"}), 0);
  ASSERT_EQ(run({"forward", "--list", "--json"}), 0);
  const Json list = parse_json(out_).value().at("result").at("forwards");
  EXPECT_EQ(list.at(0).at("name").get_string(), "a");
  EXPECT_EQ(list.at(0).at("position").get_int64(), 3);
  EXPECT_EQ(list.at(0).at("behind").get_int64(), 1);
  EXPECT_EQ(list.at(0).at("error").get_string(), "");
  EXPECT_EQ(list.at(1).at("name").get_string(), "b");
  EXPECT_EQ(list.at(1).at("behind").get_int64(), 3);
  EXPECT_EQ(list.at(1).at("running").get_bool(), false);
  EXPECT_EQ(list.at(1).at("error").get_string(), "500 Said");
  ASSERT_EQ(run({"forward", "b", "--forget"}), 0);
  ASSERT_EQ(run({"forward", "--list"}), 0);
  EXPECT_THAT(out_, HasSubstr("a     none"));
  EXPECT_THAT(out_, testing::Not(HasSubstr("500")));
}

TEST_F(ForwardVerbTest, ListsOthersBesideANameThatIsDamaged) {
  EXPECT_EQ(run({"forward", "a", "--post", server_.url(), "--from", "start", "--once"}), 0);
  const std::string bad = folder_.pool().forward() + "/b.json";
  ASSERT_TRUE(write_file_atomic(bad, "{\"seq\":", 0600).ok());
  ASSERT_EQ(run({"forward", "--list"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("a     none"));
  EXPECT_THAT(out_, HasSubstr("damaged: "));
  ASSERT_EQ(run({"forward", "--list", "--json"}), 0) << err_;
  const Json list = parse_json(out_).value().at("result").at("forwards");
  EXPECT_EQ(list.at(0).at("behind").get_int64(), 0);
  EXPECT_THAT(std::string(list.at(1).at("damaged").get_string()), HasSubstr("b.json"));
}

TEST_F(ForwardVerbTest, RefusesToGoOnInALogThatAnOlderCopyBegan) {
  namespace fs = std::filesystem;
  const std::string pool = folder_.pool().path;
  const std::string kept = folder_.path("kept");
  const auto copy = fs::copy_options::recursive;
  fs::copy(pool, kept, copy);
  const std::vector<std::string> words{
      "forward", "chat", "--on", "task_added", "--post", server_.url(), "--from", "start", "--once"
  };
  ASSERT_EQ(run({"add", "three", "--id", "three"}), 0);
  ASSERT_EQ(run(words), 0) << err_;
  fs::copy(pool + "/forward", kept + "/forward", copy);
  fs::remove_all(pool);
  fs::rename(kept, pool);
  for (const char* task : {"other", "more"}) ASSERT_EQ(run({"add", task, "--id", task}), 0);
  EXPECT_EQ(run(words), 3);
  EXPECT_THAT(err_, HasSubstr("other_log"));
  EXPECT_EQ(server_.heard().size(), 3U);
  ASSERT_EQ(run({"forward", "chat", "--forget"}), 0) << err_;
  ASSERT_EQ(run(words), 0) << err_;
  EXPECT_EQ(server_.heard().size(), 7U);
}

TEST_F(ForwardVerbTest, RefusesASecondProcessOfItsName) {
  const ForwardPlace held = ForwardPlace::take(folder_.pool().forward(), "chat").value();
  EXPECT_EQ(run({"forward", "chat", "--post", server_.url(), "--once"}), 3);
  EXPECT_THAT(err_, HasSubstr("forward_busy"));
}

TEST_F(ForwardVerbTest, RefusesWhatCannotBeMeant) {
  const std::string url = server_.url();
  const std::vector<std::vector<std::string>> wrong{
      {"forward"},
      {"forward", "a.b", "--exec", "true"},
      {"forward", "a"},
      {"forward", "a", "--exec", "true", "--post", url},
      {"forward", "a", "--exec", "true", "--secret-file", "x"},
      {"forward", "a", "--exec", "true", "--skip"},
      {"forward", "a", "--exec", "true", "--on", "task_claim"},
      {"forward", "a", "--post", "ftp://example.org"},
      {"forward", "a", "--post", url, "--from", "never"},
      {"forward", "a", "--post", url, "--timeout", "soon"},
      {"forward", "a", "--post", url, "--secret-file", folder_.path("none")},
  };
  for (const std::vector<std::string>& words : wrong) {
    SCOPED_TRACE(testing::PrintToString(words));
    EXPECT_EQ(run(words), 2) << err_;
  }
  EXPECT_TRUE(server_.heard().empty());
}

}  // namespace
}  // namespace evener

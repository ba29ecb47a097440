#include "server/kept_views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/serve_testing.h"

namespace evener {
namespace {

using namespace std::chrono_literals;
using namespace testing_serve;

constexpr KeptViews::Steady::time_point kept_at{1h};

// Keeps a view that took `cost`.
void keep_view(
    KeptViews& views, const std::string& name, std::int64_t seq, KeptViews::Steady::duration cost
) {
  views.begin(name, Seq{seq});
  views.finish(name, View{.text = name, .seq = Seq{seq}, .cost = cost}, kept_at);
}

TEST(KeptViews, AnswerWithWhatTellsOfTheFactThatIsAskedFor) {
  KeptViews views;
  keep_view(views, "status", 7, 1ms);
  ASSERT_NE(views.find("status", Seq{7}, kept_at), nullptr);
  EXPECT_EQ(views.find("status", Seq{7}, kept_at)->text, "status");
  EXPECT_EQ(views.find("status", Seq{8}, kept_at), nullptr);
  EXPECT_EQ(views.find("workers", Seq{1}, kept_at), nullptr);
}

TEST(KeptViews, MayBeAsMuchOlderAsTheyWereDear) {
  KeptViews views;
  keep_view(views, "cheap", 7, 10us);
  keep_view(views, "dear", 7, 100ms);
  EXPECT_NE(views.find("cheap", Seq{7}, kept_at + 20ms), nullptr);
  EXPECT_EQ(views.find("cheap", Seq{7}, kept_at + 21ms), nullptr);
  EXPECT_NE(views.find("dear", Seq{7}, kept_at + 6s), nullptr);
  EXPECT_EQ(views.find("dear", Seq{7}, kept_at + 6s + 1ms), nullptr);
}

TEST(KeptViews, AnswerAllWhoAskWhileOneIsWorkedOut) {
  KeptViews views;
  std::vector<std::string> heard;
  const auto answered = [&](const Result<View>& view) { heard.push_back(view->text); };
  const auto again = [&] { heard.emplace_back("again"); };
  EXPECT_FALSE(views.join("status", Seq{7}, answered, again));
  views.begin("status", Seq{7});
  EXPECT_TRUE(views.join("status", Seq{8}, answered, again));  // too new for the one under way
  EXPECT_TRUE(views.join("status", Seq{7}, answered, again));
  EXPECT_THAT(heard, testing::IsEmpty());
  views.finish("status", View{.text = "seven", .seq = Seq{7}}, kept_at);
  EXPECT_THAT(heard, testing::ElementsAre("seven", "again"));
  EXPECT_FALSE(views.join("status", Seq{7}, answered, again));
}

TEST(KeptViews, KeepNoErrors) {
  KeptViews views;
  views.begin("status", Seq{7});
  views.finish("status", Error{"stopping", "it ends"}, kept_at);
  EXPECT_EQ(views.find("status", Seq{1}, kept_at), nullptr);
}

TEST(KeptViews, AreBounded) {
  KeptViews views;
  for (std::size_t i = 0; i <= KeptViews::most_views; ++i) {
    const std::string name = std::to_string(i);
    views.begin(name, Seq{1});
    views.finish(name, View{.text = name, .seq = Seq{1}}, kept_at + std::chrono::microseconds(i));
  }
  EXPECT_EQ(views.find("0", Seq{1}, kept_at), nullptr);
  EXPECT_NE(views.find("1", Seq{1}, kept_at), nullptr);
  views.begin("large", Seq{1});
  views.finish(
      "large",
      View{.text = std::string(KeptViews::most_bytes + 1, 'x'), .seq = Seq{1}},
      kept_at + 1ms
  );
  EXPECT_NE(views.find("large", Seq{1}, kept_at + 1ms), nullptr);
  EXPECT_EQ(views.find("2", Seq{1}, kept_at), nullptr);
}

TEST(KeptViews, NeverHideWhatTheAskerHasSeen) {
  const TestPoolFolder pool{"demo"};
  PoolServer server(pool.folder());
  PoolClient client = server.connect();
  for (int i = 0; i < 20; ++i) {
    const Json done = client.give(add("t" + std::to_string(i)));
    const std::string seq = text_at(done, "answers.0.seq");
    const WireAnswer answer =
        client.ask("GET", "/v1/pools/default/tasks?limit=1", "", "Evener-Least: " + seq + "\r\n");
    EXPECT_EQ(text_at(json_of(answer), "total"), std::to_string(i + 1));
  }
  const WireAnswer wrong = client.ask("GET", "/v1/pools/default/status", "", "Evener-Least: x\r\n");
  EXPECT_EQ(wrong.status, 400);
}

}  // namespace
}  // namespace evener

// Messages, leaders and overdue reports as people see them.
#include "views/inbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/due.h"
#include "views/query.h"
#include "views/status.h"
#include "views/test_pool.h"
#include "views/text.h"

namespace evener {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class InboxViews : public testing::Test {
 protected:
  InboxViews() {
    WorkerSpec boss = worker_spec("boss");
    boss.role = "boss";
    test.join(boss);
    test.join("w1");
    test.join("w2");
    test.add("a");
  }

  void send(MessageSent message) {
    message.message = test.pool.state().messages.last + 1;
    test.write(std::move(message));
  }

  InboxView inbox(const std::string& worker, bool all = false, std::int64_t limit = 0) const {
    return inbox_view(test.pool, test.worker(worker), all, limit);
  }

  TestPool test;
};

std::vector<MessageId> ids(const InboxView& view) {
  std::vector<MessageId> out;
  for (const MessageRow& row : view.messages) out.push_back(row.message);
  return out;
}

TEST_F(InboxViews, ShowUrgentMessagesFirstThenOldest) {
  send({.to = "everyone", .text = "one", .worker = "w2"});
  send({.to = "w1", .text = "two", .recipients = {"w1"}});
  send({.to = "role:boss", .text = "not for w1"});
  send({.to = "task:a", .task = "a", .text = "four", .urgent = true, .recipients = {"w1", "w2"}});
  const InboxView view = inbox("w1");
  EXPECT_THAT(ids(view), ElementsAre(4, 1, 2));
  EXPECT_EQ(view.unread, 3);
  EXPECT_EQ(view.urgent, 1);
  EXPECT_EQ(view.messages.front().task, "a");
  EXPECT_EQ(view.messages[1].from, "w2");
  EXPECT_THAT(ids(inbox("w2")), ElementsAre(4));
  EXPECT_THAT(ids(inbox("boss")), ElementsAre(1, 3));
  const InboxView first = inbox("w1", false, 1);
  EXPECT_THAT(ids(first), ElementsAre(4));
  EXPECT_EQ(first.total, 3);
  EXPECT_THAT(inbox_text(first, test.now, plain), HasSubstr("and 2 more\n"));
}

TEST_F(InboxViews, ShowWhatOthersHaveNotReadOnlyIfAsked) {
  send({.to = "everyone", .text = "one"});
  test.write(MessageAcknowledged{"w1", {1}});
  EXPECT_THAT(ids(inbox("w1")), IsEmpty());
  EXPECT_EQ(inbox_text(inbox("w1"), test.now, plain), "nothing for w1 to read\n");
  const InboxView all = inbox("w1", true);
  ASSERT_THAT(ids(all), ElementsAre(1));
  EXPECT_TRUE(all.messages.front().acknowledged);
  EXPECT_EQ(all.unread, 0);
}

TEST_F(InboxViews, TellWithNoTerminalControls) {
  send({.to = "w1", .text = "a\x1b[2Jb", .worker = "w2", .recipients = {"w1"}});
  EXPECT_EQ(
      inbox_text(inbox("w1"), test.now + 60'000, plain),
      "1 from w2 to w1, 1m 0s ago\n    a\\x1b[2Jb\n"
  );
}

TEST_F(InboxViews, AreAskedForByTheWorkersName) {
  send({.to = "w1", .text = "two", .recipients = {"w1"}});
  Query query;
  query.kind = QueryKind::inbox;
  query.worker = "w1";
  query.all = true;
  EXPECT_EQ(target_of(query), "inbox?worker=w1&all=true&limit=1000");
  const Query read = query_of("inbox", {{"worker", "w1"}, {"all", "true"}, {"limit", "5"}}).value();
  EXPECT_TRUE(read.all);
  const auto text = answer_query(read, test.pool, test.source(), test.now);
  ASSERT_TRUE(text.ok());
  const auto view = from_json<InboxView>(parse_json(*text).value());
  ASSERT_TRUE(view.ok()) << view.error().text();
  EXPECT_EQ(view->unread, 1);
  query.worker = "ghost";
  EXPECT_EQ(answer_query(query, test.pool, test.source(), test.now).error().code, "unknown_worker");
  query.worker.clear();
  EXPECT_EQ(answer_query(query, test.pool, test.source(), test.now).error().code, "missing_field");
}

TEST_F(InboxViews, CountInTheRowsOfWorkers) {
  send({.to = "w1", .text = "x", .urgent = true, .recipients = {"w1"}});
  const WorkerRow row = row_of(test.pool, test.worker("w1"), test.now);
  EXPECT_EQ(row.unread, 1);
  EXPECT_EQ(row.urgent, 1);
  EXPECT_THAT(workers_text(workers_view(test.pool, test.now), plain), HasSubstr("live, 1 unread"));
}

TEST_F(InboxViews, NameTheLeaderOfARole) {
  TaskSpec lock = task_spec("lock-1");
  lock.kind = lock_kind;
  lock.locks = {"role:boss"};
  test.add(lock);
  test.claim("lock-1", "w1");
  const StatusView status = status_view(test.pool, test.now);
  EXPECT_THAT(status.leaders, ElementsAre(LeaderRow{"role:boss", "w1"}));
  EXPECT_THAT(status_text(status, plain), HasSubstr("\n  w1 leads role:boss\n"));
  EXPECT_THAT(inbox("w1").leads, ElementsAre("role:boss"));
  send({.to = "role:boss", .text = "hello"});
  EXPECT_THAT(ids(inbox("w1")), ElementsAre(1));
  test.finish("lock-1");
  EXPECT_THAT(status_view(test.pool, test.now).leaders, IsEmpty());
  EXPECT_THAT(ids(inbox("w1")), IsEmpty());
  EXPECT_THAT(ids(inbox("boss")), ElementsAre(1));
}

TEST_F(InboxViews, CallForReportsThatAreOverdue) {
  PoolSettings settings;
  settings.report_every_ms = 600'000;
  test.write(PoolConfigured{{}, settings});
  test.claim("a", "w1", 86'400'000);
  test.after(599'999);
  EXPECT_THAT(status_view(test.pool, test.now).attention, IsEmpty());
  test.after(120'001);
  const std::vector<AttentionRow> rows = status_view(test.pool, test.now).attention;
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].kind, AttentionKind::overdue_report);
  EXPECT_EQ(rows[0].text, "w1 owes a report on a: overdue by 2m 0s");
  EXPECT_EQ(row_of(test.pool, test.worker("w1"), test.now).report_overdue_ms, 120'000);
  EXPECT_THAT(
      workers_text(workers_view(test.pool, test.now), plain), HasSubstr("report overdue by 2m 0s")
  );
  test.write(NoteAdded{"a", "w1", "still at it", false});
  EXPECT_THAT(status_view(test.pool, test.now).attention, IsEmpty());
}

TEST_F(InboxViews, NameWhoFollowsATask) {
  test.write(TaskFollowed{"a", "w2"});
  test.claim("a", "w1");
  const TaskView view = task_view(test.pool, test.index("a"), test.source(), test.now).value();
  EXPECT_THAT(view.followers, ElementsAre("w2", "w1"));
  EXPECT_THAT(task_text(view, test.now, plain), HasSubstr("followed by   w2\n"));
}

}  // namespace
}  // namespace evener

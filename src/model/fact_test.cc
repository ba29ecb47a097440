#include "model/fact.h"

#include <gtest/gtest.h>

#include "model/filled.h"

namespace evener {
namespace {

template <typename Visit, std::size_t... I>
void each_body(const Visit& visit, std::index_sequence<I...>) {
  (visit(std::variant_alternative_t<I, FactBody>{}), ...);
}

template <typename Visit>
void each_body(const Visit& visit) {
  each_body(visit, std::make_index_sequence<std::variant_size_v<FactBody>>{});
}

std::string text_of(const Fact& fact) {
  std::string text;
  append_fact(text, fact);
  return text;
}

Result<Fact> read_text_of_fact(const std::string& text) {
  return read_fact(TRY(parse_json(text)));
}

TEST(Fact, IsReadBackAsItWasWrittenWithEveryFieldSet) {
  each_body([]<typename Body>(Body body) {
    SCOPED_TRACE(Body::type);
    int number = 0;
    fill_object(body, number);
    EXPECT_EQ(fields_at_default(body), "");
    const Fact fact{
        .seq = Seq{17},
        .prev = Seq{5},
        .at = 1'763'726'430'000,
        .by = hostile_text({.max_bytes = 500, .form = TextForm::text}, 1),
        .body = body,
        .request = RequestMark{"1763726430000-8f3a", 2, "0123456789abcdef"}
    };
    const std::string text = text_of(fact);
    const Result<Fact> read = read_text_of_fact(text);
    ASSERT_TRUE(read.ok()) << read.error().text() << "\n" << text;
    EXPECT_EQ(text_of(*read), text);
    EXPECT_EQ(read->seq, fact.seq);
    EXPECT_EQ(read->prev, fact.prev);
    EXPECT_EQ(read->at, fact.at);
    EXPECT_EQ(read->by, fact.by);
    EXPECT_EQ(read->request, fact.request);
    EXPECT_EQ(type_of(read->body), Body::type);
    EXPECT_EQ(text.find('\n'), std::string::npos) << "a fact is one line";
  });
}

TEST(Fact, IsReadBackWithEveryFieldAtItsDefault) {
  each_body([]<typename Body>(const Body& body) {
    SCOPED_TRACE(Body::type);
    const std::string text = text_of({.seq = Seq{1}, .prev = {}, .by = "rod", .body = body});
    const Result<Fact> read = read_text_of_fact(text);
    if constexpr (std::is_same_v<Body, WorkerRegistered>) return;  // a worker has a name
    ASSERT_TRUE(read.ok()) << read.error().text() << "\n" << text;
    EXPECT_EQ(text_of(*read), text);
  });
}

TEST(Fact, LooksAsDocumented) {
  const Fact fact{
      .seq = Seq{12},
      .prev = Seq{3},
      .at = 5,
      .by = "rod",
      .body = TaskClaimed{"a", "w1", Fence{4}, 1, 30'000, 30'005}
  };
  EXPECT_EQ(
      text_of(fact),
      R"({"seq":12,"at":5,"by":"rod","type":"task_claimed","v":1,"prev":3,"task":"a","worker":"w1",)"
      R"("fence":4,"attempt":1,"lease_ms":30000,"expires":30005})"
  );
}

TEST(Fact, OfAnUnknownTypeOrVersionIsRefused) {
  const std::string head = R"({"seq":7,"at":5,"by":"rod",)";
  for (const std::string& text :
       {head + R"("type":"task_dreamt","v":1,"task":"a"})",
        head + R"("type":"task_held","v":2,"task":"a"})",
        head + R"("type":"task_held","v":0,"task":"a"})"}) {
    const Result<Fact> read = read_text_of_fact(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().code, "unknown_fact");
  }
}

TEST(Fact, WithAFieldThatItsTypeLacksIsRefused) {
  const Result<Fact> read = read_text_of_fact(
      R"({"seq":7,"at":5,"by":"rod","type":"task_held","v":1,"task":"a","fence":3})"
  );
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, "unknown_field");
}

TEST(Fact, WithoutItsHeadIsRefused) {
  for (const std::string missing : {"seq", "at", "by", "type", "v"}) {
    JsonObject json{{"seq", 1}, {"at", 2}, {"by", "rod"}, {"type", "task_held"}, {"v", 1}};
    json.erase(missing);
    const Result<Fact> read = read_fact(json);
    ASSERT_FALSE(read.ok()) << missing;
    EXPECT_EQ(read.error().code, "missing_field");
  }
  EXPECT_FALSE(read_fact(JsonArray{}).ok());
}

TEST(Fact, NamesTheTaskAndTheWorkerThatItSpeaksOf) {
  EXPECT_EQ(task_of(TaskAdded{{.id = "a"}}), "a");
  EXPECT_EQ(task_of(TaskEdited{{.id = "a"}}), "a");
  EXPECT_EQ(task_of(AttemptLapsed{.task = "a", .worker = "w"}), "a");
  EXPECT_EQ(task_of(NoteAdded{.worker = "w"}), "");
  EXPECT_EQ(task_of(ServerClosed{"x"}), "");
  EXPECT_EQ(worker_of(AttemptLapsed{.task = "a", .worker = "w"}), "w");
  EXPECT_EQ(worker_of(WorkerRegistered{{.name = "w"}}), "w");
  EXPECT_EQ(worker_of(TaskHeld{.task = "a"}), "");
}

}  // namespace
}  // namespace evener

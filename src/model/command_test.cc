#include "model/command.h"

#include <gtest/gtest.h>

#include "model/filled.h"

namespace evener {
namespace {

template <typename Visit, std::size_t... I>
void each_command(const Visit& visit, std::index_sequence<I...>) {
  (visit(std::variant_alternative_t<I, Command>{}), ...);
}

template <typename Visit>
void each_command(const Visit& visit) {
  each_command(visit, std::make_index_sequence<std::variant_size_v<Command>>{});
}

Result<Request> read(const std::string& text) {
  return read_request(TRY(parse_json(text)), Path{});
}

// "code at where: message", or "" if it was read.
std::string problem_with(const std::string& text) {
  const Result<Request> request = read(text);
  if (request.ok()) return "";
  const Error& error = request.error();
  return error.code + " at " + error.where + ": " + error.message;
}

TEST(Command, IsReadBackAsItWasWrittenWithEveryFieldSet) {
  each_command([]<typename C>(C command) {
    SCOPED_TRACE(C::type);
    int number = 0;
    fill_object(command, number);
    EXPECT_EQ(fields_at_default(command), "");
    const std::string text = to_json_text(Request{"1763726430000-8f3a", command});
    const Result<Request> request = read(text);
    ASSERT_TRUE(request.ok()) << request.error().text() << "\n" << text;
    EXPECT_EQ(to_json_text(*request), text);
    EXPECT_EQ(request->request_id, "1763726430000-8f3a");
    EXPECT_EQ(type_of(request->command), C::type);
  });
}

TEST(Command, HasASchemaThatNamesItsFields) {
  const JsonObject schemas = command_schemas();
  EXPECT_EQ(schemas.size(), std::variant_size_v<Command>);
  each_command([&]<typename C>(const C&) {
    const JsonObject& schema = schemas.at(C::type).as_object();
    const JsonObject& properties = schema.at("properties").as_object();
    EXPECT_EQ(properties.at("type").at("const").as_string(), C::type);
    EXPECT_TRUE(properties.contains("request_id"));
    EXPECT_EQ(properties.size(), std::tuple_size_v<decltype(C::fields())> + 2) << C::type;
    EXPECT_EQ(schema.at("required").as_array().front().as_string(), "type");
  });
}

TEST(Command, UnknownOnesAreNamedWithThoseThatAreKnown) {
  EXPECT_EQ(problem_with("[]"), "bad_value at : expected an object, found []");
  EXPECT_EQ(problem_with("{}"), "missing_field at : 'type' is missing");
  EXPECT_EQ(problem_with(R"({"type":5})"), "bad_value at type: expected a text, found 5");
  const std::string problem = problem_with(R"({"type":"clam"})");
  EXPECT_TRUE(problem.starts_with("bad_value at type: 'clam' is no command; known are add, edit"))
      << problem;
}

TEST(Command, AFieldThatIsMisspeltIsAnsweredWithTheNearest) {
  EXPECT_EQ(
      problem_with(R"({"type":"claim","worker":"w1","taks":"a"})"),
      "unknown_field at : 'taks' is no field here; did you mean 'task'?"
  );
  EXPECT_EQ(
      problem_with(R"({"type":"add","tasks":[{"id":"a"},{"id":"b","need":["a"]}]})"),
      "unknown_field at tasks[1]: 'need' is no field here; did you mean 'needs'?"
  );
  EXPECT_EQ(
      problem_with(R"({"type":"finish","task":"a","worker":"w","fence":1,"run":{"exitcode":0}})"),
      "unknown_field at run: 'exitcode' is no field here; did you mean 'exit_code'?"
  );
}

TEST(Command, WrongTypesAndBoundsAreNamedWithTheirPlace) {
  EXPECT_EQ(
      problem_with(R"({"type":"claim","worker":7})"),
      "bad_value at worker: expected a text, found 7"
  );
  EXPECT_EQ(problem_with(R"({"type":"claim"})"), "missing_field at : 'worker' is missing");
  EXPECT_EQ(
      problem_with(R"({"type":"claim","worker":"w","lease_ms":1.5})"),
      "bad_value at lease_ms: expected a whole number, found 1.5E0"
  );
  EXPECT_EQ(
      problem_with(R"({"type":"claim","worker":"w","lease_ms":99})"),
      "bad_value at lease_ms: expected a number from 100 to 604800000, found 99"
  );
  EXPECT_EQ(
      problem_with(R"({"type":"claim","worker":"w","lease_ms":18446744073709551615})"),
      "bad_value at lease_ms: expected a whole number, found 18446744073709551615"
  );
  EXPECT_EQ(
      problem_with(R"({"type":"finish","task":"a","worker":"w","fence":0})"),
      "bad_value at fence: expected a number from 1 to 9223372036854775807, found 0"
  );
  EXPECT_EQ(
      problem_with(R"({"type":"add","tasks":[{"id":"a","priority":"soon"}]})"),
      "bad_value at tasks[0].priority: expected one of urgent, high, normal, low, found \"soon\""
  );
  EXPECT_EQ(
      problem_with(R"({"type":"add","tasks":[{"id":"a","needs":["b",{"task":"c","until":"x"}]}]})"),
      "bad_value at tasks[0].needs[1].until: expected one of done, accepted, integrated, found "
      "\"x\""
  );
  EXPECT_EQ(
      problem_with(R"({"type":"cancel","task":"a b"})").substr(0, 36),
      "bad_id at task: 'a b' is no id; expe"
  );
  EXPECT_EQ(
      problem_with(R"({"type":"hold","task":"a","reason":"a\nb"})"),
      "bad_value at reason: a control character (byte 0x0a) at 1"
  );
}

TEST(Command, TextMayBeAsLongAsItsBoundAndNoLonger) {
  const auto note = [](std::size_t size) {
    return to_json_text(Request{"", AddNote{.task = "a", .text = std::string(size, 'x')}});
  };
  EXPECT_EQ(problem_with(note(limits::note_bytes)), "");
  EXPECT_EQ(
      problem_with(note(limits::note_bytes + 1)),
      "too_large at text: 4097 bytes of text; at most 4096 fit"
  );
  AddTasks many;
  for (std::size_t i = 0; i <= limits::tasks_per_request; ++i) many.tasks.push_back({.id = "a"});
  EXPECT_EQ(
      problem_with(to_json_text(Request{"", many})),
      "too_many at tasks: 1001 entries; at most 1000 are allowed"
  );
}

TEST(RequestId, HasATimeAndAWord) {
  EXPECT_EQ(request_time("1763726430000-8f3a").value(), 1'763'726'430'000);
  EXPECT_EQ(request_time("0-a").value(), 0);
  EXPECT_EQ(request_time("999999999999999-A_z-9").value(), 999'999'999'999'999);
  EXPECT_TRUE(request_time("1-" + std::string(40, 'x')).ok());
  for (const std::string bad :
       {"",
        "x",
        "12",
        "12-",
        "-5-x",
        "-x",
        "+5-x",
        " 5-x",
        "5 -x",
        "5-a b",
        "5-ä",
        "5-a.b",
        "1234567890123456-x",
        "99999999999999999999-x",
        "0x5-a"}) {
    ASSERT_FALSE(request_time(bad).ok()) << bad;
    EXPECT_EQ(request_time(bad).error().code, "bad_request_id");
  }
  EXPECT_FALSE(request_time("1-" + std::string(41, 'x')).ok());
}

TEST(RequestId, ThatIsNoneIsNamedWithItsPlace) {
  const std::string problem = problem_with(R"({"type":"cancel","task":"a","request_id":"x"})");
  EXPECT_TRUE(problem.starts_with("bad_request_id at request_id: 'x' is no request id")) << problem;
}

}  // namespace
}  // namespace evener

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "cli/language_model.h"
#include "cli/little_server.h"
#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing_http::answer_text;
using testing_http::HeardRequest;
using testing_http::LittleServer;

constexpr const char* key_variable = "EVENER_TEST_KEY";
constexpr const char* key_value = "sk-0123456789abcdef";

const std::string good_plan =
    R"({"tasks": [)"
    R"({"id": "schema", "title": "The tables", "estimate_ms": 60000, "criteria": ["it loads"]},)"
    R"({"id": "server", "needs": ["schema"], "estimate_ms": 120000, "criteria": ["it answers"]},)"
    R"({"id": "page", "needs": ["schema"], "estimate_ms": 90000, "criteria": ["it shows"]}]})";

const std::string ring = R"({"tasks": [{"id": "a", "needs": ["b"]}, {"id": "b", "needs": ["a"]}]})";

std::string http_text(const std::string& body, const std::string& head = "HTTP/1.1 200 OK") {
  return fmt::format("{}\r\nContent-Length: {}\r\n\r\n{}", head, body.size(), body);
}

std::string completion(const std::string& content, const std::string& reason = "stop") {
  const JsonObject message{{"role", "assistant"}, {"content", content}};
  return to_text(JsonObject{
      {"choices", JsonArray{JsonObject{{"message", message}, {"finish_reason", reason}}}}
  });
}

std::string said(const std::string& content) {
  return http_text(completion(content));
}

class PlanDecomposeTest : public TypedVerbTest {
 protected:
  PlanDecomposeTest() { ::setenv(key_variable, key_value, 1); }

  ~PlanDecomposeTest() override { ::unsetenv(key_variable); }

  // Asks a server that gives these answers, one after another, the last again and again.
  int ask(std::vector<std::string> answers, std::vector<std::string> words = {"Build a shop"}) {
    LittleServer server([&](std::size_t n, const HeardRequest&) {
      return std::optional(answers[std::min(n, answers.size() - 1)]);
    });
    server.send_in_pieces(piece_);
    words.insert(words.begin(), {"plan", "decompose"});
    const std::string base = fmt::format("http://127.0.0.1:{}/v1/", server.port());
    words.insert(words.end(), {"--endpoint", base, "--model", "m", "--key-env", key_variable});
    const int code = run(words);
    heard_ = server.heard();
    return code;
  }

  Json body(std::size_t request) const { return parse_json(heard_.at(request).body).value(); }

  std::string last_message() const {
    const Json last = body(heard_.size() - 1);
    return std::string(last.at("messages").as_array().back().at("content").as_string());
  }

  Json result() const { return parse_json(out_).value().at("result"); }

  std::vector<HeardRequest> heard_;
  std::size_t piece_ = std::size_t{1} << 20U;
};

TEST_F(PlanDecomposeTest, MakesAPlanOfAnAnswerAndTouchesNoPool) {
  ASSERT_EQ(ask({said("Here you are:\n```json\n" + good_plan + "\n```")}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("[[task]]\nid = \"schema\""));
  EXPECT_THAT(err_, HasSubstr("round 1 of 3: 3 tasks, nothing to mend"));
  EXPECT_THAT(err_, HasSubstr("longest path    3m 0s: schema -> server"));
  EXPECT_FALSE(std::filesystem::exists(folder_.pool().path));
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_THAT(heard_[0].head, HasSubstr("POST /v1/chat/completions HTTP/1.1"));
  EXPECT_EQ(heard_[0].header("Authorization"), std::string("Bearer ") + key_value);
  EXPECT_THAT(heard_[0].body, HasSubstr("The goal: Build a shop"));
  EXPECT_EQ(body(0).at("model").as_string(), "m");
  const Json format = body(0).at("response_format");
  EXPECT_EQ(format.at("type").as_string(), "json_schema");
  EXPECT_TRUE(format.at("json_schema").at("schema").at("$defs").at("task").is_object());
}

TEST_F(PlanDecomposeTest, TellsTheModelWhatIsWrongUntilItIsMended) {
  const std::string unknown = R"({"tasks": [{"id": "a", "needs": ["nowhere"]}]})";
  const std::string misspelt = R"({"tasks": [{"id": "a", "estimte": 1}]})";
  const std::vector<std::string> answers{
      said("I would start with the tables."),
      said(misspelt),
      said(ring),
      said(unknown),
      said(good_plan)
  };
  ASSERT_EQ(ask(answers, {"Build a shop", "--rounds", "5", "--json"}), 0) << err_;
  ASSERT_EQ(heard_.size(), 5U);
  const auto told = [&](std::size_t request) {
    const Json messages = body(request).at("messages");
    EXPECT_EQ(messages.as_array().size(), 1 + 2 * request);
    return std::string(messages.as_array().back().at("content").as_string());
  };
  EXPECT_THAT(told(1), HasSubstr("plan_missing"));
  EXPECT_THAT(told(2), HasSubstr("estimte"));
  EXPECT_THAT(told(3), HasSubstr("error cycle (a, b): each waits for the next"));
  EXPECT_THAT(told(4), HasSubstr("nowhere is needed, and is not there"));
  EXPECT_EQ(result().at("rounds").as_int64(), 5);
  EXPECT_EQ(result().at("plan").at("tasks").as_array().size(), 3U);
  EXPECT_EQ(result().at("examined").at("errors").as_int64(), 0);
}

TEST_F(PlanDecomposeTest, EndsWithOneWhereNoPlanIsGoodEnough) {
  EXPECT_EQ(ask({said(ring)}, {"x", "--rounds", "2"}), 1);
  EXPECT_EQ(heard_.size(), 2U);
  EXPECT_THAT(out_, HasSubstr("[[task]]"));
  EXPECT_THAT(err_, HasSubstr("error cycle"));
  EXPECT_THAT(err_, HasSubstr("refused: after 2 rounds there is no plan without errors"));
  EXPECT_EQ(ask({said("no")}, {"x", "--rounds", "1", "--json"}), 1);
  EXPECT_THAT(out_, HasSubstr(R"("code":"no_plan")"));
  EXPECT_THAT(out_, HasSubstr(R"("problems":["error the answer holds no plan)"));
}

TEST_F(PlanDecomposeTest, KeepsTheBestAnswer) {
  const std::string unsaid = R"({"tasks": [{"id": "a"}, {"id": "b"}]})";
  ASSERT_EQ(ask({said(unsaid), said(ring)}, {"x", "--rounds", "2"}), 0) << err_;
  EXPECT_THAT(last_message(), HasSubstr("warning estimate_missing (a, b)"));
  EXPECT_THAT(out_, Not(HasSubstr("needs")));
  const std::string gone = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
  ASSERT_EQ(ask({said(unsaid), gone}), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("the round before stands: "));
}

TEST_F(PlanDecomposeTest, AsksForLessWhereASchemaIsRefused) {
  const std::string refused = http_text("{}", "HTTP/1.1 400 Bad Request");
  ASSERT_EQ(ask({refused, refused, said(ring), said(good_plan)}), 0) << err_;
  ASSERT_EQ(heard_.size(), 4U);
  EXPECT_EQ(body(1).at("response_format").at("type").as_string(), "json_object");
  EXPECT_EQ(body(2).as_object().count("response_format"), 0U);
  EXPECT_EQ(body(3).as_object().count("response_format"), 0U);
  EXPECT_EQ(ask({refused}), 3);
  EXPECT_EQ(heard_.size(), 3U);
}

TEST_F(PlanDecomposeTest, TriesAgainWhatPasses) {
  const std::string busy = answer_text(429, "Retry-After: 0\r\n");
  const std::string broken = answer_text(500, "Retry-After: 0\r\n");
  ASSERT_EQ(ask({busy, broken, said(good_plan)}), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("429 Said; again in 0s"));
  EXPECT_EQ(ask({broken}), 3);
  EXPECT_EQ(heard_.size(), 3U);
  EXPECT_EQ(ask({answer_text(429, "Retry-After: 900\r\n")}, {"x", "--timeout", "5s"}), 3);
  EXPECT_THAT(err_, HasSubstr("429 Said; it asks for 15m 0s before the next try (model_failed)"));
}

TEST_F(PlanDecomposeTest, TakesAnAnswerInPieces) {
  piece_ = 7;
  const std::string text = completion(good_plan);
  std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < text.size(); at += 100) {
    const std::string chunk = text.substr(at, 100);
    chunked += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
  }
  ASSERT_EQ(ask({chunked + "0\r\n\r\n"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("id = \"page\""));
  EXPECT_EQ(ask({chunked}), 3);
  EXPECT_THAT(err_, HasSubstr("reply_lost"));
}

TEST_F(PlanDecomposeTest, SaysWhatAnswersBadlyOrNotAtAll) {
  EXPECT_EQ(ask({http_text("<html>")}), 3);
  EXPECT_THAT(err_, HasSubstr("expected a chat completion"));
  EXPECT_EQ(ask({http_text(R"({"choices": []})")}), 3);
  EXPECT_EQ(ask({http_text(std::string(longest_model_answer + 1, 'x'))}), 3);
  EXPECT_THAT(err_, HasSubstr("the answer is longer than 4194304 bytes (bad_reply)"));
  const std::string cut = good_plan.substr(0, 90);
  EXPECT_EQ(ask({http_text(completion(cut, "length"))}, {"x", "--rounds", "1"}), 1);
  EXPECT_THAT(err_, HasSubstr("answer_cut"));
  LittleServer silent([](std::size_t, const HeardRequest&) { return std::nullopt; });
  const std::string base = fmt::format("http://127.0.0.1:{}", silent.port());
  const std::vector<std::string> words{
      "plan", "decompose", "x", "--endpoint", base, "--model", "m", "--timeout", "50ms"
  };
  EXPECT_EQ(run(words), 3);
  EXPECT_THAT(err_, HasSubstr("(timeout)"));
}

TEST_F(PlanDecomposeTest, NeverTellsTheKey) {
  const std::string leak =
      fmt::format(R"({{"error": {{"message": "bad key {} \u001b[2J"}}}})", key_value);
  EXPECT_EQ(ask({http_text(leak, "HTTP/1.1 401 Unauthorized")}), 3);
  EXPECT_THAT(err_, HasSubstr("401 Unauthorized: bad key [secret EVENER_TEST_KEY]"));
  EXPECT_THAT((std::vector{out_, err_}), Each(Not(HasSubstr(key_value))));
  EXPECT_THAT(err_, Not(HasSubstr("\x1b")));
  const std::string titled =
      R"({"tasks": [{"id": "a", "title": ")" + std::string(key_value) + "\"}]}";
  ask({said(titled)}, {"x", "--rounds", "1"});
  EXPECT_THAT((std::vector{out_, err_}), Each(Not(HasSubstr(key_value))));
  const std::vector<std::string> far{
      "plan", "decompose", "x", "--endpoint", "http://192.0.2.1", "--model", "m"
  };
  std::vector<std::string> with_key = far;
  with_key.insert(with_key.end(), {"--key-env", key_variable});
  EXPECT_EQ(run(with_key), 3);
  EXPECT_THAT(err_, HasSubstr("needs_tls"));
}

TEST_F(PlanDecomposeTest, RefusesWhatCannotBeAsked) {
  const std::string url = "http://127.0.0.1:1/v1";
  const std::vector<std::vector<std::string>> wrong{
      {"--endpoint", url, "--model", "m"},
      {"x"},
      {"x", "--endpoint", url},
      {"x", "--endpoint", "127.0.0.1", "--model", "m"},
      {"x", "--endpoint", url, "--with", "cat", "--model", "m"},
      {"x", "--endpoint", url, "--model", "m", "--key-env", "EVENER_TEST_NO_SUCH_KEY"},
      {"--file", folder_.path("nowhere.md"), "--endpoint", url, "--model", "m"},
      {"x", "--endpoint", url, "--model", "m", "--rounds", "0"},
  };
  for (std::vector<std::string> words : wrong) {
    words.insert(words.begin(), {"plan", "decompose"});
    EXPECT_EQ(run(words), 2) << testing::PrintToString(words) << err_;
  }
}

TEST_F(PlanDecomposeTest, ImportsOnlyWhereAskedTo) {
  EXPECT_NE(ask({said(good_plan)}, {"x", "--apply"}), 0);
  EXPECT_EQ(heard_.size(), 0U);
  ASSERT_EQ(run({"init", "--name", "shop"}), 0);
  ASSERT_EQ(ask({said(good_plan)}, {"x"}), 0) << err_;
  ASSERT_EQ(run({"list"}), 0);
  EXPECT_THAT(out_, Not(HasSubstr("schema")));
  ASSERT_EQ(ask({said(ring)}, {"x", "--apply", "--rounds", "1"}), 1);
  ASSERT_EQ(ask({said(good_plan)}, {"x", "--apply", "--json"}), 0) << err_;
  EXPECT_EQ(result().at("added").as_int64(), 3);
  ASSERT_EQ(run({"list"}), 0);
  EXPECT_THAT(out_, HasSubstr("schema"));
  EXPECT_EQ(ask({said(good_plan)}, {"x", "--apply", "--rounds", "1"}), 1);
  EXPECT_THAT(err_, HasSubstr("error id_taken (schema): the pool has a task of this id"));
}

TEST_F(PlanDecomposeTest, DividesATaskOfThePool) {
  ASSERT_EQ(run({"init", "--name", "shop"}), 0);
  ASSERT_EQ(run({"add", "The ground", "--id", "ground"}), 0);
  const std::vector<std::string> shop{
      "add",
      "The shop",
      "--id",
      "shop",
      "--description",
      "Sells",
      "--criterion",
      "it sells",
      "-n",
      "ground"
  };
  ASSERT_EQ(run(shop), 0) << err_;
  ASSERT_EQ(run({"add", "Open it", "--id", "open", "-n", "shop"}), 0);
  const std::string backward =
      R"({"tasks": [{"id": "a", "needs": ["open"], "estimate_ms": 1, "criteria": ["c"]}]})";
  ASSERT_EQ(ask({said(backward), said(good_plan)}, {"--task", "shop", "--apply"}), 0) << err_;
  const std::string asked = heard_.at(0).body;
  for (const char* const told :
       {"shop: The shop", "Sells", "it sells", "ground: The ground", "open: Open it"}) {
    EXPECT_THAT(asked, HasSubstr(told));
  }
  EXPECT_THAT(last_message(), HasSubstr("error cycle: with the pool's tasks"));
  ASSERT_EQ(run({"show", "server", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr(R"("parent":"shop")"));
  ASSERT_EQ(run({"why", "open"}), 0);
  EXPECT_THAT(out_, HasSubstr("shop"));
  EXPECT_EQ(ask({said(good_plan)}, {"--task", "nowhere"}), 1);
  ASSERT_EQ(run({"cancel", "open"}), 0);
  EXPECT_EQ(ask({said(good_plan)}, {"--task", "open"}), 1);
  EXPECT_THAT(err_, HasSubstr("open is cancelled; expected an open task"));
}

TEST_F(PlanDecomposeTest, NamesTasksThatCarryCommandsAndRunsNone) {
  const std::string trace = folder_.path("trace");
  const std::string plan = fmt::format(
      R"({{"tasks": [{{"id": "a", "title": "red\u202e \u009b31m", "run": "touch {0}", )"
      R"("verify": "touch {0}", "estimate_ms": 1, "criteria": ["c"]}}]}})",
      trace
  );
  ask({said(plan)}, {"x", "--rounds", "1"});
  EXPECT_THAT(err_, HasSubstr("a (run, verify)"));
  EXPECT_FALSE(std::filesystem::exists(trace));
}

TEST_F(PlanDecomposeTest, WritesTheFileThatIsAskedFor) {
  const std::string json = folder_.path("plan.json");
  ASSERT_EQ(ask({said(good_plan)}, {"x", "--output", json}), 0) << err_;
  EXPECT_EQ(parse_json(read_file(json).value()).value().at("tasks").as_array().size(), 3U);
  EXPECT_THAT(out_, HasSubstr("0 errors"));
  const std::string toml = folder_.path("plan.toml");
  ASSERT_EQ(ask({said(good_plan)}, {"x", "-o", toml}), 0) << err_;
  EXPECT_EQ(run({"plan", "check", toml}), 0);
}

TEST_F(PlanDecomposeTest, AsksNobodyForAPlanThatHasNoPlace) {
  EXPECT_NE(ask({said(good_plan)}, {"x", "-o", folder_.path("nowhere/plan.toml")}), 0);
  EXPECT_TRUE(heard_.empty());
}

TEST_F(PlanDecomposeTest, LosesNoPlanThatCannotBeWritten) {
  std::filesystem::create_directory(folder_.path("plan.toml"));
  EXPECT_NE(ask({said(good_plan)}, {"x", "-o", folder_.path("plan.toml")}), 0);
  EXPECT_THAT(out_, HasSubstr("[[task]]\nid = \"schema\""));
}

TEST(LanguageModel, IsAskedBelowItsAddress) {
  const auto target = [](const char* url) { return chat_address(parse_url(url).value()).target; };
  EXPECT_EQ(target("http://h/v1"), "/v1/chat/completions");
  EXPECT_EQ(target("http://h"), "/chat/completions");
  EXPECT_EQ(target("https://h/a/?v=2"), "/a/chat/completions?v=2");
}

TEST(LanguageModel, SaysTextInOneWayOrAnother) {
  const auto text = [](std::string_view message) {
    const auto answer =
        answer_in_completion(fmt::format(R"({{"choices": [{{"message": {}}}]}})", message));
    return answer.ok() ? answer->text : answer.error().code;
  };
  EXPECT_EQ(text(R"({"content": "a"})"), "a");
  EXPECT_EQ(text(R"({"content": [{"type": "text", "text": "a"}, {"text": "b"}]})"), "ab");
  EXPECT_EQ(text(R"({"content": null, "refusal": "no"})"), "no");
  EXPECT_EQ(text(R"({"content": 3})"), "bad_reply");
}

}  // namespace
}  // namespace evener

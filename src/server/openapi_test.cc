#include "server/openapi.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "server/serve_testing.h"

namespace evener {
namespace {

using namespace testing_serve;

// Holds JSON to the part of JSON Schema that our document uses; a keyword that it does not know is
// a problem too, so that nothing is passed over in silence.
class SchemaChecker {
 public:
  explicit SchemaChecker(const Json& document) : document_(document) {}

  // What does not hold, with its place; empty if all does.
  std::vector<std::string> problems(const Json& value, const Json& schema) {
    problems_.clear();
    check(value, schema, "$");
    return problems_;
  }

 private:
  void fail(const std::string& where, const std::string& what) {
    problems_.push_back(where + ": " + what);
  }

  static bool is_type(const Json& value, std::string_view type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "integer") return value.is_int64() || value.is_uint64();
    return false;
  }

  void check(const Json& value, const Json& schema, const std::string& where) {
    for (const auto& [key, rule] : schema.get_object()) {
      const std::string_view keyword = key;
      if (keyword == "$ref") {
        check(value, resolve(rule), where);
      } else if (keyword == "type") {
        if (!is_type(value, std::string_view(rule.get_string()))) {
          fail(where, to_text(value).substr(0, 80) + " is no " + to_text(rule));
          return;
        }
      } else if (keyword == "const") {
        if (value != rule) fail(where, "not " + to_text(rule));
      } else if (keyword == "enum") {
        if (std::ranges::find(rule.get_array(), value) == rule.get_array().end()) {
          fail(where, to_text(value) + " is not in " + to_text(rule));
        }
      } else if (keyword == "oneOf" || keyword == "anyOf") {
        check_alternatives(value, rule.get_array(), keyword == "oneOf", where);
      } else if (!check_object_rule(value, schema, keyword, rule, where)) {
        check_bound(value, keyword, rule, where);
      }
    }
  }

  void check_alternatives(
      const Json& value, const JsonArray& alternatives, bool exactly_one, const std::string& where
  ) {
    const std::vector<std::string> before = problems_;
    std::size_t fitting = 0;
    for (const Json& alternative : alternatives) {
      problems_.clear();
      check(value, alternative, where);
      fitting += problems_.empty() ? 1 : 0;
    }
    problems_ = before;
    if (fitting == 0 || (exactly_one && fitting > 1)) {
      fail(where, std::to_string(fitting) + " alternatives fit");
    }
  }

  bool check_object_rule(
      const Json& value,
      const Json& schema,
      std::string_view keyword,
      const Json& rule,
      const std::string& where
  ) {
    if (keyword == "required") {
      for (const Json& name : rule.get_array()) {
        if (!value.get_object().contains(name.get_string())) fail(where, "lacks " + to_text(name));
      }
    } else if (keyword == "properties") {
      for (const auto& [name, member] : rule.get_object()) {
        if (const Json* found = value.get_object().if_contains(name)) {
          check(*found, member, where + "." + std::string(name));
        }
      }
    } else if (keyword == "additionalProperties") {
      EXPECT_EQ(rule, Json(false));
      for (const auto& [name, member] : value.get_object()) {
        if (!schema.at("properties").get_object().contains(name)) {
          fail(where, "has " + std::string(name));
        }
      }
    } else {
      return false;
    }
    return true;
  }

  void check_bound(
      const Json& value, std::string_view keyword, const Json& rule, const std::string& where
  ) {
    const auto size = [&] {
      return static_cast<std::int64_t>(
          value.is_array() ? value.get_array().size() : value.get_string().size()
      );
    };
    bool holds = true;
    if (keyword == "minimum") {
      holds = value.to_number<std::int64_t>() >= rule.to_number<std::int64_t>();
    } else if (keyword == "maximum") {
      holds = value.to_number<std::int64_t>() <= rule.to_number<std::int64_t>();
    } else if (keyword == "maxLength" || keyword == "maxItems") {
      holds = size() <= rule.to_number<std::int64_t>();
    } else if (keyword == "minItems" || keyword == "minLength") {
      holds = size() >= rule.to_number<std::int64_t>();
    } else if (keyword == "pattern") {
      holds = std::regex_search(
          std::string(value.get_string()), std::regex(std::string(rule.get_string()))
      );
    } else if (keyword == "items") {
      for (std::size_t i = 0; i < value.get_array().size(); ++i) {
        check(value.get_array()[i], rule, where + "[" + std::to_string(i) + "]");
      }
    } else {
      holds = keyword == "description" || keyword == "discriminator";
    }
    if (!holds) fail(where, fmt::format("{} {} does not hold", keyword, to_text(rule)));
  }

  const Json& resolve(const Json& reference) const {
    std::string path(reference.get_string());
    EXPECT_EQ(path.substr(0, 2), "#/");
    return document_.at_pointer(path.substr(1));
  }

  const Json& document_;
  std::vector<std::string> problems_;
};

// Every "$ref" in the document.
void collect_references(const Json& json, std::set<std::string>& out) {
  if (json.is_array()) {
    for (const Json& item : json.get_array()) collect_references(item, out);
  }
  if (!json.is_object()) return;
  for (const auto& [key, member] : json.get_object()) {
    if (key == "$ref") out.insert(std::string(member.get_string()));
    collect_references(member, out);
  }
}

TEST(OpenApi, NamesNothingThatIsNotThere) {
  const Json document = openapi_document("1.2.3");
  std::set<std::string> references;
  collect_references(document, references);
  EXPECT_GT(references.size(), 10U);
  for (const std::string& reference : references) {
    boost::system::error_code missing;
    EXPECT_NE(document.find_pointer(reference.substr(1), missing), nullptr) << reference;
  }
  EXPECT_EQ(text_at(document, "info.version"), "1.2.3");
}

// The real answers of a server that has something to show, held to the document that it serves.
class OpenApiTest : public testing::Test {
 protected:
  OpenApiTest() {
    give(
        R"({"type":"register","worker":{"name":"w1","capabilities":["gpu"],"machine":"walnut"}})",
        R"({"type":"add","tasks":[)"
        R"({"id":"a","title":"First","criteria":["it works"],"estimate_ms":1000,"kind":"build"},)"
        R"({"id":"b","needs":["a"],"parent":"p","labels":["x"]},{"id":"p"},)"
        R"({"id":"c","requires":["magic"],"retries":0},{"id":"d","retries":0,"data":{"any":[1]}}]})",
        claim("w1"),
        R"({"type":"renew","worker":"w1","task":"a","fence":1,"progress":{"percent":4}})",
        R"({"type":"note","task":"a","worker":"w1","text":"found it","finding":true})",
        R"({"type":"tick","task":"a","criterion":1})",
        R"({"type":"claim","worker":"w2","task":"d"})",
        R"({"type":"fail","worker":"w2","task":"d","fence":2,"reason":"no","run":{"exit_code":1}})",
        R"({"type":"set_phase","phase":{"id":"one","approver":"role:boss","planned_end_ms":9}})",
        R"({"type":"add","tasks":[{"id":"e","phase":"one"}]})",
        R"({"type":"set_phase","phase":{"id":"two","after":["one"],"participants":["w1"]}})",
        R"({"type":"set_gate","gate":{"id":"meeting","tasks":["a"],"between":["x","y"]}})",
        R"({"type":"set_phase","phase":{"id":"empty"}},{"type":"approve","gate":"empty"})",
        R"({"type":"raise_blocker","task":"b","text":"no disk","severity":"urgent","owner":"rod"})",
        R"({"type":"raise_blocker","task":"c","text":"no key","stops":"finish","worker":"w1"})",
        R"({"type":"resolve_blocker","blocker":2})",
        R"({"type":"measure","name":"coverage","value":"62.5","goal":"80","unit":"%"})",
        R"({"type":"measure","name":"restored","value":"7","of":"10","task":"a","worker":"w1"})",
        R"({"type":"mark","text":"the load test"})",
        R"({"type":"set_schedule","schedule":{"id":"s","every_ms":60000,"task":{"title":"Again"}}})"
    );
  }

  template <typename... Text>
  void give(const Text&... list) {
    std::string all;
    ((all += all.empty() ? std::string(list) : "," + std::string(list)), ...);
    const WireAnswer answer = client_.ask("POST", "/v1/pools/default/commands", commands(all));
    hold("post", "/v1/pools/{pool}/commands", answer);
    Json body = parse_json(commands(all)).value();
    expect_fits(body, document_.at("components").at("schemas").at("Commands"), "the commands");
    EXPECT_EQ(answer.body.find("\"ok\":false"), std::string::npos) << answer.body;
  }

  void expect_fits(const Json& value, const Json& schema, const std::string& what) {
    for (const std::string& problem : checker_.problems(value, schema)) {
      ADD_FAILURE() << what << ' ' << problem;
    }
  }

  // Holds an answer to what the document says of its path, method and status.
  void hold(std::string_view method, std::string_view path, const WireAnswer& answer) {
    const std::string what = fmt::format("{} {} {}", method, path, answer.status);
    held_.insert(fmt::format("{} {}", method, path));
    const JsonObject& paths = document_.at("paths").get_object();
    ASSERT_TRUE(paths.contains(path)) << what;
    const JsonObject& responses = paths.at(path).at(method).at("responses").get_object();
    ASSERT_TRUE(responses.contains(std::to_string(answer.status))) << what << answer.body;
    Json response = responses.at(std::to_string(answer.status));
    if (const Json* shared = response.get_object().if_contains("$ref")) {
      response = document_.at_pointer(std::string(shared->get_string()).substr(1));
    }
    const auto& [type, content] = *response.at("content").get_object().begin();
    EXPECT_TRUE(answer.has(fmt::format("Content-Type: {}", std::string_view(type)))) << what;
    if (type == "application/json") expect_fits(json_of(answer), content.at("schema"), what);
  }

  void get(std::string_view path, const std::string& target, int status = 200) {
    const WireAnswer answer = client_.get(target);
    EXPECT_EQ(answer.status, status) << target << ' ' << answer.body;
    hold("get", path, answer);
  }

  TestPoolFolder pool_{"demo"};
  PoolServer server_{pool_.folder()};
  PoolClient client_ = server_.connect();
  Json document_ = json_of(client_.get("/v1/openapi.json"));
  SchemaChecker checker_{document_};
  std::set<std::string> held_;
};

// With every parameter, too.
constexpr const char* asked_views[] = {
    "status",
    "status?at=3",
    "tasks",
    "tasks?states=running,ready&limit=1",
    "tasks?sort=title&descending=true&skip=1&limit=2",
    "workers",
    "workers?limit=1&after=a",
    "workers?worker=w1",
    "locks",
    "locks?who=src/a.cc&limit=1",
    "why?task=a",
    "why?task=b",
    "why?task=c&worker=w1",
    "why?worker=w1",
    "why?worker=w9",
    "phases",
    "phases?at=3",
    "blockers",
    "estimates",
    "estimates?kind=none&limit=1",
    "forecast",
    "forecast?workers=3&runs=5&seed=7",
    "checks",
    "machines",
    "graph",
    "graph?task=b&limit=2",
    "inbox?worker=w1",
    "inbox?worker=w1&all=true&limit=1",
    "report",
    "report?chapter=last",
    "report?attempts=1",
    "measures",
    "measures?name=coverage&points=5",
    "marks",
    "marks?limit=1",
    "schedules",
    "log",
    "log?task=a&limit=1&sentences=true",
    "log?types=marked,measured",
    "log?newest=true&before=5&limit=2",
    "tasks?ids=a,b",
    "status?attention=1",
    "plan",
    "plan?limit=1"
};

TEST_F(OpenApiTest, DescribesEveryRoutesRealAnswers) {
  const std::string pool = "/v1/pools/{pool}/";
  const std::string at = "/v1/pools/demo/";
  get("/healthz", "/healthz");
  get("/readyz", "/readyz");
  get("/metrics", "/metrics");
  get("/v1/openapi.json", "/v1/openapi.json");
  get("/v1/pools", "/v1/pools");
  for (const char* view : asked_views) {
    const std::string name(view);
    get(pool + name.substr(0, name.find('?')), at + name);
  }
  for (const char* task : {"a", "b", "c", "d", "p"})
    get(pool + "tasks/{task}", at + "tasks/" + task);
  get(pool + "tasks/{task}", at + "tasks/none", 404);
  get(pool + "tasks", at + "tasks?colour=red", 400);
  get(pool + "events", at + "events?after=x", 400);
  const WireAnswer kept = client_.ask("POST", at + "blobs", "bytes");
  hold("post", pool + "blobs", kept);
  hold("put", pool + "blobs", client_.ask("PUT", at + "blobs", "bytes"));
  get(pool + "blobs/{digest}", at + "blobs/" + text_at(json_of(kept), "digest"));
  get(pool + "blobs/{digest}", at + "blobs/none", 400);
  EventReader events(WireClient::to_unix(server_.card().socket), at + "events");
  hold("get", pool + "events", events.head());
  hold("post", pool + "commands", client_.ask("POST", at + "commands", "{"));
  hold("post", pool + "join", client_.ask("POST", at + "join", "{}"));
  hold("post", pool + "sign-in", client_.ask("POST", at + "sign-in", "{}"));
  hold("post", pool + "sign-in/codes", client_.ask("POST", at + "sign-in/codes"));
  get(pool + "session", at + "session");
  hold("delete", pool + "session", client_.ask("DELETE", at + "session"));

  // Nothing is described that was not held to its description.
  std::set<std::string> described;
  for (const auto& [path, methods] : document_.at("paths").get_object()) {
    for (const auto& [method, operation] : methods.get_object()) {
      described.insert(fmt::format("{} {}", std::string_view(method), std::string_view(path)));
    }
  }
  EXPECT_EQ(held_, described);
}

TEST_F(OpenApiTest, DescribesEveryCommandOnce) {
  const Json& schema = document_.at("components").at("schemas").at("Command");
  EXPECT_EQ(schema.at("oneOf").get_array().size(), std::variant_size_v<Command>);
  const Json wrong = parse_json(R"({"type":"claim"})").value();
  EXPECT_FALSE(checker_.problems(wrong, schema).empty());
  const Json right = parse_json(R"({"type":"claim","worker":"w1","wait_ms":10})").value();
  EXPECT_TRUE(checker_.problems(right, schema).empty());
}

}  // namespace
}  // namespace evener

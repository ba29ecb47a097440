#include "server/openapi.h"

#include <fmt/format.h>

#include <initializer_list>

#include "model/answer.h"
#include "model/command.h"
#include "server/routes.h"
#include "views/blockers.h"
#include "views/checks.h"
#include "views/estimates.h"
#include "views/graph.h"
#include "views/inbox.h"
#include "views/locks.h"
#include "views/machines.h"
#include "views/marks.h"
#include "views/measures.h"
#include "views/phases.h"
#include "views/query.h"
#include "views/report.h"
#include "views/schedules.h"
#include "views/status.h"
#include "views/why.h"
#include "views/workers.h"

namespace evener {
namespace {

constexpr std::string_view pool_path = "/v1/pools/{pool}/";

Json reference(std::string_view schema) {
  return JsonObject{{"$ref", fmt::format("#/components/schemas/{}", schema)}};
}

Json content(std::string_view type, const Json& schema) {
  return JsonObject{{type, JsonObject{{"schema", schema}}}};
}

Json answer(std::string_view description, std::string_view type, const Json& schema) {
  return JsonObject{{"description", description}, {"content", content(type, schema)}};
}

// The answers of an operation: what it answers if all is well, and the errors it may answer.
Json answers(const Json& good, std::initializer_list<int> errors) {
  JsonObject all{{"200", good}};
  for (const int status : errors) {
    all[std::to_string(status)] = JsonObject{{"$ref", "#/components/responses/Error"}};
  }
  return all;
}

Json parameter(
    std::string_view name, std::string_view place, std::string_view description, const Json& schema
) {
  return JsonObject{
      {"name", name},
      {"in", place},
      {"required", place == "path"},
      {"description", description},
      {"schema", schema}
  };
}

Json text_schema() {
  return JsonObject{{"type", "string"}};
}

Json whole_number() {
  return JsonObject{{"type", "integer"}, {"minimum", 0}};
}

Json limit_parameter() {
  return parameter(
      "limit", "query", "At most so many; 0: as many as are allowed, 10,000", whole_number()
  );
}

Json pool_parameter() {
  return parameter("pool", "path", "The pool's name, or `default`", text_schema());
}

// Every field of a filter as a parameter; a list is written with commas.
template <Described T>
void add_filter(JsonArray& parameters) {
  const Json schema = schema_of<T>();
  for (const auto& [name, field] : schema.get_object().at("properties").get_object()) {
    JsonObject plain = field.get_object();
    const std::string description(plain["description"].get_string());
    plain.erase("description");
    const bool is_list = plain["type"] == "array";
    Json made = parameter(name, "query", description, plain);
    if (is_list) {
      made.get_object()["style"] = "form";
      made.get_object()["explode"] = false;
    }
    parameters.push_back(std::move(made));
  }
}

Json operation(
    std::string_view id, std::string_view summary, JsonArray parameters, const Json& responses
) {
  JsonObject made{{"operationId", id}, {"summary", summary}};
  if (!parameters.empty()) made["parameters"] = std::move(parameters);
  made["responses"] = responses;
  return made;
}

Json open_to_all(Json made) {
  made.get_object()["security"] = JsonArray{};
  return made;
}

Json view(
    std::string_view id, std::string_view summary, std::string_view schema, JsonArray parameters
) {
  parameters.insert(parameters.begin(), pool_parameter());
  parameters.push_back(parameter(
      "at", "query", "The pool as it stood after this fact, or at this time", text_schema()
  ));
  const Json good = answer(summary, "application/json", reference(schema));
  return JsonObject{
      {"get",
       operation(id, summary, std::move(parameters), answers(good, {400, 401, 403, 404, 503}))}
  };
}

JsonArray page_parameters() {
  return {parameter("after", "query", "Rows behind this one", text_schema()), limit_parameter()};
}

void add_views(JsonObject& paths) {
  const auto at = [](std::string_view rest) { return std::string(pool_path) + std::string(rest); };
  JsonArray tasks;
  add_filter<TaskFilter>(tasks);
  JsonArray log;
  add_filter<LogFilter>(log);
  log.push_back(parameter("seq", "query", "Facts behind this one", whole_number()));
  log.push_back(parameter("before", "query", "Facts before this one", whole_number()));
  log.push_back(parameter(
      "newest", "query", "The last ones instead of the first", JsonObject{{"type", "boolean"}}
  ));
  log.push_back(limit_parameter());
  log.push_back(parameter(
      "sentences", "query", "Each fact also as people read it", JsonObject{{"type", "boolean"}}
  ));
  const JsonArray task{parameter("task", "path", "Its id", text_schema())};
  const JsonArray why{
      parameter("task", "query", "About this task", text_schema()),
      parameter("worker", "query", "About this worker", text_schema())
  };
  const JsonArray status{
      parameter("attention", "query", "So many rows of what needs somebody", whole_number())
  };
  paths[at("status")] = view("status", "Where the work stands", "StatusView", status);
  paths[at("tasks")] = view("tasks", "Tasks, a page at a time", "TaskListView", tasks);
  paths[at("tasks/{task}")] = view("task", "Everything about one task", "TaskView", task);
  JsonArray workers = page_parameters();
  workers.push_back(parameter("worker", "query", "Only this one", text_schema()));
  paths[at("workers")] = view("workers", "Who takes tasks", "WorkerListView", workers);
  paths[at("phases")] = view("phases", "Phases and gates", "PhaseListView", {});
  paths[at("blockers")] = view("blockers", "Open blockers", "BlockerListView", {});
  paths[at("why")] = view("why", "What must hold, and what would change it", "WhyView", why);
  const JsonArray locks{
      parameter("who", "query", "Only who holds this path or resource", text_schema()),
      limit_parameter()
  };
  paths[at("locks")] = view("locks", "What is held, and who waits for it", "LocksView", locks);
  paths[at("machines")] = view("machines", "The inventory", "MachineListView", {});
  const JsonArray inbox{
      parameter("worker", "query", "Whose", text_schema()),
      parameter("all", "query", "Also what it has acknowledged", JsonObject{{"type", "boolean"}}),
      limit_parameter()
  };
  paths[at("inbox")] = view("inbox", "Messages that reach a worker", "InboxView", inbox);
  const JsonArray report{
      parameter("chapter", "query", "Only this chapter: its number, or `last`", text_schema()),
      parameter("attempts", "query", "Only so many of the timeline, the newest", whole_number())
  };
  paths[at("report")] = view("report", "What the work came to", "Report", report);
  paths[at("log")] = view("log", "Facts, a page at a time", "LogView", log);
  paths[at("plan")] =
      view("plan", "The pool as a plan, a page at a time", "PlanView", page_parameters());
  const JsonArray measures{
      parameter("name", "query", "Only those of this name", text_schema()),
      parameter("points", "query", "With so many of the newest values of each", whole_number())
  };
  paths[at("measures")] =
      view("measures", "Numbers with a goal, and how far they are", "MeasureListView", measures);
  const JsonArray marks{limit_parameter()};
  paths[at("marks")] = view("marks", "What opened chapters, newest first", "MarkListView", marks);
  const JsonArray estimates{
      parameter("kind", "query", "Only of this kind", text_schema()),
      parameter("limit", "query", "At most so many kinds", whole_number())
  };
  paths[at("estimates")] =
      view("estimates", "How long each kind of task takes", "EstimatesView", estimates);
  const JsonArray graph{
      parameter("task", "query", "Around this task", text_schema()),
      parameter("limit", "query", "At most so many tasks", whole_number())
  };
  paths[at("graph")] = view("graph", "What needs what, to be drawn", "GraphView", graph);
  JsonArray forecast;
  add_filter<ForecastWish>(forecast);
  paths[at("forecast")] =
      view("forecast", "When all will be done, by playing it", "ForecastView", forecast);
  Json checks = view("checks", "What a check finds in the plan", "PlanExamination", {});
  checks.at("get").at("responses").get_object()["413"] =
      JsonObject{{"$ref", "#/components/responses/Error"}};
  paths[at("checks")] = std::move(checks);
  paths[at("schedules")] = view("schedules", "Tasks that come again", "ScheduleListView", {});
}

Json commands_path() {
  const Json good = answer("One answer a command", "application/json", reference("Answers"));
  Json made = operation(
      "commands",
      "Gives commands; each is decided by itself, in order",
      {pool_parameter()},
      answers(good, {400, 401, 403, 404, 413, 415, 503})
  );
  made.get_object()["requestBody"] = JsonObject{
      {"required", true}, {"content", content("application/json", reference("Commands"))}
  };
  return JsonObject{{"post", made}};
}

Json join_path() {
  const Json good = answer("Whose token it is now", "application/json", reference("JoinAnswer"));
  Json made = open_to_all(operation(
      "join",
      "Uses an invitation, over TLS alone: makes the caller's secret a token",
      {pool_parameter()},
      answers(good, {400, 403, 404, 409, 415, 503})
  ));
  made.get_object()["requestBody"] = JsonObject{
      {"required", true}, {"content", content("application/json", reference("JoinRequest"))}
  };
  return JsonObject{{"post", made}};
}

// For browsers (server/browser_sessions.h).
void add_sign_in(JsonObject& paths) {
  const auto json = [](std::string_view what, std::string_view schema) {
    return answer(what, "application/json", reference(schema));
  };
  const auto at = [](std::string_view rest) { return std::string(pool_path) + std::string(rest); };
  const Json who = json("Who it is, and what it may do", "SessionAnswer");
  Json trade = open_to_all(operation(
      "sign_in",
      "Trades a code for a session, in a cookie; only for pages of this server",
      {pool_parameter()},
      answers(who, {400, 403, 404})
  ));
  trade.get_object()["requestBody"] = JsonObject{
      {"required", true}, {"content", content("application/json", reference("SignInRequest"))}
  };
  const Json code = operation(
      "sign_in_code",
      "Makes a code by which a browser signs in as the caller, once",
      {pool_parameter()},
      answers(json("The code", "SignInCode"), {401, 403, 404, 503})
  );
  paths[at("sign-in")] = JsonObject{{"post", trade}};
  paths[at("sign-in/codes")] = JsonObject{{"post", code}};
  paths[at("session")] = JsonObject{
      {"get",
       operation("session", "Who asks", {pool_parameter()}, answers(who, {401, 403, 404, 503}))},
      {"delete",
       operation(
           "sign_out", "Ends the session", {pool_parameter()}, answers(who, {401, 403, 404, 503})
       )}
  };
}

Json events_path() {
  const Json good = answer(
      "`fact` events with an id, `vital` and `resync` events without",
      "text/event-stream",
      text_schema()
  );
  return JsonObject{
      {"get",
       operation(
           "events",
           "Every fact once, in order, as Server-Sent Events",
           {pool_parameter(),
            parameter("after", "query", "Facts behind this one: EPOCH:SEQ or SEQ", text_schema()),
            parameter("Last-Event-ID", "header", "The same; it comes first", text_schema()),
            parameter(
                "news",
                "query",
                "Instead of facts, how far the log has come, and vital signs gathered",
                JsonObject{{"type", "boolean"}}
            )},
           answers(good, {400, 401, 403, 404, 503})
       )}
  };
}

void add_blobs(JsonObject& paths) {
  const Json bytes = JsonObject{{"type", "string"}, {"format", "binary"}};
  const Json kept = answer("How facts name it", "application/json", reference("KeptBlob"));
  const auto put = [&](std::string_view id) {
    Json made = operation(
        id,
        "Keeps bytes beside the log",
        {pool_parameter()},
        answers(kept, {401, 403, 404, 413, 503, 507})
    );
    made.get_object()["requestBody"] =
        JsonObject{{"required", true}, {"content", content("application/octet-stream", bytes)}};
    return made;
  };
  paths[std::string(pool_path) + "blobs"] =
      JsonObject{{"post", put("post_blob")}, {"put", put("put_blob")}};
  const Json good = answer("The bytes", "application/octet-stream", bytes);
  paths[std::string(pool_path) + "blobs/{digest}"] = JsonObject{
      {"get",
       operation(
           "blob",
           "Bytes that were kept",
           {pool_parameter(), parameter("digest", "path", "SHA-256, lower-case hex", text_schema())
           },
           answers(good, {400, 401, 403, 404, 503})
       )}
  };
}

void add_server(JsonObject& paths) {
  const auto json = [](std::string_view what, std::string_view schema) {
    return answer(what, "application/json", reference(schema));
  };
  const Json own = JsonObject{{"type", "object"}};
  const Json ready = json("It takes requests", "ReadyAnswer");
  Json readiness =
      open_to_all(operation("readyz", "Whether it takes requests", {}, answers(ready, {403})));
  readiness.get_object()["responses"].get_object()["503"] = json("It is stopping", "ReadyAnswer");
  const Json healthy = json("It runs", "HealthAnswer");
  const Json document = answer("This document", "application/json", own);
  const Json pools = json("Its pools", "PoolList");
  const Json metrics = answer("Prometheus' text format", "text/plain", text_schema());
  paths["/healthz"] = JsonObject{
      {"get", open_to_all(operation("healthz", "Which server this is", {}, answers(healthy, {403})))
      }
  };
  paths["/readyz"] = JsonObject{{"get", readiness}};
  paths["/metrics"] = JsonObject{
      {"get", operation("metrics", "Figures for monitoring", {}, answers(metrics, {401, 403, 503}))}
  };
  paths["/v1/openapi.json"] = JsonObject{
      {"get", open_to_all(operation("openapi", "This document", {}, answers(document, {403})))}
  };
  paths["/v1/pools"] = JsonObject{
      {"get", operation("pools", "The pools of this server", {}, answers(pools, {401, 403, 503}))}
  };
}

Json error_schema() {
  const Json error = JsonObject{
      {"type", "object"},
      {"required", JsonArray{"code", "message"}},
      {"properties",
       JsonObject{
           {"code", JsonObject{{"type", "string"}, {"description", "Stable, for programs"}}},
           {"message", JsonObject{{"type", "string"}, {"description", "For people"}}},
           {"where", JsonObject{{"type", "string"}, {"description", "The field or place, if one"}}}
       }},
      {"additionalProperties", false}
  };
  return JsonObject{
      {"type", "object"},
      {"required", JsonArray{"error"}},
      {"properties", JsonObject{{"error", error}}},
      {"additionalProperties", false}
  };
}

Json schemas() {
  JsonObject all{
      {"Error", error_schema()},
      {"Answers", schema_of<Answers>()},
      {"KeptBlob", schema_of<KeptBlob>()},
      {"HealthAnswer", schema_of<HealthAnswer>()},
      {"ReadyAnswer", schema_of<ReadyAnswer>()},
      {"PoolList", schema_of<PoolList>()},
      {"JoinRequest", schema_of<JoinRequest>()},
      {"JoinAnswer", schema_of<JoinAnswer>()},
      {"SignInRequest", schema_of<SignInRequest>()},
      {"SignInCode", schema_of<SignInCode>()},
      {"SessionAnswer", schema_of<SessionAnswer>()},
      {"StatusView", schema_of<StatusView>()},
      {"TaskListView", schema_of<TaskListView>()},
      {"TaskView", schema_of<TaskView>()},
      {"WorkerListView", schema_of<WorkerListView>()},
      {"WhyView", schema_of<WhyView>()},
      {"LocksView", schema_of<LocksView>()},
      {"Report", schema_of<Report>()},
      {"LogView", schema_of<LogView>()},
      {"PlanView", schema_of<PlanView>()},
      {"PhaseListView", schema_of<PhaseListView>()},
      {"BlockerListView", schema_of<BlockerListView>()},
      {"EstimatesView", schema_of<EstimatesView>()},
      {"GraphView", schema_of<GraphView>()},
      {"PlanExamination", schema_of<PlanExamination>()},
      {"ForecastView", schema_of<ForecastView>()},
      {"MachineListView", schema_of<MachineListView>()},
      {"InboxView", schema_of<InboxView>()},
      {"MeasureListView", schema_of<MeasureListView>()},
      {"MarkListView", schema_of<MarkListView>()},
      {"ScheduleListView", schema_of<ScheduleListView>()},
  };
  JsonArray kinds;
  JsonObject mapping;
  for (auto& [type, schema] : command_schemas()) {
    const std::string name = fmt::format("Command.{}", std::string_view(type));
    kinds.push_back(reference(name));
    mapping[type] = fmt::format("#/components/schemas/{}", name);
    all[name] = schema;
  }
  all["Command"] = JsonObject{
      {"oneOf", kinds},
      {"discriminator", JsonObject{{"propertyName", "type"}, {"mapping", mapping}}}
  };
  const Json list = JsonObject{
      {"type", "array"},
      {"minItems", 1},
      {"maxItems", limits::commands_per_request},
      {"items", reference("Command")}
  };
  all["Commands"] = JsonObject{
      {"type", "object"},
      {"required", JsonArray{"commands"}},
      {"properties", JsonObject{{"commands", list}}},
      {"additionalProperties", false}
  };
  return all;
}

}  // namespace

Json openapi_document(const std::string& version) {
  JsonObject paths;
  add_server(paths);
  paths[std::string(pool_path) + "commands"] = commands_path();
  paths[std::string(pool_path) + "join"] = join_path();
  paths[std::string(pool_path) + "events"] = events_path();
  add_sign_in(paths);
  add_views(paths);
  add_blobs(paths);
  const Json error = answer("Why not", "application/json", reference("Error"));
  const Json bearer = JsonObject{
      {"type", "http"},
      {"scheme", "bearer"},
      {"description", "Over TCP; the unix socket knows its peer"}
  };
  return JsonObject{
      {"openapi", "3.1.0"},
      {"info",
       JsonObject{
           {"title", "Evener"},
           {"version", version},
           {"description",
            "Coordination of parallel workers: one pool of tasks, one log of facts. "
            "`maxLength` counts the bytes of a text in UTF-8, not its characters."}
       }},
      {"security", JsonArray{JsonObject{{"token", JsonArray{}}}}},
      {"paths", paths},
      {"components",
       JsonObject{
           {"schemas", schemas()},
           {"responses", JsonObject{{"Error", error}}},
           {"securitySchemes", JsonObject{{"token", bearer}}}
       }}
  };
}

}  // namespace evener

// How Evener's server bears more: tasks in the pool, workers that wait for one, those who follow
// the events, and the renewals of many workers.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "bench_case.h"
#include "evener_talk.h"
#include "statistics.h"

namespace evener {
namespace {

using GrowthClock = std::chrono::steady_clock;

constexpr std::size_t per_request = 1000;  // all sizes are multiples of it

// Where thousands are connected, what happens in less says nothing.
double long_enough(const BenchContext& context) {
  return std::max(2.0, context.seconds);
}

double seconds_since(GrowthClock::time_point start) {
  return std::chrono::duration<double>(GrowthClock::now() - start).count();
}

double micros_since(GrowthClock::time_point start) {
  return seconds_since(start) * 1e6;
}

Result<std::unique_ptr<MeasuredSystem>> fresh_evener(const BenchContext& context) {
  return MeasuredSystem::start(system_kind("evener"), context.programs);
}

// One question after the other, each a list of commands made beforehand.
class Commands : public Conversation {
 public:
  Commands(EvenerTalk talk, std::vector<std::string> bodies, std::vector<std::string>& answers)
      : talk_(std::move(talk)), bodies_(std::move(bodies)), answers_(answers) {}

  int steps() const override { return static_cast<int>(bodies_.size()); }

  void ask(int step, std::string& out) override {
    // A second round would do it all again.
    if (answers_.size() < bodies_.size()) {
      talk_.post(out, bodies_[static_cast<std::size_t>(step)]);
    }
  }

  Heard hear(int /*step*/, std::string_view in) override {
    if (answers_.size() == bodies_.size()) return {};
    const HttpAnswer answer = read_http_answer(in);
    if (answer.bytes == 0) return {};
    if (answer.status != 200 || answer.body().find(R"("ok":false)") != std::string_view::npos) {
      return {.problem = fmt::format("evener answered: {}", in.substr(0, 2000))};
    }
    answers_.emplace_back(answer.body());
    return {.bytes = answer.bytes, .is_whole = true};
  }

 private:
  EvenerTalk talk_;
  std::vector<std::string> bodies_;
  std::vector<std::string>& answers_;
};

// Gives the requests in order, and answers their answers.
Result<std::vector<std::string>> give(MeasuredSystem& evener, std::vector<std::string> bodies) {
  std::vector<std::string> answers;
  LoadSpec load{.port = evener.port(), .seconds = 600, .rounds = 1};
  load.converse = [&](std::size_t) {
    return std::make_unique<Commands>(EvenerTalk(evener), std::move(bodies), answers);
  };
  TRY(run_load(load));
  return answers;
}

// Ten commands a request, since what one command adds has to fit a batch of facts.
std::vector<std::string> adding(std::size_t tasks) {
  constexpr std::size_t per_command = 100;
  std::vector<std::string> bodies;
  for (std::size_t from = 0; from < tasks; from += per_request) {
    std::string& body = bodies.emplace_back(R"({"commands":[)");
    for (std::size_t i = from; i < std::min(tasks, from + per_request); ++i) {
      if (i % per_command == 0) body += R"({"type":"add","tasks":[)";
      fmt::format_to(
          std::back_inserter(body),
          R"({{"id":"task-{}","title":"Restore service {} of the cluster","kind":"restore",)"
          R"("description":"Start it, wait until it answers, and note what was found."}},)",
          i,
          i
      );
      if ((i + 1) % per_command != 0) continue;
      body.back() = ']';
      body += "},";
    }
    body.back() = ']';
    body += '}';
  }
  return bodies;
}

// ---- tasks -------------------------------------------------------------------------------------

Result<std::vector<Metric>> measure_tasks(BenchContext& context, std::size_t tasks) {
  const std::unique_ptr<MeasuredSystem> evener = TRY(fresh_evener(context));
  const auto began = GrowthClock::now();
  TRY(give(*evener, adding(tasks)));
  const double added = static_cast<double>(tasks) / seconds_since(began);
  const LoadResult cycles = TRY(evener->run(8, 1, false, context.seconds));
  const double resident = resident_bytes(evener->pid());
  const auto stopped = GrowthClock::now();
  TRY(evener->restart_evener(context.programs));
  return std::vector<Metric>{
      {"added", "1/s", true, added},
      {"cycles", "1/s", true, static_cast<double>(cycles.rounds) / cycles.seconds},
      {"claim_p50", "us", false, quantile(cycles.step_us[claim_step], 0.5)},
      {"finish_p50", "us", false, quantile(cycles.step_us[finish_step], 0.5)},
      {"memory", "bytes", false, resident},
      {"restart", "ms", false, seconds_since(stopped) * 1e3},
  };
}

// ---- workers that wait -------------------------------------------------------------------------

struct Handing {
  std::vector<GrowthClock::time_point> added_at = {};
  std::vector<double> took_us = {};  // from the sending of a task to the arrival of its claim
};

class Adder : public Conversation {
 public:
  Adder(EvenerTalk talk, Handing& handing) : talk_(std::move(talk)), handing_(handing) {}

  int steps() const override { return 2; }

  void ask(int /*step*/, std::string& out) override {
    talk_.post(
        out,
        fmt::format(
            R"({{"commands":[{{"type":"add","tasks":[{{"id":"handed-{}","title":"Task"}}]}}]}})",
            handing_.added_at.size()
        )
    );
    handing_.added_at.push_back(GrowthClock::now());
  }

  Heard hear(int /*step*/, std::string_view in) override { return EvenerTalk::hear(in, 1); }

 private:
  EvenerTalk talk_;
  Handing& handing_;
};

class Waiter : public Conversation {
 public:
  Waiter(EvenerTalk talk, std::size_t number, Handing& handing)
      : talk_(std::move(talk)), name_(fmt::format("waiter-{}", number)), handing_(handing) {}

  int steps() const override { return 2; }

  void ask(int step, std::string& out) override {
    talk_.post(
        out,
        step == 0
            ? fmt::format(
                  R"({{"commands":[{{"type":"claim","worker":"{}","wait_ms":60000}}]}})", name_
              )
            : fmt::format(
                  R"({{"commands":[{{"type":"finish","task":"{}","worker":"{}","fence":{}}}]}})",
                  claim_.task,
                  name_,
                  claim_.fence
              )
    );
  }

  Heard hear(int step, std::string_view in) override {
    const Heard heard = EvenerTalk::hear(in, 1);
    if (step == 0 && heard.is_whole && heard.problem.empty()) {
      claim_ = claims_in(in).front();
      const std::size_t number = std::stoul(claim_.task.substr(claim_.task.find('-') + 1));
      handing_.took_us.push_back(micros_since(handing_.added_at[number]));
    }
    return heard;
  }

 private:
  EvenerTalk talk_;
  std::string name_;
  Handing& handing_;
  GrantedClaim claim_ = {};
};

Result<std::vector<Metric>> measure_waiters(BenchContext& context, std::size_t waiters) {
  const std::unique_ptr<MeasuredSystem> evener = TRY(fresh_evener(context));
  Handing handing;
  LoadSpec load{.port = evener->port(), .clients = waiters + 1, .seconds = long_enough(context)};
  load.converse = [&](std::size_t client) -> std::unique_ptr<Conversation> {
    if (client == waiters) return std::make_unique<Adder>(EvenerTalk(*evener), handing);
    return std::make_unique<Waiter>(EvenerTalk(*evener), client, handing);
  };
  const double cpu_before = cpu_us(evener->pid());
  TRY(run_load(load));
  const double claims = static_cast<double>(handing.took_us.size());
  return std::vector<Metric>{
      {"handed_p50", "us", false, quantile(handing.took_us, 0.5)},
      {"handed_p99", "us", false, quantile(handing.took_us, 0.99)},
      {"server_cpu", "us/claim", false, (cpu_us(evener->pid()) - cpu_before) / claims},
      {"memory", "bytes", false, resident_bytes(evener->pid())},
  };
}

// ---- followers ---------------------------------------------------------------------------------

class Follower : public Conversation {
 public:
  Follower(EvenerTalk talk, std::size_t& events) : talk_(std::move(talk)), events_(events) {}

  int steps() const override { return cycle_steps; }

  void greet(std::string& out) override { talk_.get(out, "/v1/pools/default/events"); }

  Heard hear_greeting(std::string_view in, std::string& /*out*/) override {
    const std::size_t end = in.find("\r\n\r\n");
    if (end == std::string_view::npos) return {};
    return {.bytes = end + 4, .is_whole = true};
  }

  void ask(int /*step*/, std::string& /*out*/) override {}

  // Never whole: it listens.
  Heard hear(int /*step*/, std::string_view in) override {
    const std::size_t end = in.rfind('\n');
    if (end == std::string_view::npos) return {};
    events_ += count_of(in.substr(0, end + 1), "event: fact\n");
    return {.bytes = end + 1};
  }

 private:
  EvenerTalk talk_;
  std::size_t& events_;
};

Result<std::vector<Metric>> measure_followers(BenchContext& context, std::size_t followers) {
  const std::unique_ptr<MeasuredSystem> evener = TRY(fresh_evener(context));
  std::size_t events = 0;
  CycleSpec cycle = evener->cycle_spec();
  LoadSpec load{.port = evener->port(), .clients = followers + 1, .seconds = long_enough(context)};
  load.converse = [&](std::size_t client) -> std::unique_ptr<Conversation> {
    if (client == followers) return evener_cycle(cycle);
    return std::make_unique<Follower>(EvenerTalk(*evener), events);
  };
  const double cpu_before = cpu_us(evener->pid());
  const LoadResult result = TRY(run_load(load));
  const double sent = static_cast<double>(std::max<std::size_t>(events, 1));
  return std::vector<Metric>{
      {"cycles", "1/s", true, static_cast<double>(result.rounds) / result.seconds},
      {"events", "1/s", true, static_cast<double>(events) / result.seconds},
      {"server_cpu", "us/event", false, (cpu_us(evener->pid()) - cpu_before) / sent},
      {"memory", "bytes", false, resident_bytes(evener->pid())},
  };
}

// ---- renewals ----------------------------------------------------------------------------------

constexpr double renewal_period_s = 10;
constexpr std::size_t renewing_connections = 200;

class Renewer : public Conversation {
 public:
  Renewer(
      EvenerTalk talk,
      const std::vector<GrantedClaim>& claims,
      std::size_t first,
      std::size_t at_once
  )
      : talk_(std::move(talk)), claims_(claims), next_(first), at_once_(at_once) {}

  int steps() const override { return 1; }

  void ask(int /*step*/, std::string& out) override {
    body_ = R"({"commands":[)";
    for (std::size_t i = 0; i < at_once_; ++i) {
      const GrantedClaim& claim = claims_[next_];
      next_ = (next_ + 1) % claims_.size();
      fmt::format_to(
          std::back_inserter(body_),
          R"({{"type":"renew","task":"{}","worker":"{}","fence":{}}},)",
          claim.task,
          claim.worker,
          claim.fence
      );
    }
    body_.back() = ']';
    body_ += '}';
    talk_.post(out, body_);
  }

  Heard hear(int /*step*/, std::string_view in) override { return EvenerTalk::hear(in, at_once_); }

 private:
  EvenerTalk talk_;
  const std::vector<GrantedClaim>& claims_;
  std::size_t next_;
  std::size_t at_once_;
  std::string body_;
};

Result<std::vector<GrantedClaim>> claim_all(MeasuredSystem& evener, std::size_t workers) {
  TRY(give(evener, adding(workers)));
  std::vector<std::string> bodies;
  for (std::size_t from = 0; from < workers; from += per_request) {
    std::string& body = bodies.emplace_back(R"({"commands":[)");
    for (std::size_t i = from; i < std::min(workers, from + per_request); ++i) {
      fmt::format_to(std::back_inserter(body), R"({{"type":"claim","worker":"worker-{}"}},)", i);
    }
    body.back() = ']';
    body += '}';
  }
  std::vector<GrantedClaim> claims;
  for (const std::string& answer : TRY(give(evener, std::move(bodies)))) {
    std::ranges::move(claims_in(answer), std::back_inserter(claims));
  }
  return claims;
}

// So many of the renewals come in one request.
Result<std::vector<Metric>> renew(BenchContext& context, std::size_t workers, std::size_t at_once) {
  const std::unique_ptr<MeasuredSystem> evener = TRY(fresh_evener(context));
  const std::vector<GrantedClaim> claims = TRY(claim_all(*evener, workers));
  LoadSpec load{
      .port = evener->port(), .clients = renewing_connections, .seconds = long_enough(context)
  };
  load.rounds_per_second =
      static_cast<double>(workers) / renewal_period_s / static_cast<double>(at_once);
  load.converse = [&](std::size_t client) {
    const std::size_t first = client * (workers / renewing_connections) % workers;
    return std::make_unique<Renewer>(EvenerTalk(*evener), claims, first, at_once);
  };
  const double cpu_before = cpu_us(evener->pid());
  const LoadResult result = TRY(run_load(load));
  const double cpu = (cpu_us(evener->pid()) - cpu_before) * 1e-6 / result.seconds;
  return std::vector<Metric>{
      {"core", "%", false, 100 * cpu},
      {"renewals", "1/s", true, static_cast<double>(result.rounds * at_once) / result.seconds},
      {"renewal_p99", "us", false, quantile(result.round_us, 0.99)},
  };
}

// Each of the workers renews its lease every ten seconds, by a request of its own.
Result<std::vector<Metric>> measure_renewals(BenchContext& context, std::size_t workers) {
  return renew(context, workers, 1);
}

// As a runner does for its slots: each connection stands for a machine, which renews once a second
// what is due.
Result<std::vector<Metric>> measure_joined_renewals(BenchContext& context, std::size_t workers) {
  const double due = static_cast<double>(workers) / renewal_period_s / renewing_connections;
  return renew(context, workers, std::max<std::size_t>(1, static_cast<std::size_t>(due)));
}

using Measure = Result<std::vector<Metric>> (*)(BenchContext& context, std::size_t count);

void add_sizes(
    std::vector<BenchCase>& cases,
    const std::string& name,
    const std::string& parameter,
    const std::string& about,
    std::initializer_list<std::size_t> sizes,
    Measure measure
) {
  for (const std::size_t size : sizes) {
    BenchCase& one = cases.emplace_back();
    one.name = name;
    one.parameters = {{parameter, std::to_string(size)}};
    one.tags = {"growth"};
    one.about = about;
    one.measure = [measure, size](BenchContext& context) { return measure(context, size); };
    one.needs_warm_up = false;
  }
}

}  // namespace

void add_growth_cases(std::vector<BenchCase>& cases) {
  add_sizes(
      cases,
      "growth/tasks",
      "tasks",
      "add, claim and finish (8 clients), memory, and a restart of the server",
      {1'000, 10'000, 100'000, 1'000'000},
      measure_tasks
  );
  add_sizes(
      cases,
      "growth/waiting",
      "workers",
      "from a task's sending to its claim by one of the workers that wait",
      {10, 100, 1'000, 10'000},
      measure_waiters
  );
  add_sizes(
      cases,
      "growth/followers",
      "followers",
      "one client's cycles while others follow the events",
      {1, 10, 100, 1'000},
      measure_followers
  );
  // A pool has at most 100,000 workers, and those who see whether the server is up are some of
  // them.
  add_sizes(
      cases,
      "growth/renewals",
      "workers",
      "workers that renew a lease every ten seconds: the share of a core that it costs",
      {1'000, 10'000, 99'000},
      measure_renewals
  );
  add_sizes(
      cases,
      "growth/renewals-joined",
      "workers",
      "the same, from 200 machines that renew in one request what is due in a second",
      {10'000, 99'000},
      measure_joined_renewals
  );
}

}  // namespace evener

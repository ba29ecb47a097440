#include "cli/decomposition.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/answer_plan.h"
#include "formats/plan_check.h"

namespace evener {
namespace {

// The parts of a task that is split stand below it, unless they stand below one another.
void place_below(Plan& plan, const std::string& split) {
  if (split.empty()) return;
  for (TaskSpec& task : plan.tasks) {
    if (task.parent.empty()) task.parent = split;
  }
}

std::string id_taken(const std::string& id, std::string_view what) {
  return fmt::format(
      "error id_taken ({}): the pool has a {} of this id; give yours another", id, what
  );
}

template <typename Spec>
bool has_such_id(const std::vector<Spec>& specs, const std::string& id) {
  return std::ranges::any_of(specs, [&](const Spec& spec) { return spec.id == id; });
}

// What the pool holds already is not for an answer to change, and a circle through the pool's tasks
// is none of the plan alone.
std::vector<std::string> conflicts_with(const Plan& plan, const HeldPool& pool) {
  std::vector<std::string> out;
  std::vector<TaskSpec> all = pool.plan.tasks;
  for (const TaskSpec& task : plan.tasks) {
    if (pool.find(task.id) == nullptr) {
      all.push_back(task);
    } else {
      out.push_back(id_taken(task.id, "task"));
    }
  }
  for (const PhaseSpec& phase : plan.phases) {
    if (has_such_id(pool.plan.phases, phase.id)) out.push_back(id_taken(phase.id, "phase"));
  }
  for (const GateSpec& gate : plan.gates) {
    if (has_such_id(pool.plan.gates, gate.id)) out.push_back(id_taken(gate.id, "gate"));
  }
  const std::vector<std::string> cycle = cycle_among(all);
  if (!cycle.empty()) {
    out.push_back(fmt::format(
        "error cycle: with the pool's tasks, each waits for the next, for ever: {}",
        fmt::join(cycle, " -> ")
    ));
  }
  return out;
}

PlanExamination examine_answer(const Plan& plan, const HeldPool* pool) {
  PlanToExamine question{.tasks = plan.tasks, .phases = plan.phases, .gates = plan.gates};
  if (pool == nullptr) return examine_plan(question);
  for (const TaskSpec& task : pool->plan.tasks) question.elsewhere.insert(task.id);
  for (const PhaseSpec& phase : pool->plan.phases) question.gates_known.insert(phase.id);
  for (const GateSpec& gate : pool->plan.gates) question.gates_known.insert(gate.id);
  if (pool->plan.settings) question.settings = *pool->plan.settings;
  question.workers = pool->plan.workers;
  question.machines = pool->plan.machines;
  return examine_plan(question);
}

// An answer, and how far it is from one that will do: fewer is better, errors before warnings.
struct Candidate {
  std::optional<Plan> plan = {};
  PlanExamination examined = {};
  std::vector<std::string> problems = {};  // errors that are no findings
  std::vector<std::string> to_mend = {};   // all that is told to the model

  std::size_t errors() const { return problems.size() + static_cast<std::size_t>(examined.errors); }

  bool is_better_than(const Candidate& other) const {
    if (plan.has_value() != other.plan.has_value()) return plan.has_value();
    if (errors() != other.errors()) return errors() < other.errors();
    return to_mend.size() < other.to_mend.size();
  }
};

Candidate judge_answer(const ModelAnswer& answer, const DecomposeQuestion& question) {
  Candidate out;
  AnswerPlan found = plan_in_answer(answer.text);
  if (answer.is_cut && !found.plan) {
    out.problems.emplace_back("error answer_cut: your answer reached its longest; say it shorter");
  }
  for (const Error& error : found.problems) out.problems.push_back("error " + error.text());
  if (found.plan) {
    place_below(*found.plan, question.split);
    if (question.pool != nullptr) out.problems = conflicts_with(*found.plan, *question.pool);
    out.examined = examine_answer(*found.plan, question.pool);
    out.plan = std::move(found.plan);
  }
  out.to_mend = out.problems;
  for (const PlanFinding& finding : out.examined.findings) {
    if (is_to_mend(finding)) out.to_mend.push_back(finding_line(finding));
  }
  return out;
}

std::string round_line(std::int64_t round, std::int64_t rounds, const Candidate& candidate) {
  const std::size_t tasks = candidate.plan ? candidate.plan->tasks.size() : 0;
  std::string line = fmt::format("round {} of {}: ", round, rounds);
  line += candidate.plan ? fmt::format("{} task{}", tasks, tasks == 1 ? "" : "s") : "no plan";
  if (candidate.to_mend.empty()) return line + ", nothing to mend";
  const std::size_t things = candidate.to_mend.size();
  return line + fmt::format(", {} thing{} to mend", things, things == 1 ? "" : "s");
}

}  // namespace

Result<Decomposition> decompose(
    LanguageModel& model,
    const DecomposeQuestion& question,
    std::int64_t rounds,
    const std::function<void(std::string_view)>& say
) {
  std::vector<ModelMessage> messages{{"user", decompose_prompt(question)}};
  std::optional<Candidate> best;
  Decomposition out;
  while (out.rounds < rounds) {
    const Result<ModelAnswer> answer = model.ask(messages);
    if (!answer.ok()) {
      if (!best || !best->plan || best->errors() > 0) return answer.error();
      say("the round before stands: " + answer.error().text());
      break;
    }
    ++out.rounds;
    Candidate candidate = judge_answer(*answer, question);
    say(round_line(out.rounds, rounds, candidate));
    messages.push_back({"assistant", answer->text});
    messages.push_back({"user", mend_prompt(candidate.to_mend)});
    const bool is_over = candidate.to_mend.empty();
    if (!best || candidate.is_better_than(*best)) best = std::move(candidate);
    if (is_over) break;
  }
  out.plan = std::move(best->plan);
  out.examined = std::move(best->examined);
  out.problems = std::move(best->problems);
  return out;
}

std::vector<std::string> tasks_with_commands(const Plan& plan) {
  std::vector<std::string> out;
  for (const TaskSpec& task : plan.tasks) {
    std::vector<std::string_view> what;
    if (!task.run.empty()) what.emplace_back("run");
    if (!task.verify.empty()) what.emplace_back("verify");
    if (!task.secrets.empty()) what.emplace_back("secrets");
    if (!what.empty()) out.push_back(fmt::format("{} ({})", task.id, fmt::join(what, ", ")));
  }
  return out;
}

}  // namespace evener

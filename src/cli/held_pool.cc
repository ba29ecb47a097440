#include "cli/held_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace evener {
namespace {

constexpr std::int64_t page_size = 5000;

// A page's tasks behind those of the plan; records stand on the first page alone.
void add_page(PlanView page, Plan& plan) {
  plan.card = std::move(page.pool);
  plan.settings = page.settings;
  for (Machine& machine : page.machines) plan.machines.push_back(std::move(machine));
  for (WorkerSpec& worker : page.workers) plan.workers.push_back(std::move(worker));
  for (PhaseSpec& phase : page.phases) plan.phases.push_back(std::move(phase));
  for (GateSpec& gate : page.gates) plan.gates.push_back(std::move(gate));
  for (MeasureSpec& measure : page.measures) plan.measure_specs.push_back(std::move(measure));
  for (ScheduleSpec& schedule : page.schedules) plan.schedules.push_back(std::move(schedule));
  for (TaskSpec& task : page.tasks) plan.tasks.push_back(std::move(task));
}

// Gives back its name.
std::string leave_out_importing_worker(Plan& plan) {
  const std::string importer = importing_worker(plan.workers);
  std::erase_if(plan.workers, [&](const WorkerSpec& worker) { return worker.name == importer; });
  return importer;
}

std::string_view state_of(const TaskRow& row, const std::string& importer) {
  const bool is_ending = row.state == TaskState::running && row.worker == importer;
  return name_of(is_ending ? TaskState::ready : row.state);
}

// As an import registers it: idle, or at work.
bool is_bare(const WorkerSpec& worker) {
  const bool has_its_slots =
      worker.slots == WorkerSpec{}.slots || worker.slots == limits::slots_per_worker;
  return has_its_slots && worker == WorkerSpec{.name = worker.name, .slots = worker.slots};
}

}  // namespace

std::string importing_worker(const std::vector<WorkerSpec>& workers) {
  std::set<std::string_view> taken;
  for (const WorkerSpec& worker : workers) {
    if (!is_bare(worker)) taken.insert(worker.name);
  }
  std::string name = "import";
  for (std::size_t n = 2; taken.contains(name); ++n) name = fmt::format("import-{}", n);
  return name;
}

const TaskSpec* HeldPool::find(const std::string& task) const {
  const auto found = places.find(task);
  return found == places.end() ? nullptr : &plan.tasks[found->second];
}

const WorkerSpec* HeldPool::find_worker(const std::string& worker) const {
  const auto found = std::find_if(plan.workers.begin(), plan.workers.end(), [&](const auto& w) {
    return w.name == worker;
  });
  return found == plan.workers.end() ? nullptr : &*found;
}

std::string HeldPool::state(const std::string& task) const {
  const auto found = states.find(task);
  return found == states.end() ? "" : found->second;
}

std::string HeldPool::hold_reason(const std::string& task) const {
  const auto found = reasons.find(task);
  return found == reasons.end() ? "" : found->second;
}

bool is_over(std::string_view state) {
  return state == "done" || state == "cancelled";
}

HeldPool held_pool(Plan plan, std::map<std::string, std::string> states) {
  HeldPool held{.plan = std::move(plan), .states = std::move(states)};
  for (std::size_t i = 0; i < held.plan.tasks.size(); ++i) {
    held.places.emplace(held.plan.tasks[i].id, i);
  }
  return held;
}

Result<Plan> read_held_records(Client& client) {
  Query query;
  query.kind = QueryKind::plan;
  query.filter.limit = 1;  // they stand on the first page, whatever its length
  Plan plan;
  add_page(TRY(ask_for<PlanView>(client, query)), plan);
  plan.tasks.clear();
  leave_out_importing_worker(plan);
  return plan;
}

Result<HeldPool> read_held_pool(Client& client) {
  Plan plan;
  Query query;
  query.kind = QueryKind::plan;
  query.filter.limit = page_size;
  for (;;) {
    PlanView page = TRY(ask_for<PlanView>(client, query));
    const std::string next = page.next;
    add_page(std::move(page), plan);
    if (next.empty()) break;
    query.filter.after = next;
  }
  const std::string importer = leave_out_importing_worker(plan);
  std::map<std::string, std::string> states;
  std::map<std::string, std::string> reasons;
  query = Query{};
  query.kind = QueryKind::tasks;
  query.filter.limit = page_size;
  for (;;) {
    const TaskListView page = TRY(ask_for<TaskListView>(client, query));
    for (const TaskRow& row : page.tasks) {
      states.emplace(row.id, state_of(row, importer));
      if (row.state == TaskState::held) reasons.emplace(row.id, row.reason);
    }
    if (page.next.empty()) break;
    query.filter.after = page.next;
  }
  HeldPool held = held_pool(std::move(plan), std::move(states));
  held.reasons = std::move(reasons);
  return held;
}

}  // namespace evener

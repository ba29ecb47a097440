#include "mix.h"

#include <algorithm>
#include <array>

#include "world.h"

namespace evener::sim {

namespace {

const std::array all_kinds{
    StepKind{"claim", StepGroup::work, 60, &World::claim},
    StepKind{"claim_and_wait", StepGroup::work, 25, &World::claim_and_wait},
    StepKind{"claim_named", StepGroup::work, 10, &World::claim_named},
    StepKind{"renew", StepGroup::work, 20, &World::renew},
    StepKind{"finish", StepGroup::work, 50, &World::finish},
    StepKind{"fail", StepGroup::work, 12, &World::fail},
    StepKind{"release", StepGroup::work, 10, &World::release},
    StepKind{"work_on", StepGroup::work, 20, &World::work_on},
    StepKind{"lie", StepGroup::work, 10, &World::lie},
    StepKind{"be_late", StepGroup::work, 12, &World::be_late},
    StepKind{"repeat", StepGroup::work, 15, &World::repeat},
    StepKind{"reuse_id", StepGroup::work, 4, &World::reuse_id},
    StepKind{"pause_worker", StepGroup::work, 6, &World::pause_worker},
    StepKind{"vanish", StepGroup::work, 6, &World::vanish},
    StepKind{"describe_worker", StepGroup::work, 8, &World::describe_worker},
    StepKind{"add", StepGroup::users, 60, &World::add},
    StepKind{"add_chain", StepGroup::users, 5, &World::add_chain},
    StepKind{"add_fan", StepGroup::users, 5, &World::add_fan},
    StepKind{"edit", StepGroup::users, 12, &World::edit},
    StepKind{"change_needs", StepGroup::users, 12, &World::change_needs},
    StepKind{"offer_cycle", StepGroup::users, 6, &World::offer_cycle},
    StepKind{"cancel", StepGroup::users, 8, &World::cancel},
    StepKind{"hold", StepGroup::users, 8, &World::hold},
    StepKind{"resume", StepGroup::users, 10, &World::resume},
    StepKind{"reopen", StepGroup::users, 12, &World::reopen},
    StepKind{"drain", StepGroup::users, 5, &World::drain},
    StepKind{"configure", StepGroup::users, 3, &World::configure},
    StepKind{"exceed_scope", StepGroup::users, 4, &World::exceed_scope},
    StepKind{"note", StepGroup::users, 4, &World::note},
    StepKind{"set_phase", StepGroup::teams, 12, &World::set_phase},
    StepKind{"set_gate", StepGroup::teams, 5, &World::set_gate},
    StepKind{"put_in_phase", StepGroup::teams, 8, &World::put_in_phase},
    StepKind{"approve", StepGroup::teams, 12, &World::approve},
    StepKind{"raise_blocker", StepGroup::teams, 8, &World::raise_blocker},
    StepKind{"resolve_blocker", StepGroup::teams, 8, &World::resolve_blocker},
    StepKind{"send_message", StepGroup::teams, 8, &World::send_message},
    StepKind{"acknowledge", StepGroup::teams, 8, &World::acknowledge},
    StepKind{"follow", StepGroup::teams, 4, &World::follow},
    StepKind{"tick", StepGroup::teams, 8, &World::tick},
    StepKind{"set_schedule", StepGroup::teams, 5, &World::set_schedule},
    StepKind{"set_machine", StepGroup::teams, 4, &World::set_machine},
    StepKind{"measure", StepGroup::teams, 5, &World::measure},
    StepKind{"mark", StepGroup::teams, 2, &World::mark},
    StepKind{"runner_claims", StepGroup::runners, 80, &World::runner_claims},
    StepKind{"runner_stops", StepGroup::runners, 4, &World::runner_stops},
    StepKind{"runner_dies", StepGroup::runners, 4, &World::runner_dies},
    StepKind{"runner_sleeps", StepGroup::runners, 6, &World::runner_sleeps},
    StepKind{"wait_a_little", StepGroup::time, 30, &World::wait_a_little},
    StepKind{"wait_long", StepGroup::time, 8, &World::wait_long},
    StepKind{"break_connections", StepGroup::network, 4, &World::break_connections},
    StepKind{"cut_one_way", StepGroup::network, 4, &World::cut_one_way},
    StepKind{"storm", StepGroup::network, 2, &World::storm},
    StepKind{"die_at_a_write", StepGroup::disk, 8, &World::die_at_a_write},
    StepKind{"lose_power", StepGroup::disk, 4, &World::lose_power},
    StepKind{"fail_flush", StepGroup::disk, 3, &World::fail_flush},
    StepKind{"fail_write", StepGroup::disk, 3, &World::fail_write},
    StepKind{"fill_disk", StepGroup::disk, 3, &World::fill_disk},
    StepKind{"flip_bit", StepGroup::disk, 2, &World::flip_bit},
    StepKind{"try_strangers", StepGroup::disk, 2, &World::try_strangers},
    StepKind{"kill", StepGroup::process, 4, &World::kill},
    StepKind{"close_and_open", StepGroup::process, 4, &World::close_and_open},
    StepKind{"save_snapshot", StepGroup::process, 8, &World::save_snapshot},
    StepKind{"freeze", StepGroup::process, 3, &World::freeze},
    StepKind{"jump_wall", StepGroup::clock, 5, &World::jump_wall},
    StepKind{"suspend", StepGroup::clock, 4, &World::suspend},
    StepKind{"reboot", StepGroup::clock, 3, &World::reboot},
    StepKind{"move_ground", StepGroup::territory, 20, &World::move_ground},
    StepKind{"mean_for_a_role", StepGroup::territory, 12, &World::mean_for_a_role},
    StepKind{"take_lock", StepGroup::territory, 15, &World::take_lock},
    StepKind{"lead", StepGroup::territory, 15, &World::lead},
    StepKind{"try_lock_again", StepGroup::territory, 8, &World::try_lock_again},
    StepKind{"claim_as_leader", StepGroup::territory, 25, &World::claim_as_leader},
    StepKind{"stop_leading", StepGroup::territory, 8, &World::stop_leading},
};

const std::vector<Scenario>& all_scenarios() {
  using enum StepGroup;
  static const std::vector<StepGroup> every{
      work, users, teams, runners, time, network, disk, process, clock
  };
  static const std::vector<Scenario> all{
      {"mixed", "everything that there is, each run with its own part of it", every},
      {"calm", "no faults at all", {work, users, teams, runners, time}},
      {"network",
       "messages are lost, doubled, late and out of order",
       {work, users, teams, runners, time, network}},
      {"disk",
       "crashes, torn writes, failed flushes, no room",
       {work, users, teams, runners, time, disk, process}},
      {"clock",
       "jumps, suspensions, drift, reboots",
       {work, users, teams, runners, time, process, clock}},
      {"teams",
       "phases, obstacles, messages and runners' commands, with crashes",
       {work, users, teams, runners, time, process}},
      {"crowd", "up to 200 workers", every, 200},
      {"large",
       "chains of 10,000 tasks and fan-outs of 10,000",
       {work, users, time, disk, process},
       12,
       false,
       true},
      {"territory",
       "paths that overlap, locks by hand and roles that are led, with all faults",
       {work, users, teams, runners, territory, time, network, disk, process, clock}},
      {"no-server",
       "each command opens the pool's file",
       {work, users, teams, runners, time, disk, process},
       12,
       true},
  };
  return all;
}

Millis one_of(SeededNumbers& random, std::initializer_list<Millis> values) {
  return *(values.begin() + random.below(values.size()));
}

// A part of the kinds that the scenario has, each with a weight of its own. What makes tasks and
// ends them is always there. Where there is no territory nothing is drawn for it either: it came
// later, and the runs of the other scenarios stay as they were.
std::vector<std::pair<const StepKind*, std::uint64_t>> draw_kinds(
    SeededNumbers& random, const Scenario& scenario, const Mix& mix
) {
  std::vector<std::pair<const StepKind*, std::uint64_t>> drawn;
  for (const StepKind& kind : all_kinds) {
    if (kind.group == StepGroup::territory && !mix.has_territory) continue;
    const bool is_base = kind.name == "add" || kind.name == "claim" || kind.name == "finish";
    const bool chosen = random.below(100) < 60;
    const std::uint64_t weight = static_cast<std::uint64_t>(kind.weight) * (1 + random.below(6));
    const auto& groups = scenario.groups;
    if (std::find(groups.begin(), groups.end(), kind.group) == groups.end()) continue;
    if (kind.group == StepGroup::teams && !mix.has_teams) continue;
    if (kind.group == StepGroup::runners && mix.runners == 0) continue;
    if (chosen || is_base) drawn.emplace_back(&kind, weight);
  }
  return drawn;
}

}  // namespace

std::span<const StepKind> step_kinds() {
  return all_kinds;
}

std::span<const Scenario> scenarios() {
  return all_scenarios();
}

const Scenario* find_scenario(std::string_view name) {
  const auto& all = all_scenarios();
  const auto found = std::ranges::find(all, name, &Scenario::name);
  return found == all.end() ? nullptr : &*found;
}

Mix draw_mix(std::uint64_t seed, std::size_t steps, const Scenario& scenario) {
  SeededNumbers random(seed);
  Mix mix{.scenario = &scenario, .seed = seed};
  const auto has = [&](StepGroup group) {
    return std::ranges::find(scenario.groups, group) != scenario.groups.end();
  };
  mix.workers = scenario.most_workers > 100 ? 20 + static_cast<int>(random.below(181))
                                            : 1 + static_cast<int>(random.below(12));
  mix.tasks = static_cast<int>(one_of(random, {5, 20, 60, 200}));
  mix.without_server = scenario.without_server || (has(StepGroup::process) && random.below(8) == 0);
  if (has(StepGroup::network) && random.below(4) != 0) {
    mix.lost = one_of(random, {0, 20, 100, 300});
    mix.doubled = one_of(random, {0, 50, 200});
    mix.most_delay = one_of(random, {0, 20, 500, 20'000});
  }
  if (has(StepGroup::disk)) mix.most_flush = one_of(random, {0, 0, 2, 50, 3000, 60'000});
  mix.longest_lease = one_of(random, {1000, 10'000, 60'000, 600'000});
  mix.pause = one_of(random, {1, 20, 200, 2000});
  mix.wall_jumps = has(StepGroup::clock) && !mix.without_server && seed % 2 == 0;
  if (has(StepGroup::clock)) mix.drift_ppm = one_of(random, {0, 0, 200, -200});
  mix.most_parked = static_cast<std::size_t>(one_of(random, {2, 1000}));
  mix.has_territory = has(StepGroup::territory);
  mix.has_teams = has(StepGroup::teams) && random.below(3) != 0;
  if (has(StepGroup::runners) && random.below(2) == 0) {
    mix.runners = 1 + static_cast<int>(random.below(4));
  }
  const auto kinds = draw_kinds(random, scenario, mix);
  std::uint64_t sum = 0;
  for (const auto& [kind, weight] : kinds) sum += weight;
  for (std::size_t i = 0; i < steps; ++i) {
    std::uint64_t drawn = random.below(sum);
    auto at = kinds.begin();
    while (drawn >= at->second) drawn -= (at++)->second;
    mix.steps.push_back({at->first, random.next()});
  }
  return mix;
}

}  // namespace evener::sim

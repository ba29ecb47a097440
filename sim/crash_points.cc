#include "crash_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "site.h"

namespace evener::sim {

namespace {

// ---- scripts -----------------------------------------------------------------------------------

struct Script {
  std::string_view name;
  void (*run)(Site& site);
};

AddTasks some_tasks(int count, int from, std::size_t length = 0) {
  AddTasks command;
  for (int i = from; i < from + count; ++i) {
    command.tasks.push_back({.id = fmt::format("t{}", i), .description = std::string(length, 'x')});
  }
  return command;
}

void work(Site& site) {
  site.give(some_tasks(3, 0));
  site.give(Claim{.worker = "w1"});
  site.give(Finish{.task = "t0", .worker = "w1", .fence = Fence{1}, .result = "done"});
  site.give(Claim{.worker = "w2"});
  site.give(Fail{.task = "t1", .worker = "w2", .fence = Fence{2}, .reason = "no"});
}

constexpr std::array scripts{
    Script{"init", [](Site& site) { site.init(); }},
    Script{
        "add, claim, finish",
        [](Site& site) {
          site.init();
          site.open(true);
          work(site);
        }
    },
    Script{
        "a lease lapses, and its holder is late",
        [](Site& site) {
          site.init();
          site.open(true);
          site.give(some_tasks(1, 0));
          site.give(Claim{.worker = "w1", .lease_ms = 1000});
          site.pass(2500);
          site.give(Claim{.worker = "w2"});
          site.give(Finish{.task = "t0", .worker = "w1", .fence = Fence{1}, .result = "late"});
          site.give(Finish{.task = "t0", .worker = "w2", .fence = Fence{2}, .result = "done"});
        }
    },
    Script{
        "an import of several batches",
        [](Site& site) {
          site.init();
          site.open(true);
          std::vector<Command> commands;
          for (int i = 0; i < 4; ++i) commands.emplace_back(some_tasks(20, 20 * i, 1000));
          site.give_all(std::move(commands));
        }
    },
    Script{
        "snapshots, and the oldest is removed",
        [](Site& site) {
          site.init();
          site.open(true);
          for (int i = 0; i < 4; ++i) {
            site.give(some_tasks(2, 2 * i));
            site.save_snapshot();
          }
        }
    },
    Script{
        "a server closes, and another opens",
        [](Site& site) {
          site.init();
          site.open(true);
          site.give(some_tasks(3, 0));
          site.give(Claim{.worker = "w1"});
          site.close();
          site.open(true);
          site.give(Finish{.task = "t0", .worker = "w1", .fence = Fence{1}});
          site.close();
        }
    },
    Script{
        "commands that open the file themselves",
        [](Site& site) {
          site.init();
          const std::vector<Command> commands{
              some_tasks(2, 0),
              Claim{.worker = "w1"},
              Renew{.worker = "w1", .task = "t0", .fence = Fence{1}},
              Finish{.task = "t0", .worker = "w1", .fence = Fence{1}},
          };
          for (const Command& command : commands) {
            site.open(false);
            site.give(command);
            site.save_snapshot();
            site.close();
          }
        }
    },
};

// ---- what survives -----------------------------------------------------------------------------

struct Pattern {
  std::string name;
  bool in_order;  // what stays is a beginning of what was written
  bool power;     // the machine went, and not only the process
  Disk::Survival survival;
};

// All there are, where they are few: none, all, every beginning, everything but one, one alone; and
// some that are drawn.
std::vector<Pattern> patterns_of(std::size_t at_stake, std::size_t most_each, std::uint64_t seed) {
  constexpr std::size_t drawn = 3;
  std::vector<Pattern> all;
  const auto add = [&](std::string name, bool in_order, auto stays) {
    all.push_back({std::move(name), in_order, true, {.stays = stays}});
    all.back().survival.index_stays = all.size() % 2 == 0;
  };
  all.push_back({"the process alone is gone", true, false, {}});
  add("nothing stays", true, [](std::size_t) { return false; });
  add("all stays", true, [](std::size_t) { return true; });
  const std::size_t stride = std::max<std::size_t>(1, (at_stake + most_each - 1) / most_each);
  for (std::size_t i = 0; i < at_stake; i += stride) {
    add(fmt::format("what is before {} stays", i), true, [i](std::size_t at) { return at < i; });
    all.back().survival.torn = i == 0 ? std::nullopt : std::optional(i - 1);
    add(fmt::format("{} is missing", i), false, [i](std::size_t at) { return at != i; });
    add(fmt::format("{} alone stays", i), false, [i](std::size_t at) { return at == i; });
  }
  for (std::size_t i = 0; i < drawn && at_stake > 1; ++i) {
    add(fmt::format("drawing {} stays", i),
        false,
        [random = SeededNumbers(seed + i)](std::size_t) mutable { return random.below(2) == 0; });
  }
  return all;
}

void let_survive(Disk& disk, const Pattern& pattern) {
  if (pattern.power) {
    disk.power_failed(pattern.survival);
  } else {
    disk.process_ended();
  }
}

// ---- starts ------------------------------------------------------------------------------------

class CrashPoints {
 public:
  explicit CrashPoints(const std::function<void(const std::string&)>& said) : said_(said) {}

  CrashPointReport run() {
    for (const Script& script : scripts) {
      if (!report_.breach) try_script(script);
    }
    return std::move(report_);
  }

 private:
  void broke(int statement, std::string what, std::string where) {
    if (report_.breach) return;
    report_.breach = Breach{statement, std::move(what)};
    report_.where = std::move(where);
  }

  void try_script(const Script& script) {
    Site whole;
    script.run(whole);
    const std::uint64_t operations = whole.disk().operations();
    whole.kill();
    if (!whole.works()) return broke(0, whole.failure().text(), std::string(script.name));
    const CrashPointCounts before = report_.counts;
    for (std::uint64_t at = 1; at <= operations && !report_.breach; ++at) {
      ++report_.counts.points;
      end_at(script, at, whole.told());
      for (const DiskFault fault :
           {DiskFault::write_fails, DiskFault::flush_fails, DiskFault::no_space}) {
        fail_at(script, at, fault);
      }
    }
    said_(fmt::format(
        "{}: {} points, {} survivals",
        script.name,
        report_.counts.points - before.points,
        report_.counts.survivals - before.survivals
    ));
  }

  // The script ends at its operation number `at`, for good.
  void end_at(const Script& script, std::uint64_t at, const std::vector<std::string>& whole) {
    Site ended;
    ended.disk().die_at(at);
    script.run(ended);
    ended.kill();
    constexpr std::size_t most_each = 8;
    std::size_t number = 0;
    for (const Pattern& pattern : patterns_of(ended.disk().at_stake(), most_each, at)) {
      const std::string where = fmt::format("{}, operation {}: {}", script.name, at, pattern.name);
      Disk left(ended.disk());
      let_survive(left, pattern);
      start(left, pattern, ended.told(), whole, where);
      // The start itself is ended too, at each of its own operations.
      constexpr std::size_t patterns_between = 6;
      if (number++ % patterns_between != 0) continue;
      for (std::uint64_t inner = 1; !report_.breach; ++inner) {
        Site starting(left);
        const std::uint64_t last = starting.disk().operations() + inner;
        starting.disk().die_at(last);
        starting.open(true);
        starting.kill();
        if (starting.disk().operations() < last) break;  // it was through before
        ++report_.counts.points;
        for (const Pattern& again : patterns_of(0, 1, 0)) {
          Disk rest(starting.disk());
          let_survive(rest, again);
          const bool in_order = pattern.in_order && again.in_order;
          start(
              rest,
              {"", in_order, true, {}},
              ended.told(),
              whole,
              fmt::format("{}; the start, operation {}: {}", where, inner, again.name)
          );
        }
      }
    }
  }

  // A start from what is left. It finds what was told, and nothing that was never written.
  void start(
      const Disk& left,
      const Pattern& pattern,
      const std::vector<std::string>& told,
      const std::vector<std::string>& whole,
      const std::string& where
  ) {
    if (report_.breach) return;
    ++report_.counts.survivals;
    Site site(left);
    if (told.empty()) site.init();  // nobody was told that there is a pool
    const Result<std::vector<std::string>> found = site.read_all();
    // A transaction torn out of order may be taken for damage (docs/journal.md, "What remains").
    if (!found.ok() && found.error().code == "journal_damaged" && !pattern.in_order) return;
    if (!found.ok()) return broke(1, found.error().text(), where);
    const auto differ = std::ranges::mismatch(*found, told);
    if (differ.in2 != told.end()) {
      return broke(1, fmt::format("{} of {} facts are left", found->size(), told.size()), where);
    }
    const auto invented = std::ranges::mismatch(*found, whole).in1;
    if (invented != found->end() && !invented->contains("\"type\":\"server_opened\"") &&
        !invented->contains("\"type\":\"leases_extended\"")) {
      return broke(14, "a fact that nobody wrote: " + *invented, where);
    }
    site.open(true);
    if (!site.works()) return broke(1, site.failure().text(), where);
    const std::string different = site.compare_recovery();
    if (!different.empty()) broke(9, different, where);
  }

  // One operation fails, and the process with it. Another one goes on; then the power fails.
  void fail_at(const Script& script, std::uint64_t at, DiskFault fault) {
    if (report_.breach) return;
    Site site;
    site.disk().fail_at(at, fault);
    script.run(site);
    if (site.works()) return;  // not an operation that this can happen to
    ++report_.counts.points;
    const std::string where =
        fmt::format("{}, operation {} fails ({})", script.name, at, static_cast<int>(fault));
    std::vector<std::string> told = site.told();
    site.kill();
    Disk left(site.disk());
    left.process_ended();
    left.make_room();
    Site next(left);
    if (told.empty()) next.init();
    next.open(true);
    next.give(some_tasks(2, 20'000));
    if (!next.works()) return broke(6, next.failure().text(), where);
    const Result<std::vector<std::string>> acknowledged = next.read_all();
    next.kill();
    Disk rest(next.disk());
    rest.power_failed({.stays = [](std::size_t) { return false; }});
    ++report_.counts.survivals;
    Site last(rest);
    const Result<std::vector<std::string>> found = last.read_all();
    if (!found.ok()) return broke(1, found.error().text(), where);
    const bool is_told = std::ranges::mismatch(told, *found).in1 == told.end();
    if (!acknowledged.ok() || *found != *acknowledged || !is_told) {
      broke(1, "after the power failed, facts are missing", where);
    }
  }

  const std::function<void(const std::string&)>& said_;
  CrashPointReport report_;
};

}  // namespace

CrashPointReport try_crash_points(const std::function<void(const std::string&)>& said) {
  return CrashPoints(said).run();
}

}  // namespace evener::sim

// One run: a pool, its process, disk and clocks, a network, workers and users, in one thread and in
// one order that the seed decides. Between the process and everybody else there are only messages.
#pragma once

#include <fmt/format.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/seeded.h"
#include "clock.h"
#include "disk.h"
#include "engine/pool_file.h"
#include "mix.h"
#include "runner.h"
#include "statements.h"
#include "witness.h"

namespace evener::sim {

struct RunCounts {
  std::uint64_t steps = 0;
  std::uint64_t commands = 0;  // decided
  std::uint64_t facts = 0;
  std::uint64_t flushes = 0;
  std::uint64_t starts = 0;   // of the process
  std::uint64_t answers = 0;  // held against the witness's account
  std::uint64_t alarms = 0;   // torn writes that were taken for damage (docs/journal.md)
};

struct RunResult {
  std::optional<Breach> breach = {};
  RunCounts counts = {};
  std::vector<std::string> trace = {};  // the last lines, if they were asked for
  std::string digest = {};              // of the facts: equal runs have equal ones
};

// Runs the steps whose numbers are in `kept`, or all; then the faults end, and everything that can
// be done must get done.
RunResult run(const Mix& mix, const std::vector<std::size_t>* kept = nullptr, bool traces = false);

using Heard = std::function<void(const Answer&)>;

// What somebody sends, as they remember it: a repeat is the same once more.
struct Letter {
  Author author = {};
  std::vector<Request> requests = {};
  std::optional<std::size_t> worker = {};  // whose it is; a user's without
  Millis first_sent = -1;                  // true time
  bool is_answered = false;
  std::function<void(const std::vector<Answer>&)> heard = {};  // a runner's
};

using LetterRef = std::shared_ptr<Letter>;

struct Holding {
  std::string task = {};
  Fence fence = {};
  Millis lease_ms = 0;
};

// A worker as it sees itself.
struct Agent {
  std::string name = {};
  std::vector<Holding> holds = {};
  std::vector<Holding> held = {};  // once: what it may be late or lie about
  std::deque<LetterRef> letters = {};
  Millis paused_until = 0;
};

class World {
 public:
  World(const Mix& mix, bool traces);
  ~World();

  RunResult run(const std::vector<std::size_t>* kept);

  // ---- steps (steps_*.cc) ----------------------------------------------------------------------

  void claim(SeededNumbers& random);
  void claim_and_wait(SeededNumbers& random);
  void claim_named(SeededNumbers& random);
  void renew(SeededNumbers& random);
  void finish(SeededNumbers& random);
  void fail(SeededNumbers& random);
  void release(SeededNumbers& random);
  void work_on(SeededNumbers& random);
  void lie(SeededNumbers& random);
  void be_late(SeededNumbers& random);
  void repeat(SeededNumbers& random);
  void reuse_id(SeededNumbers& random);
  void pause_worker(SeededNumbers& random);
  void vanish(SeededNumbers& random);
  void describe_worker(SeededNumbers& random);

  void add(SeededNumbers& random);
  void add_chain(SeededNumbers& random);
  void add_fan(SeededNumbers& random);
  void edit(SeededNumbers& random);
  void change_needs(SeededNumbers& random);
  void offer_cycle(SeededNumbers& random);
  void cancel(SeededNumbers& random);
  void hold(SeededNumbers& random);
  void resume(SeededNumbers& random);
  void reopen(SeededNumbers& random);
  void drain(SeededNumbers& random);
  void configure(SeededNumbers& random);
  void exceed_scope(SeededNumbers& random);
  void note(SeededNumbers& random);

  void set_phase(SeededNumbers& random);
  void set_gate(SeededNumbers& random);
  void put_in_phase(SeededNumbers& random);
  void approve(SeededNumbers& random);
  void raise_blocker(SeededNumbers& random);
  void resolve_blocker(SeededNumbers& random);
  void send_message(SeededNumbers& random);
  void acknowledge(SeededNumbers& random);
  void follow(SeededNumbers& random);
  void tick(SeededNumbers& random);
  void set_schedule(SeededNumbers& random);
  void set_machine(SeededNumbers& random);
  void measure(SeededNumbers& random);
  void mark(SeededNumbers& random);

  void move_ground(SeededNumbers& random);
  void mean_for_a_role(SeededNumbers& random);
  void take_lock(SeededNumbers& random);
  void lead(SeededNumbers& random);
  void try_lock_again(SeededNumbers& random);
  void claim_as_leader(SeededNumbers& random);
  void stop_leading(SeededNumbers& random);

  void runner_claims(SeededNumbers& random);
  void runner_stops(SeededNumbers& random);
  void runner_dies(SeededNumbers& random);
  void runner_sleeps(SeededNumbers& random);

  void wait_a_little(SeededNumbers& random);
  void wait_long(SeededNumbers& random);

  void break_connections(SeededNumbers& random);
  void cut_one_way(SeededNumbers& random);
  void storm(SeededNumbers& random);

  void die_at_a_write(SeededNumbers& random);
  void lose_power(SeededNumbers& random);
  void fail_flush(SeededNumbers& random);
  void fail_write(SeededNumbers& random);
  void fill_disk(SeededNumbers& random);
  void flip_bit(SeededNumbers& random);
  void try_strangers(SeededNumbers& random);

  void kill(SeededNumbers& random);
  void close_and_open(SeededNumbers& random);
  void save_snapshot(SeededNumbers& random);
  void freeze(SeededNumbers& random);

  void jump_wall(SeededNumbers& random);
  void suspend(SeededNumbers& random);
  void reboot(SeededNumbers& random);

 private:
  // ---- the process (world_host.cc) -------------------------------------------------------------

  enum class End { killed, power };

  bool create_pool();
  void start();
  bool start_once(std::uint64_t failures_before);
  bool give_up_unless(const Status& status, std::uint64_t failures_before);
  bool match_recovered(std::uint64_t failures_before);
  Status flush_all();
  void end_process(End how);
  void let_time_pass(Engine& engine);
  void close();
  void come_back_after(Millis delay);
  void go_without_server(Millis time);
  void serve();
  void append();
  void end_append(std::uint64_t process, std::uint64_t number);
  void appended(Append outcome);
  void take_effects();
  void submit(const LetterRef& letter, std::uint64_t tag);
  void call_file(const LetterRef& letter);
  PoolDisk pool_disk();
  Disk::Survival draw_survival(std::uint64_t pattern);
  void cut_power();
  bool tear_otherwise(const Error& error);
  void check_deeply();
  void check_accounts(const Pool& pool);
  std::string replayed_digest();

  // ---- the network and the passing of time (world.cc) ------------------------------------------

  void pass(Millis time);
  void at(Millis delay, std::function<void()> event);
  void send(const LetterRef& letter);
  void deliver(const LetterRef& letter);
  void answer(const LetterRef& letter, const std::vector<Answer>& answers);
  void hear(Agent& agent, const Letter& letter, const std::vector<Answer>& answers);
  void finish_everything();
  void employ_helpers(SeededNumbers& random);
  void help_along();
  bool is_all_done() const;
  std::int64_t count_offered() const;

  // ---- runners (steps_runners.cc) --------------------------------------------------------------

  void at_runner(std::size_t who, Millis delay, std::function<void(Runner&)> event);
  LetterRef runner_letter(std::size_t who, Request request, Heard heard);
  void wake_up(std::size_t who, Runner& runner);
  void begin_attempt(std::size_t who, const Answer& answer, Millis lease_ms, Millis sent_at);
  void step_attempt(std::size_t who, Fence fence, const AttemptInput& input);
  void spawn(std::size_t who, RunnerAttempt& attempt);
  void exit_after(std::size_t who, const RunnerAttempt& attempt, Millis delay, Exit exit);
  void end_command(std::size_t who, RunnerAttempt& attempt, Millis grace);
  void send_renewal(std::size_t who, RunnerAttempt& attempt, const Progress& progress);
  void settle_attempt(std::size_t who, Fence fence, const Verdict& verdict);
  void report(std::size_t who, Command command);
  void say_until_heard(std::size_t who, const LetterRef& letter, int tries);
  void calm_runners();
  bool are_runners_idle() const;

  // ---- people (steps_*.cc) ---------------------------------------------------------------------

  void say(std::size_t worker, std::vector<Command> commands, SeededNumbers& random);
  void order(Command command, SeededNumbers& random);
  void tell_pool(Command command, const std::string& worker, SeededNumbers& random);
  std::string some_name(SeededNumbers& random);
  Evidence evidence_for(const std::string& task) const;
  std::string request_id(SeededNumbers& random);
  std::optional<std::size_t> some_agent(SeededNumbers& random);
  std::optional<std::size_t> some_holder(SeededNumbers& random);
  std::string some_task(SeededNumbers& random);
  TaskSpec some_spec(SeededNumbers& random);
  void claim_ground(TaskSpec& spec, SeededNumbers& random);
  void hold_by_hand(std::size_t who, TaskSpec lock, SeededNumbers& random);
  Claim some_claim(const Agent& agent, SeededNumbers& random) const;

  template <typename... T>
  void tell(fmt::format_string<T...> format, T&&... values) {
    if (!traces_) return;
    constexpr std::size_t most_lines = 100'000;
    if (trace_.size() == most_lines) trace_.pop_front();
    trace_.push_back(
        fmt::format("{:>9} ", clock_.true_ms()) + fmt::format(format, std::forward<T>(values)...)
    );
  }

  const Mix& mix_;
  const bool traces_;
  std::deque<std::string> trace_;
  Breaches breaches_;
  Witness witness_{breaches_};
  Disk disk_;
  MachineClock clock_;
  SeededNumbers chance_;  // of the world itself: delays, losses, what survives
  PoolFolder folder_{"/pool"};
  std::unique_ptr<PoolFile> file_;  // while the process runs
  std::unique_ptr<Pool> replayed_;  // every fact there was, one after another
  std::size_t replayed_facts_ = 0;
  std::optional<Batch> in_flight_;
  std::optional<Append> outcome_;  // of what is in flight, if the disk has it already
  std::uint64_t append_number_ = 0;
  std::uint64_t process_number_ = 0;  // which run of the process
  Millis frozen_until_ = 0;
  bool is_calm_ = false;  // the faults are over
  bool will_come_back_ = false;
  std::unique_ptr<Disk> before_cut_;            // the disk, if sectors were then kept in no order
  bool ended_well_ = false;                     // the last process closed the pool in order
  bool by_file_ = false;                        // no server: each call opens the file itself
  std::map<std::uint64_t, LetterRef> waiting_;  // by tag, at the process
  std::uint64_t last_tag_ = 0;
  std::map<std::pair<Millis, std::uint64_t>, std::function<void()>> events_;
  std::uint64_t events_ever_ = 0;
  std::uint64_t connection_ = 0;  // messages of an older one are lost
  Millis requests_cut_until_ = 0;
  Millis replies_cut_until_ = 0;
  std::vector<Agent> agents_;
  std::vector<Runner> runners_;
  std::uint64_t commands_ever_ = 0;  // that runners ran
  std::uint64_t renewals_ever_ = 0;
  std::uint64_t ids_ = 0;
  std::uint64_t names_ = 0;
  int failed_starts_ = 0;
  RunCounts counts_;
};

}  // namespace evener::sim

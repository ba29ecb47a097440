// What the world does: time passes, wires break, disks fail, power is cut, clocks are wrong.
#include <algorithm>

#include "disk_vfs.h"
#include "flipped_bit.h"
#include "strangers.h"
#include "world.h"

namespace evener::sim {

namespace {

constexpr Millis hour = 3'600'000;

}  // namespace

// ---- time --------------------------------------------------------------------------------------

void World::wait_a_little(SeededNumbers& random) {
  pass(static_cast<Millis>(random.below(300)));
}

void World::wait_long(SeededNumbers& random) {
  const auto longest = static_cast<std::uint64_t>(std::min<Millis>(mix_.longest_lease, 60'000));
  pass(static_cast<Millis>(random.below(2 * longest)));
}

// ---- the network -------------------------------------------------------------------------------

// Whatever is on its way is lost, and those who wait for an answer are gone.
void World::break_connections(SeededNumbers&) {
  ++connection_;
  for (const auto& [tag, letter] : waiting_) {
    if (file_ != nullptr) file_->engine().forget(tag);
    witness_.hung_up(tag);
  }
}

void World::cut_one_way(SeededNumbers& random) {
  const Millis until = clock_.true_ms() + static_cast<Millis>(random.below(2000));
  (random.below(2) == 0 ? requests_cut_until_ : replies_cut_until_) = until;
}

// Everybody comes back at once, and says again what was not answered.
void World::storm(SeededNumbers&) {
  ++connection_;
  for (Agent& agent : agents_) {
    for (const LetterRef& letter : agent.letters) {
      if (!letter->is_answered) send(letter);
    }
  }
}

// ---- the disk ----------------------------------------------------------------------------------

void World::die_at_a_write(SeededNumbers& random) {
  disk_.die_at(disk_.operations() + 1 + random.below(40));
}

void World::lose_power(SeededNumbers& random) {
  if (file_ == nullptr) return;
  end_process(End::power);
  come_back_after(static_cast<Millis>(random.below(2000)));
}

void World::fail_flush(SeededNumbers& random) {
  disk_.fail_next(DiskFault::flush_fails, random);
}

void World::fail_write(SeededNumbers& random) {
  disk_.fail_next(DiskFault::write_fails, random);
}

void World::fill_disk(SeededNumbers& random) {
  disk_.fail_next(DiskFault::no_space, random);
}

// On a copy of the disk, because nothing can be done with one that is damaged.
void World::flip_bit(SeededNumbers& random) {
  const std::string what =
      try_flipped_bit(disk_, folder_, witness_.facts(), file_ != nullptr, random);
  use_disk(disk_);
  if (!what.empty()) breaches_.broke(14, what);
}

void World::try_strangers(SeededNumbers& random) {
  const std::string what = random.below(2) == 0 ? try_foreign_snapshot(disk_, folder_)
                                                : try_deposed_writer(disk_, folder_);
  use_disk(disk_);
  if (!what.empty()) breaches_.broke(14, what);
}

// ---- the process -------------------------------------------------------------------------------

void World::kill(SeededNumbers& random) {
  if (file_ == nullptr) return;
  end_process(End::killed);
  if (!mix_.without_server && !mix_.wall_jumps && random.below(3) == 0) {
    return go_without_server(static_cast<Millis>(random.below(10'000)));
  }
  come_back_after(static_cast<Millis>(random.below(2000)));
}

// Until a server starts again, commands open the file themselves. (Not where the wall clock is set:
// what opens the file after a reboot has no other clock to go by.)
void World::go_without_server(Millis time) {
  by_file_ = true;
  at(time, [this] {
    by_file_ = false;
    start();
  });
}

void World::close_and_open(SeededNumbers& random) {
  if (file_ == nullptr) return;
  close();
  if (mix_.without_server) {
    by_file_ = true;
  } else if (!mix_.wall_jumps && random.below(2) == 0) {
    go_without_server(static_cast<Millis>(random.below(10'000)));
  } else {
    at(static_cast<Millis>(random.below(2000)), [this] { start(); });
  }
}

// As a copy of the server does it, which was made when all was durable.
void World::save_snapshot(SeededNumbers&) {
  if (file_ == nullptr || by_file_) return;
  if (file_->engine().has_batch() || file_->engine().is_appending()) return;
  const std::uint64_t failures = disk_.failures();
  const Status saved = file_->save_snapshot();
  if (disk_.is_dead()) {
    end_process(End::power);
    return come_back_after(100);
  }
  if (!saved.ok() && disk_.failures() == failures) {
    breaches_.broke(9, "no snapshot could be saved: " + saved.error().text());
  }
}

// The process stands still, and the clocks go on.
void World::freeze(SeededNumbers& random) {
  const Millis time = static_cast<Millis>(random.below(random.below(2) == 0 ? 2000 : 60'000));
  frozen_until_ = std::max(frozen_until_, clock_.true_ms() + time);
}

// ---- clocks ------------------------------------------------------------------------------------

void World::jump_wall(SeededNumbers& random) {
  if (!mix_.wall_jumps) return;
  const Millis jump = static_cast<Millis>(random.below(6 * hour));
  clock_.set_wall(random.below(2) == 0 ? jump : -jump);
}

// The machine sleeps; the workers' do not.
void World::suspend(SeededNumbers& random) {
  const Millis time = static_cast<Millis>(random.below(random.below(2) == 0 ? 5000 : 120'000));
  clock_.suspend(true);
  frozen_until_ = std::max(frozen_until_, clock_.true_ms() + time);
  at(time, [this] { clock_.suspend(false); });
}

void World::reboot(SeededNumbers& random) {
  if (file_ == nullptr) return clock_.reboot();
  lose_power(random);
}

}  // namespace evener::sim

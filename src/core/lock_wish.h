// One thing that a task wants to itself, or shares, while it runs: a path glob or a named resource.
//
//   src/auth/**          every path below src/auth, exclusively   (a task's `paths`)
//   shared:docs/**       together with others that share them
//   port:5432, db        a named resource                         (a task's `locks`)
//   shared:db            together with others that share it
//   gpu*2                two units of a resource that has several (the pool's `resources`)
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "core/lock_sets.h"
#include "core/path_glob.h"
#include "model/task.h"
#include "model/worker.h"

namespace evener {

struct LockWish {
  bool is_shared = false;
  std::int64_t units = 1;  // of a resource that has several
  std::string name;        // of a resource, or a glob in its shortest form
  std::optional<PathGlob> glob = {};

  // "shared:db", "gpu*2": as it may be written.
  std::string text() const;
};

// How much there is of each resource of which there is more than one.
using Capacities = std::map<std::string, std::int64_t, std::less<>>;

// An entry of `paths`, of `locks`. Fails with `bad_value`.
Result<LockWish> read_path_wish(std::string_view text);
Result<LockWish> read_lock_wish(std::string_view text);

// All wishes; one for each glob and each resource, the larger if it stands twice. What cannot be
// read is passed over: it was accepted by an earlier version, and locks nothing.
std::vector<LockWish> readable_wishes(const LockWishes& wishes);

// Whether every wish of the task can be read, and could be met if nothing else ran. Fails with
// `bad_value`, naming the field.
Status check_wishes(const TaskSpec& task, const Capacities& capacities, const Path& path);

// From the pool's settings, as `name=capacity`; entries that cannot be read are passed over.
Capacities capacities_of(const PoolSettings& settings);

// Whether all of them can be read. Fails with `bad_value`.
Status check_resources(const PoolSettings& settings, const Path& path);

std::int64_t capacity_of(const Capacities& capacities, std::string_view resource);

}  // namespace evener

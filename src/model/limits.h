// Every bound on what a pool accepts, in one place. Text sizes are in bytes of UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace evener::limits {

inline constexpr std::size_t id_bytes = 128;  // a task, worker, label, capability, ...
inline constexpr std::size_t title_bytes = 512;
inline constexpr std::size_t text_bytes = 16 * 1024;  // a description, command, context
inline constexpr std::size_t note_bytes = 4 * 1024;
inline constexpr std::size_t line_bytes = 512;       // a progress line, a reason
inline constexpr std::size_t tail_bytes = 4 * 1024;  // last lines of an output
inline constexpr std::size_t data_bytes = 16 * 1024;
inline constexpr std::size_t data_depth = 16;         // levels of it: a batch stands around it
inline constexpr std::size_t task_bytes = 48 * 1024;  // a whole task as JSON
inline constexpr std::size_t needs_per_task = 1000;
inline constexpr std::size_t names_per_task = 64;      // labels, capabilities, paths, locks
inline constexpr std::size_t resources_per_pool = 64;  // that have a capacity
inline constexpr std::size_t criteria_per_task = 64;
inline constexpr std::size_t tasks_per_request = 1000;
inline constexpr std::size_t commands_per_request = 1000;
inline constexpr std::size_t facts_bytes_per_command = 60 * 1024;  // one command, one batch
inline constexpr std::size_t capabilities_per_worker = 256;
inline constexpr std::size_t findings_per_task = 32;
inline constexpr std::size_t salvage_per_task = 8;
inline constexpr std::int64_t slots_per_worker = 1024;
inline constexpr std::int64_t retries = 1000;
inline constexpr std::size_t tasks_per_pool = 16'000'000;
inline constexpr std::size_t gates_per_pool = 10'000;  // phases among them
inline constexpr std::size_t open_blockers_per_pool = 10'000;
inline constexpr std::size_t machines_per_pool = 10'000;
inline constexpr std::size_t part_bytes =
    id_bytes - 8;                                     // `gpu:NAME`, `model=NAME` are capabilities
inline constexpr std::size_t parts_per_machine = 64;  // GPUs, models
inline constexpr std::size_t secrets_per_task = 16;
inline constexpr std::int64_t fail_limit = 100;
inline constexpr std::size_t workers_per_pool = 100'000;
inline constexpr std::size_t requests_per_author = 100'000;  // remembered request ids
inline constexpr std::size_t messages_per_pool = 10'000;     // that are not over
inline constexpr std::size_t messages_per_inbox =
    1000;  // to one worker; to one role, team, machine
inline constexpr std::size_t recipients_per_message = 200;  // of a task's followers
inline constexpr std::size_t followers_per_task = 64;
inline constexpr std::size_t followers_per_pool = 100'000;
inline constexpr std::int64_t longest_message_days = 365;
inline constexpr std::size_t measures_per_pool = 10'000;
inline constexpr std::size_t schedules_per_pool = 1000;
inline constexpr std::size_t schedule_id_bytes = 96;     // a number stands behind it
inline constexpr std::int64_t context_bytes = 8 * 1024;  // handed over in a claim's answer
inline constexpr std::int64_t most_context_bytes = 256 * 1024;

inline constexpr Millis shortest_lease = 100;
inline constexpr Millis longest_lease = 7 * 86'400'000LL;
inline constexpr Millis hand_lease = 30 * 60'000;  // taken with `claim`
inline constexpr Millis runner_lease = 30'000;     // taken by a runner
inline constexpr Millis longest_wait = 60'000;     // a claim that waits
inline constexpr Millis shortest_interval = 1000;  // of a schedule
inline constexpr Millis longest_duration = 3650 * 86'400'000LL;
inline constexpr Millis request_window = 86'400'000;  // in which a request id may be repeated

}  // namespace evener::limits

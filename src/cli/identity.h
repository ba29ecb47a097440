// Who a terminal is, and the tickets of what it has claimed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "base/ids.h"
#include "base/result.h"
#include "model/limits.h"

namespace evener {

std::string user_name();

// user-machine-terminal, with four digits that change when the terminal does: two terminals never
// share a name, and a terminal keeps its own, whatever is redirected.
std::string terminal_name();

// Whether there is a terminal. Where none is, the session stands for it, and a caller that begins a
// new one for each command is a new worker each time.
bool has_terminal();

struct TicketEntry {
  std::string task;
  Fence fence;

  bool operator==(const TicketEntry&) const = default;

  static constexpr auto fields() {
    constexpr Bounds id{.required = true, .max_bytes = limits::id_bytes};
    return std::tuple{
        field("task", &TicketEntry::task, "What was claimed", id),
        field("fence", &TicketEntry::fence, "Under which fence", {.required = true}),
    };
  }
};

inline constexpr std::size_t most_claims = 4096;  // of one worker: older ones are let go of

struct Ticket {
  std::vector<TicketEntry> claims;

  static constexpr auto fields() {
    return std::tuple{
        field("claims", &Ticket::claims, "What this worker holds", {.max_items = most_claims})
    };
  }
};

// The claims of one worker, kept for its terminal alone (0600), so that a fence need not be typed.
// Others may change them at the same time.
class TicketFile {
 public:
  TicketFile(const std::string& folder, const std::string& worker);

  Status add(const TicketEntry& entry) const;

  // Of a claim that is over; one of the same task under another fence stays.
  Status remove(const TicketEntry& entry) const;

  Result<Ticket> read() const;

 private:
  Status change(const std::function<void(std::vector<TicketEntry>&)>& how) const;

  std::string folder_;
  std::string path_;
};

}  // namespace evener

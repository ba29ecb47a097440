// Who a terminal is, and the tickets of what it has claimed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "base/ids.h"
#include "base/result.h"
#include "model/limits.h"

namespace evener {

std::string user_name();

// user-machine-terminal, with four digits that change when the terminal does: two terminals never
// share a name, and a terminal keeps its own.
std::string terminal_name();

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

struct Ticket {
  std::vector<TicketEntry> claims;

  static constexpr auto fields() {
    return std::tuple{
        field("claims", &Ticket::claims, "What this worker holds", {.max_items = 4096})
    };
  }
};

// The claims of one worker, kept for its terminal alone (0600), so that a fence need not be typed.
class TicketFile {
 public:
  TicketFile(const std::string& folder, const std::string& worker);

  Status add(const TicketEntry& entry);
  Status remove(const std::string& task);
  Result<Ticket> read() const;

 private:
  Status write(const Ticket& ticket) const;

  std::string folder_;
  std::string path_;
};

}  // namespace evener

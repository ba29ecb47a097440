// Whom a message reaches, and what the pool tells by itself.
#pragma once

#include <optional>
#include <vector>

#include "core/decide.h"

namespace evener {

// Whoever a message to the task reaches: who follows it, added it, holds it, or is its assignee; in
// the order in which the pool came to know them.
std::vector<WorkerIndex> followers_of(const State& state, TaskIndex task);

// The message with its number and recipients, or why it cannot be sent. `to`, `text` and what
// else the sender says stand in it.
struct Addressed {
  MessageSent message = {};
  std::optional<Refusal> refusal = {};
};

Addressed addressed(const Pool& pool, MessageSent message);

// What the followers of a blocker's task learn when it is resolved; nothing if nobody follows it,
// or the pool has no room for messages.
std::optional<MessageSent> news_of_resolution(
    const Pool& pool, BlockerId blocker, const ResolveBlocker& command
);

// What is told along with a fact that is due (due.h), to those whom it concerns.
std::optional<MessageSent> news_of(const Pool& pool, const FactBody& due, Instant now);

}  // namespace evener

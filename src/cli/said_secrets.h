// Inside of an attempt, a command may say more than it means to: a note or a progress line that
// holds the value of one of the task's secrets. What it gives to the pool loses these first.
#pragma once

#include "model/command.h"

namespace evener {

// The command with `[secret NAME]` in place of the values of those secrets that EVENER_SECRETS
// names and our environment holds. Fails where that makes a text longer than it may be.
Result<Command> without_secrets(Command command);

}  // namespace evener

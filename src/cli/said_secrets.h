// Inside of an attempt, a command may say more than it means to: a note or a progress line that
// holds the value of one of the task's secrets. What it gives to the pool loses these first.
#pragma once

#include <memory>

#include "client/client.h"

namespace evener {

// A client that gives every command with `[secret NAME]` in place of the values of those secrets
// that EVENER_SECRETS names and our environment holds; `inner` itself if there are none. A call
// fails where that makes a text longer than it may be.
std::unique_ptr<Client> without_secrets(std::unique_ptr<Client> inner);

}  // namespace evener

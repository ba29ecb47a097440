// Where views read history: the log, by sequence.
#pragma once

#include <functional>

#include "base/ids.h"
#include "base/result.h"
#include "model/fact.h"

namespace evener {

// Visits the facts `from` to `to`, both included, in order, until `visit` returns false.
using FactSource =
    std::function<Status(Seq from, Seq to, const std::function<bool(const Fact&)>& visit)>;

}  // namespace evener

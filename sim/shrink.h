// The shortest sequence of steps that still fails, as far as leaving steps out leads there: ddmin
// (Zeller, Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace evener::sim {

using StepNumbers = std::vector<std::size_t>;

// `fails` is true of `all`. Without any one step of what is returned, it does not fail, unless
// `most_tries` ran out before that was found.
StepNumbers shrink(
    StepNumbers all, const std::function<bool(const StepNumbers&)>& fails, std::size_t most_tries
);

}  // namespace evener::sim

// Figures and criteria that a Markdown plan states.
#pragma once

#include <optional>

#include "formats/markdown_lines.h"
#include "formats/markdown_marks.h"
#include "formats/plan.h"

namespace evener {

// "18/32 main tasks completed" anywhere in a line: how many of how many tasks or subtasks are done.
std::optional<StatedMeasure> counted_tasks(const MarkdownLine& line, const MarkedText& marked);

// What a line under "Success Metrics" or the like states.
StatedMeasure stated_measure(const MarkdownLine& line, const MarkedText& marked);

}  // namespace evener

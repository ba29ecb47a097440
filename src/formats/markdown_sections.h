// What a heading or a label of a Markdown plan opens, told by its words.
#pragma once

#include <string>
#include <string_view>

namespace evener {

// `tasks`: what stands below is to be done. `history`, `remarks`: what was, and what is good to
// know. `measures`: criteria and figures. `points`: where work comes together.
enum class SectionKind { other, tasks, owners, owner, phase, points, measures, history, remarks };

// What `title` opens below a section of kind `above`. `title` has no marks.
SectionKind section_kind(std::string_view title, SectionKind above);

// Whether what stands below a section of this kind is of the same kind unless it says otherwise.
bool is_inherited(SectionKind kind);

// Labels within sections, by what their values are.
enum class LabelKind {
  unknown,
  tasks,
  folders,
  files,
  focus,
  role,
  hardware,
  models,
  project,
  repository,
  goal,
  remark
};

LabelKind label_kind(std::string_view label);

// An owner by its words: "WALNUT (Primary Hub)" is worker `walnut` with that role; "Instance 2 (Tab
// 2)" is `instance-2` with none.
struct OwnerName {
  std::string name = {};
  std::string role = {};
};

OwnerName owner_name(std::string_view text);

// Whether the words name a worker by themselves: "Main Instance", "Agent 3", "Instance 2-B".
bool names_worker(std::string_view text);

}  // namespace evener

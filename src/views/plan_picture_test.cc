#include "views/plan_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "views/plan_layout.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing::Not;

TaskSpec box_of(std::string id, std::vector<std::string> needs = {}, std::string title = {}) {
  TaskSpec task{.id = std::move(id), .title = std::move(title)};
  for (std::string& need : needs) task.needs.push_back({std::move(need)});
  return task;
}

PlanPicture picture_of(
    const std::vector<TaskSpec>& tasks,
    const std::vector<PhaseSpec>& phases = {},
    const std::vector<GateSpec>& gates = {}
) {
  return plan_picture("plan", tasks, phases, gates, PoolSettings{}).value();
}

TEST(PlanPicture, PutsWhatComesAfterFurtherRight) {
  std::vector<TaskSpec> tasks{box_of("a"), box_of("whole", {"a"}), box_of("part"), box_of("b")};
  tasks[2].parent = "whole";
  tasks[1].phase = "one";
  tasks[3].phase = "two";
  const PlanPicture picture = picture_of(tasks, {{.id = "one"}, {.id = "two", .after = {"one"}}});
  ASSERT_EQ(picture.boxes.size(), 6U);
  const std::vector<std::uint32_t> layers{0, 2, 1, 4, 3, 5};
  for (std::size_t i = 0; i < layers.size(); ++i) EXPECT_EQ(picture.boxes[i].layer, layers[i]) << i;
  for (const PlanPicture::Line& line : picture.lines) {
    EXPECT_LT(picture.boxes[line.from].layer, picture.boxes[line.to].layer);
  }
  EXPECT_EQ(picture.boxes[1].kind, PlanPicture::BoxKind::parent);
  EXPECT_TRUE(picture.boxes[2].is_critical);
}

TEST(PlanPicture, RefusesWhatCannotBeDrawn) {
  const std::vector<TaskSpec> ring{box_of("a", {"b"}), box_of("b", {"a"})};
  EXPECT_EQ(plan_picture("plan", ring, {}, {}, {}).error().code, "cycle");
  const std::vector<TaskSpec> many(most_boxes_drawn + 1);
  EXPECT_EQ(plan_picture("plan", many, {}, {}, {}).error().code, "too_large");
}

TEST(PlanPicture, EscapesTexts) {
  const std::vector<TaskSpec> tasks{box_of("a", {}, R"(say "<b>" & \x# `now`)")};
  EXPECT_THAT(plan_dot(picture_of(tasks)), HasSubstr(R"(say \"<b>\" & \\x# `now`)"));
  EXPECT_THAT(
      plan_mermaid(picture_of(tasks)),
      HasSubstr(R"(say #quot;#lt;b#gt;#quot; & \x#35; #96;now#96;)")
  );
  const std::string svg = plan_svg(picture_of(tasks));
  EXPECT_THAT(svg, HasSubstr(R"(say &quot;&lt;b&gt;&quot; &amp; \x# `now`)"));
  EXPECT_THAT(svg, Not(HasSubstr("<b>")));
}

TEST(PlanPicture, IsADotGraphAndAMermaidChart) {
  const PlanPicture picture = picture_of({box_of("a"), box_of("b", {"a"}), box_of("c", {"a"})});
  EXPECT_EQ(
      plan_dot(picture),
      "digraph \"plan\" {\n"
      "  rankdir=LR;\n"
      "  node [shape=box];\n"
      "  n0 [label=\"a\", penwidth=3];\n"
      "  n1 [label=\"b\", penwidth=3];\n"
      "  n2 [label=\"c\"];\n"
      "  n0 -> n1 [penwidth=3];\n"
      "  n0 -> n2;\n"
      "}\n"
  );
  EXPECT_EQ(
      plan_mermaid(picture),
      "flowchart LR\n"
      "  n0[\"a\"]\n"
      "  n1[\"b\"]\n"
      "  n2[\"c\"]\n"
      "  n0 ==> n1\n"
      "  n0 --> n2\n"
      "  classDef critical stroke-width:3px\n"
      "  class n0,n1 critical\n"
  );
}

TEST(PlanLayout, OverlapsNoBoxes) {
  std::vector<TaskSpec> tasks;
  for (std::size_t i = 0; i < 120; ++i) {
    TaskSpec task = box_of(fmt::format("t{}", i));
    if (i >= 20) {
      task.needs = {{fmt::format("t{}", i / 3)}, {fmt::format("t{}", (i * 7) % 20)}};
    }
    tasks.push_back(std::move(task));
  }
  const PlanPicture picture = picture_of(tasks);
  const PlanLayout layout = plan_layout(picture);
  for (std::size_t a = 0; a < layout.boxes.size(); ++a) {
    const PlanPoint& at = layout.boxes[a];
    EXPECT_GE(at.x, plan_box_width / 2);
    EXPECT_GE(at.y, plan_box_height / 2);
    EXPECT_LE(at.x + plan_box_width / 2, layout.width);
    EXPECT_LE(at.y + plan_box_height / 2, layout.height);
    for (std::size_t b = 0; b < a; ++b) {
      EXPECT_TRUE(
          std::abs(at.x - layout.boxes[b].x) >= plan_box_width ||
          std::abs(at.y - layout.boxes[b].y) >= plan_box_height
      ) << a
        << " " << b;
    }
  }
}

TEST(PlanLayout, UncrossesWhatNeedNotCross) {
  // Each of the second layer needs the one opposite, in the reverse order.
  std::vector<TaskSpec> tasks;
  for (int i = 0; i < 6; ++i) tasks.push_back(box_of(fmt::format("a{}", i)));
  for (int i = 0; i < 6; ++i) {
    tasks.push_back(box_of(fmt::format("b{}", i), {fmt::format("a{}", 5 - i)}));
  }
  const PlanLayout layout = plan_layout(picture_of(tasks));
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(layout.boxes[5 - i].y, layout.boxes[6 + i].y, 0.5);
  }
}

}  // namespace
}  // namespace evener

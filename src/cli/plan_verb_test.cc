#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing::Not;

class PlanVerbTest : public TypedVerbTest {
 protected:
  PlanVerbTest() { EXPECT_EQ(run({"init", "--name", "plans"}), 0); }

  std::string file(const std::string& name, const std::string& text) const {
    const std::string path = folder_.path(name);
    EXPECT_TRUE(write_file_atomic(path, text, 0644).ok());
    return path;
  }

  std::vector<std::string> codes() const {
    std::vector<std::string> out;
    const Json json = parse_json(out_).value();
    for (const Json& finding : json.at("result").at("findings").as_array()) {
      out.emplace_back(finding.at("code").get_string());
    }
    return out;
  }
};

constexpr const char* three_tasks =
    "# a comment\n"
    "[[task]]\nid = \"a\"\n"
    "[[task]]\nid = \"b\"\nneeds = [\"a\"]\n"
    "[[task]]\nid = \"c\"\nneeds = [\"a\", \"b\"]\n";

TEST_F(PlanVerbTest, EndsWithOneForErrorsAlone) {
  EXPECT_EQ(run({"plan", "check", file("plan.toml", three_tasks)}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("0 errors, 5 warnings"));
  const std::string wrong = file("wrong.toml", "[[task]]\nid = \"a\"\nneeds = [\"x\"]\n");
  EXPECT_EQ(run({"plan", "check", wrong, "--json"}), 1);
  EXPECT_EQ(codes().front(), "need_missing");
}

TEST_F(PlanVerbTest, FindsWhatTheReaderRefuses) {
  const std::string twice = file("twice.toml", "[[task]]\nid = \"a\"\n[[task]]\nid = \"a\"\n");
  EXPECT_EQ(run({"plan", "check", twice}), 1);
  EXPECT_THAT(out_, HasSubstr("duplicate_id"));
  EXPECT_THAT(out_, HasSubstr("twice.toml:3:1 task[1]"));
  const std::string circle = file(
      "ring.json",
      R"({"master":{"tasks":[{"id":1,"title":"A","dependencies":[2]},)"
      R"({"id":2,"title":"B","dependencies":[1]}]}})"
  );
  EXPECT_EQ(run({"plan", "check", circle}), 1);
  EXPECT_THAT(out_, HasSubstr("error cycle"));
  EXPECT_EQ(run({"plan", "check", file("no.toml", "[[task]]\nestimte = 3\n")}), 2);
  EXPECT_THAT(err_, HasSubstr("unknown_field"));
  EXPECT_EQ(run({"plan", "check", folder_.path("nowhere.toml")}), 2);
}

TEST_F(PlanVerbTest, NamesAllThatIsWrongInAFileThatCannotBeRead) {
  const std::string wrong = file(
      "wrong.toml", "[[task]]\nid = \"a\"\nestimte = 3\n[[task]]\nid = \"b\"\nretries = \"x\"\n"
  );
  EXPECT_EQ(run({"plan", "check", wrong}), 2);
  EXPECT_THAT(err_, HasSubstr("wrong.toml:3:11 task[0].estimte"));
  EXPECT_THAT(err_, HasSubstr("wrong.toml:6:11 task[1].retries"));
}

TEST_F(PlanVerbTest, TakesFromThePoolWhatAFileLeavesOpen) {
  EXPECT_EQ(run({"add", "x", "--id", "x"}), 0);
  EXPECT_EQ(run({"configure", "--resource", "gpu=4"}), 0) << err_;
  const std::string plan =
      file("plan.toml", "[[task]]\nid = \"a\"\nneeds = [\"x\"]\nlocks = [\"gpu*3\"]\n");
  EXPECT_EQ(run({"plan", "check", plan}), 0) << out_;
  const std::string more = file("more.toml", "[[task]]\nid = \"a\"\nlocks = [\"gpu*5\"]\n");
  EXPECT_EQ(run({"plan", "check", more, "--json"}), 1);
  EXPECT_EQ(codes().front(), "lock_never");
}

TEST_F(PlanVerbTest, FixesAFileInPlaceOrIntoAnother) {
  const std::string plan = file("plan.toml", three_tasks);
  const std::string other = folder_.path("other.toml");
  EXPECT_EQ(run({"plan", "check", plan, "--fix", "--output", other}), 0) << err_;
  EXPECT_EQ(read_file(plan).value(), three_tasks);
  EXPECT_EQ(run({"plan", "check", other, "--json"}), 0);
  EXPECT_THAT(codes(), Not(testing::Contains("need_redundant")));
  EXPECT_EQ(run({"plan", "check", plan, "--fix"}), 0) << err_;
  EXPECT_EQ(read_file(plan).value(), read_file(other).value());
  EXPECT_EQ(run({"plan", "check", plan, "--fix"}), 0);
  EXPECT_THAT(out_, HasSubstr("nothing to fix"));
}

TEST_F(PlanVerbTest, FixesNothingThatItCannotWrite) {
  const std::string markdown =
      file("plan.md", "# Plan\n\n## Tasks\n\n- [ ] Task 1: Cut\n- [ ] Task 2: Sew\n");
  EXPECT_EQ(run({"plan", "check", markdown, "--fix"}), 2);
  EXPECT_THAT(err_, HasSubstr("markdown is not written back"));
  EXPECT_EQ(run({"plan", "check", "--output", "x"}), 2);
}

TEST_F(PlanVerbTest, LooksAtWhatIsNotOverInThePool) {
  const std::string plan = file("plan.toml", three_tasks);
  EXPECT_EQ(run({"import", plan}), 0);
  EXPECT_EQ(run({"plan", "check", "--fix"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("evener edit c --drop-need a\n"));
  EXPECT_EQ(run({"cancel", "a"}), 0) << err_;
  EXPECT_EQ(run({"plan", "check", "--json"}), 1);
  const Json json = parse_json(out_).value();
  EXPECT_EQ(json.at("result").at("figures").at("tasks").get_int64(), 2);
  EXPECT_THAT(codes(), testing::Contains("need_cancelled"));
  EXPECT_THAT(codes(), Not(testing::Contains("need_redundant")));
}

TEST_F(PlanVerbTest, DrawsThePool) {
  EXPECT_EQ(run({"import", file("plan.toml", three_tasks)}), 0);
  EXPECT_EQ(run({"plan", "graph", "--format", "dot"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("digraph \"plans\""));
  const std::string svg = folder_.path("plan.svg");
  EXPECT_EQ(run({"plan", "graph", "--format", "svg", "-o", svg, "--json"}), 0);
  EXPECT_THAT(read_file(svg).value(), HasSubstr("</svg>"));
  EXPECT_EQ(run({"plan", "graph"}), 2);
}

}  // namespace
}  // namespace evener

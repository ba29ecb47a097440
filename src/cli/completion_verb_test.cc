// The script for bash, run by bash as it does when somebody presses Tab.
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "base/time.h"
#include "cli/typed_verb.h"

namespace evener {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Completion : public TypedVerbTest {
 protected:
  Completion() {
    EXPECT_EQ(run({"completion", "bash"}), 0);
    script_ = out_;
  }

  // What is offered for the last of these words, one a line. The pool is asked for no list: tasks
  // are `a-task`, `at:1@x`, `at:2@x` and the flags that name the pool, workers `a-worker`.
  std::string offered(const std::vector<std::string>& words) const {
    const std::string path = folder_.path("completion.bash");
    const std::string answer = folder_.path("offered");
    const std::string text = fmt::format(
        "{}_evener_tasks() {{ echo a-task at:{{1,2}}@x \"${{at[@]}}\"; }}\n"
        "_evener_workers() {{ echo a-worker; }}\n"
        "COMP_WORDS=(evener '{}')\nCOMP_CWORD={}\n_evener\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        script_,
        fmt::join(words, "' '"),
        words.size()
    );
    EXPECT_TRUE(write_file_atomic(path, text, 0644).ok());
    EXPECT_EQ(std::system(fmt::format("bash '{}' > '{}'", path, answer).c_str()), 0);
    const Result<std::string> found = read_file(answer);
    return found.ok() ? *found : found.error().text();
  }

  std::string script_;
};

TEST_F(Completion, OffersVerbsAndTheirFlags) {
  EXPECT_THAT(offered({"pla"}), HasSubstr("plan\n"));
  EXPECT_THAT(offered({"report", "--chap"}), HasSubstr("--chapter\n"));
}

TEST_F(Completion, OffersPartsOfAVerbAndTheFlagsOfEach) {
  EXPECT_EQ(offered({"plan", "sim"}), "simulate\n");
  EXPECT_THAT(offered({"token", ""}), AllOf(HasSubstr("add\n"), HasSubstr("revoke\n")));
  EXPECT_EQ(offered({"plan", "simulate", "--nois"}), "--noise\n");
  EXPECT_EQ(offered({"--pool", "here", "plan", "gra"}), "graph\n");
}

TEST_F(Completion, OffersWhatAFlagTakes) {
  EXPECT_EQ(offered({"edit", "t", "--priority", ""}), "urgent\nhigh\nnormal\nlow\n");
  EXPECT_EQ(offered({"finish", "--worker", ""}), "a-worker\n");
  EXPECT_EQ(offered({"edit", "t", "--parent", "a-"}), "a-task\n");
  EXPECT_EQ(offered({"token", "add", "x", "--scope", "op"}), "operator\n");
  EXPECT_EQ(offered({"finish", "t", "--result", ""}), "\n");
}

TEST_F(Completion, OffersTasksWhereOneIsNamed) {
  EXPECT_EQ(offered({"show", ""}), "a-task\nat:1@x\nat:2@x\n");
  EXPECT_EQ(offered({"why", "a-"}), "a-task\n");
  EXPECT_THAT(offered({"show", "--"}), Not(HasSubstr("a-task")));
}

// Bash parts them there, and replaces what stands behind.
TEST_F(Completion, KnowsIdsWithColonsAndAts) {
  EXPECT_EQ(offered({"show", "at", ":"}), "1@x\n2@x\n");
  EXPECT_EQ(offered({"show", "at", ":", "2"}), "2@x\n");
  EXPECT_EQ(offered({"show", "at", ":", "2", "@"}), "x\n");
  EXPECT_EQ(offered({"edit", "t", "--parent", "at", ":", "1"}), "1@x\n");
  EXPECT_EQ(offered({"edit", "at", ":", "1", "--priorit"}), "--priority\n");
}

TEST_F(Completion, OffersTheFlagsOfEveryVerb) {
  EXPECT_EQ(offered({"--serv"}), "--server\n");
  EXPECT_EQ(offered({"show", "--js"}), "--json\n");
  EXPECT_EQ(offered({"plan", "check", "--poo"}), "--pool\n");
  EXPECT_EQ(offered({"--pool", ""}), "\n");
}

TEST_F(Completion, AsksThePoolThatIsNamed) {
  EXPECT_EQ(offered({"--pool", "there", "show", "the"}), "there\n");
  EXPECT_THAT(script_, HasSubstr("evener \"${at[@]}\" list "));
  EXPECT_THAT(script_, HasSubstr("evener \"${at[@]}\" workers "));
  EXPECT_THAT(script_, Not(HasSubstr("${{")));
}

TEST_F(Completion, OfFishKnowsPartsAndValuesToo) {
  ASSERT_EQ(run({"completion", "fish"}), 0);
  EXPECT_THAT(
      out_,
      HasSubstr("complete -c evener -n '__fish_seen_subcommand_from plan; and "
                "__fish_seen_subcommand_from simulate' -l noise -x\n")
  );
  EXPECT_THAT(out_, HasSubstr(" -a simulate -d '"));
  EXPECT_THAT(out_, HasSubstr(" -l priority -s p -x -a 'urgent high normal low'\n"));
  EXPECT_THAT(out_, HasSubstr(" -l worker -x -a '(__evener_workers)'\n"));
  EXPECT_THAT(out_, HasSubstr("complete -c evener -l pool -r -F\n"));
  EXPECT_THAT(out_, HasSubstr("complete -c evener -n '__fish_seen_subcommand_from import' -F\n"));
  EXPECT_THAT(
      out_,
      HasSubstr("'__fish_seen_subcommand_from add; and not __fish_seen_subcommand_from token' -l "
                "need")
  );
}

TEST_F(Completion, HelpOfAPartIsThatOfThePart) {
  ASSERT_EQ(run({"help", "plan", "simulate"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("--noise"));
  ASSERT_EQ(run({"help", "plan"}), 0) << err_;
  EXPECT_THAT(out_, Not(HasSubstr("--noise")));
}

}  // namespace
}  // namespace evener

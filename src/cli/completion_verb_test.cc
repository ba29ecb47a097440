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
  // are `a-task`, workers `a-worker`.
  std::string offered(const std::vector<std::string>& words) const {
    const std::string path = folder_.path("completion.bash");
    const std::string answer = folder_.path("offered");
    const std::string text = fmt::format(
        "{}_evener_tasks() {{ echo a-task; }}\n_evener_workers() {{ echo a-worker; }}\n"
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
  EXPECT_EQ(offered({"edit", "t", "--parent", ""}), "a-task\n");
  EXPECT_EQ(offered({"token", "add", "x", "--scope", "op"}), "operator\n");
  EXPECT_EQ(offered({"finish", "t", "--result", ""}), "\n");
}

TEST_F(Completion, OffersTasksWhereOneIsNamed) {
  EXPECT_EQ(offered({"show", ""}), "a-task\n");
  EXPECT_EQ(offered({"why", ""}), "a-task\n");
  EXPECT_THAT(offered({"show", "--"}), Not(HasSubstr("a-task")));
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
}

TEST_F(Completion, HelpOfAPartIsThatOfThePart) {
  ASSERT_EQ(run({"help", "plan", "simulate"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("--noise"));
  ASSERT_EQ(run({"help", "plan"}), 0) << err_;
  EXPECT_THAT(out_, Not(HasSubstr("--noise")));
}

}  // namespace
}  // namespace evener

#include "cli/said_secrets.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace evener {
namespace {

// Keeps what it is given.
class RecordingClient : public Client {
 public:
  explicit RecordingClient(std::vector<Request>& given) : given_(given) {}

  Result<std::vector<Answer>> call(std::vector<Request> requests) override {
    std::vector<Answer> answers(requests.size());
    for (Request& request : requests) given_.push_back(std::move(request));
    return answers;
  }

  Result<std::string> ask(const Query&) override { return std::string("{}"); }

  Status follow(Seq, const std::function<bool(const PoolEvent&)>&) override { return Done{}; }

  Result<BlobRef> put_blob(std::string_view) override { return BlobRef{}; }

  Result<std::string> get_blob(const BlobRef&) override { return std::string(); }

  bool is_served() const override { return false; }

  std::string place() const override { return "nowhere"; }

 private:
  std::vector<Request>& given_;
};

class SaidSecretsTest : public testing::Test {
 protected:
  SaidSecretsTest() {
    ::setenv("EVENER_SECRETS", "TOK", 1);
    ::setenv("TOK", "hunter22-and-more", 1);
  }

  ~SaidSecretsTest() override {
    ::unsetenv("EVENER_SECRETS");
    ::unsetenv("TOK");
  }

  std::unique_ptr<Client> client() {
    return without_secrets(std::make_unique<RecordingClient>(given_));
  }

  std::vector<Request> given_;
};

TEST_F(SaidSecretsTest, EveryCommandOfACallLosesTheirValues) {
  TaskSpec task{.id = "deploy"};
  task.title = "Deploy with hunter22-and-more";
  const auto answers = client()->call(
      {{"one", AddNote{.task = "deploy", .text = "it is hunter22-and-more"}},
       {"two", AddTasks{.tasks = {task}}}}
  );
  ASSERT_TRUE(answers.ok());
  ASSERT_EQ(given_.size(), 2U);
  EXPECT_EQ(given_[0].request_id, "one") << "it is the same request when it is sent again";
  EXPECT_EQ(std::get<AddNote>(given_[0].command).text, "it is [secret TOK]");
  EXPECT_EQ(std::get<AddTasks>(given_[1].command).tasks[0].title, "Deploy with [secret TOK]");
}

TEST_F(SaidSecretsTest, WithoutAnyNothingChanges) {
  ::unsetenv("EVENER_SECRETS");
  ASSERT_TRUE(call_one(*client(), AddNote{.task = "deploy", .text = "hunter22-and-more"}).ok());
  EXPECT_EQ(std::get<AddNote>(given_.at(0).command).text, "hunter22-and-more");
}

}  // namespace
}  // namespace evener

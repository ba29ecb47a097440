// Whoever answers in words: a language model behind an address, or any command. What it says is
// only text: nothing of it is carried out.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "cli/post_url.h"
#include "worker/process.h"

namespace evener {

// Of an answer's body, or of what a command prints.
inline constexpr std::size_t longest_model_answer = 4U << 20U;

// What was said, in turns: `user` asks, `assistant` has answered.
struct ModelMessage {
  std::string role = {};
  std::string text = {};
};

struct ModelAnswer {
  std::string text = {};
  bool is_cut = false;  // it ended where the model may say no more
};

class LanguageModel {
 public:
  LanguageModel() = default;
  LanguageModel(const LanguageModel&) = delete;
  LanguageModel& operator=(const LanguageModel&) = delete;
  virtual ~LanguageModel() = default;

  // Fails with `model_failed`, `timeout`, `interrupted`, or as a connection does.
  virtual Result<ModelAnswer> ask(const std::vector<ModelMessage>& messages) = 0;
};

// POSTs to {address}/chat/completions, as the OpenAI API and those like it take it. The answer is
// asked for by its schema; a server that refuses that (400 or 422) is asked for any JSON object,
// then for whatever it says. What passes (408, 429, 5xx) is tried again twice, after what its
// Retry-After asks for.
class EndpointModel : public LanguageModel {
 public:
  struct Options {
    Url url = {};  // of the API, without /chat/completions
    std::string model = {};
    std::string key = {};       // "": none is shown
    std::string key_name = {};  // of the variable that holds it
    Json schema = {};
    Millis timeout_ms = 0;  // for an answer, with all that is tried
    int stop_descriptor = -1;
    std::function<void(std::string_view)> say = {};
  };

  explicit EndpointModel(Options options);

  Result<ModelAnswer> ask(const std::vector<ModelMessage>& messages) override;

 private:
  enum class Form { schema, object, text };

  std::string body_of(const std::vector<ModelMessage>& messages) const;
  Result<HttpAnswer> post(const std::string& body, Millis deadline) const;
  Status pause(Millis wait, Millis deadline, const std::string& why) const;

  Options options_;
  Form form_ = Form::schema;  // the strictest that was not refused
};

// Runs a command by the shell with all messages on stdin; what it prints is the answer.
class CommandModel : public LanguageModel {
 public:
  struct Options {
    std::string command = {};
    std::string folder = {};  // for what it prints to stderr
    Millis timeout_ms = 0;
    int stop_descriptor = -1;
  };

  CommandModel(Options options, ProcessRunner& processes)
      : options_(std::move(options)), processes_(processes) {}

  Result<ModelAnswer> ask(const std::vector<ModelMessage>& messages) override;

 private:
  Options options_;
  ProcessRunner& processes_;
};

// {base}/chat/completions; a query behind the base stays behind it.
Url chat_address(Url base);

// What the model said, from the body of a chat completion. Fails with `bad_reply`.
Result<ModelAnswer> answer_in_completion(std::string_view body);

}  // namespace evener

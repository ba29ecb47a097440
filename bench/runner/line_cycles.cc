#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <utility>
#include <vector>

#include "task_cycle.h"

namespace evener {
namespace {

// RESP2: a command is an array of bulk strings.
void append_command(std::string& out, std::initializer_list<std::string_view> words) {
  fmt::format_to(std::back_inserter(out), "*{}\r\n", words.size());
  for (const std::string_view word : words) {
    fmt::format_to(std::back_inserter(out), "${}\r\n{}\r\n", word.size(), word);
  }
}

// Length of the reply at the beginning: `:1`, `+OK`, or `$3` with its bytes; 0 while it is not
// whole.
std::size_t reply_bytes(std::string_view in) {
  const std::size_t line = in.find("\r\n");
  if (line == std::string_view::npos) return 0;
  if (in.front() != '$') return line + 2;
  int length = -1;
  std::from_chars(in.data() + 1, in.data() + line, length);
  const std::size_t all = length < 0 ? line + 2 : line + 4 + static_cast<std::size_t>(length);
  return in.size() < all ? 0 : all;
}

// A list of tasks, and one for each client with what it has claimed (LMOVE, the "reliable queue" of
// Redis' own documentation). Batches are pipelined.
class RedisCycle : public Conversation {
 public:
  explicit RedisCycle(CycleSpec spec)
      : spec_(std::move(spec)), own_(fmt::format("work:{}:{}", spec_.series, spec_.client)) {}

  int steps() const override { return spec_.is_joined ? 1 : static_cast<int>(cycle_steps); }

  void ask(int step, std::string& out) override {
    expected_ = 0;
    if (spec_.is_joined || step == finish_step) {
      for (const std::string& task : claimed_) append_command(out, {"LREM", own_, "1", task});
      expected_ += claimed_.size();
      claimed_.clear();
    }
    if (spec_.is_joined || step == add_step) {
      for (std::size_t i = 0; i < spec_.batch; ++i) {
        append_command(out, {"RPUSH", "queue", cycle_payload(spec_, added_++)});
      }
      expected_ += spec_.batch;
    }
    if (spec_.is_joined || step == claim_step) {
      for (std::size_t i = 0; i < spec_.batch; ++i) {
        append_command(out, {"LMOVE", "queue", own_, "LEFT", "RIGHT"});
      }
      expected_ += spec_.batch;
    }
  }

  Heard hear(int /*step*/, std::string_view in) override {
    Heard heard;
    while (expected_ > 0 && heard.bytes < in.size()) {
      const std::string_view rest = in.substr(heard.bytes);
      const std::size_t bytes = reply_bytes(rest);
      if (bytes == 0) return heard;
      const std::string_view reply = rest.substr(0, bytes);
      if (reply.front() == '-' || reply == "$-1\r\n" || reply == ":0\r\n") {
        return {.problem = fmt::format("redis answered: {}", reply)};
      }
      if (reply.front() == '$') {
        const std::size_t from = reply.find('\n') + 1;
        claimed_.emplace_back(reply.substr(from, reply.size() - from - 2));
      }
      heard.bytes += bytes;
      --expected_;
    }
    heard.is_whole = expected_ == 0;
    return heard;
  }

 private:
  CycleSpec spec_;
  std::string own_;
  std::vector<std::string> claimed_;
  std::size_t expected_ = 0;
  std::uint64_t added_ = 0;
};

// `put`, `reserve`, `delete` of the default tube. Batches are pipelined.
class BeanstalkdCycle : public Conversation {
 public:
  explicit BeanstalkdCycle(CycleSpec spec) : spec_(std::move(spec)) {}

  int steps() const override { return cycle_steps; }

  void ask(int step, std::string& out) override {
    expected_ = spec_.batch;
    if (step == finish_step) {
      for (const std::string& job : claimed_) {
        fmt::format_to(std::back_inserter(out), "delete {}\r\n", job);
      }
      claimed_.clear();
      return;
    }
    for (std::size_t i = 0; i < spec_.batch; ++i) {
      if (step == claim_step) {
        out += "reserve\r\n";
      } else {
        const std::string payload = cycle_payload(spec_, added_++);
        fmt::format_to(
            std::back_inserter(out), "put 0 0 1800 {}\r\n{}\r\n", payload.size(), payload
        );
      }
    }
  }

  Heard hear(int step, std::string_view in) override {
    Heard heard;
    while (expected_ > 0) {
      const std::string_view rest = in.substr(heard.bytes);
      const std::size_t line = rest.find("\r\n");
      if (line == std::string_view::npos) return heard;
      const std::string_view said = rest.substr(0, line);
      std::size_t bytes = line + 2;
      if (step == claim_step && said.starts_with("RESERVED ")) {
        bytes += payload_bytes + 2;
        if (rest.size() < bytes) return heard;
        const std::size_t id = said.find(' ') + 1;
        claimed_.emplace_back(said.substr(id, said.find(' ', id) - id));
      } else if (!said.starts_with(step == add_step ? "INSERTED" : "DELETED")) {
        return {.problem = fmt::format("beanstalkd answered: {}", said)};
      }
      heard.bytes += bytes;
      --expected_;
    }
    heard.is_whole = true;
    return heard;
  }

 private:
  CycleSpec spec_;
  std::vector<std::string> claimed_;
  std::size_t expected_ = 0;
  std::uint64_t added_ = 0;
};

// A line of 200 bytes, and a short one back.
class LineCycle : public Conversation {
 public:
  explicit LineCycle(const CycleSpec& spec) : line_(cycle_payload(spec, 0) + "\n") {}

  int steps() const override { return cycle_steps; }

  void ask(int /*step*/, std::string& out) override { out += line_; }

  Heard hear(int /*step*/, std::string_view in) override {
    const std::size_t end = in.find('\n');
    if (end == std::string_view::npos) return {};
    return {.bytes = end + 1, .is_whole = true};
  }

 private:
  std::string line_;
};

}  // namespace

std::unique_ptr<Conversation> redis_cycle(const CycleSpec& spec) {
  return std::make_unique<RedisCycle>(spec);
}

std::unique_ptr<Conversation> beanstalkd_cycle(const CycleSpec& spec) {
  return std::make_unique<BeanstalkdCycle>(spec);
}

std::unique_ptr<Conversation> line_cycle(const CycleSpec& spec) {
  return std::make_unique<LineCycle>(spec);
}

}  // namespace evener

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/json.h"
#include "base/seeded.h"
#include "http_talk.h"
#include "task_cycle.h"

namespace evener {
namespace {

std::string base64(std::string_view text) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      bits = bits << 8 | (j < text.size() ? static_cast<unsigned char>(text[j]) : 0);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += i + j > text.size() ? '=' : digits[bits >> (18 - 6 * j) & 63];
    }
  }
  return out;
}

constexpr std::size_t looked_at = 128;

// Tasks are keys under q/. A claim reads the oldest and takes one of them at random, so that
// clients seldom want the same: a transaction that succeeds if the key has not changed removes it
// and writes down who has it. JSON over etcd's own gateway. No batches.
class EtcdCycle : public Conversation {
 public:
  explicit EtcdCycle(CycleSpec spec)
      : spec_(std::move(spec)), http_{spec_.host, ""}, numbers_(spec_.client + 1) {}

  int steps() const override { return cycle_steps; }

  void ask(int step, std::string& out) override {
    if (step == add_step) {
      const std::string key = fmt::format("q/{}.{}.{}", spec_.series, spec_.client, added_);
      http_.post(
          out,
          "/v3/kv/put",
          fmt::format(
              R"({{"key":"{}","value":"{}"}})", base64(key), base64(cycle_payload(spec_, added_))
          )
      );
      ++added_;
    } else if (step == finish_step) {
      http_.post(out, "/v3/kv/deleterange", fmt::format(R"({{"key":"{}"}})", base64(held_)));
    } else if (wanted_.empty()) {
      http_.post(
          out,
          "/v3/kv/range",
          fmt::format(
              R"({{"key":"{}","range_end":"{}","limit":"{}","keys_only":true}})",
              base64("q/"),
              base64("q0"),
              looked_at
          )
      );
    } else {
      held_ = fmt::format("c/{}.{}.{}", spec_.series, spec_.client, added_);
      http_.post(
          out,
          "/v3/kv/txn",
          fmt::format(
              R"({{"compare":[{{"key":"{0}","target":"MOD","mod_revision":"{1}"}}],"success":[)"
              R"({{"request_delete_range":{{"key":"{0}"}}}},)"
              R"({{"request_put":{{"key":"{2}","value":"{0}"}}}}]}})",
              wanted_,
              revision_,
              base64(held_)
          )
      );
    }
  }

  Heard hear(int step, std::string_view in) override {
    const HttpAnswer answer = read_http_answer(in);
    if (answer.bytes == 0) return {};
    if (answer.status != 200) {
      return {.problem = fmt::format("etcd answered: {}", in.substr(0, 1000))};
    }
    Heard heard{.bytes = answer.bytes, .is_whole = true};
    if (step != claim_step) return heard;
    if (wanted_.empty()) {
      choose(answer.body());
      heard.must_ask_again = true;
      return heard;
    }
    wanted_.clear();
    heard.must_ask_again = answer.body().find(R"("succeeded":true)") == std::string_view::npos;
    return heard;
  }

 private:
  void choose(std::string_view body) {
    const Result<Json> json = parse_json(body);
    if (!json.ok()) return;
    const Json* keys = json->get_object().if_contains("kvs");
    if (keys == nullptr || keys->get_array().empty()) return;
    const JsonArray& all = keys->get_array();
    const std::size_t at = numbers_.below(all.size());
    const JsonObject& one = all[at].get_object();
    wanted_ = std::string(one.at("key").get_string());
    revision_ = std::string(one.at("mod_revision").get_string());
  }

  CycleSpec spec_;
  HttpTalk http_;
  SeededNumbers numbers_;
  std::string wanted_ = {};  // in base64; of the claim under way
  std::string revision_ = {};
  std::string held_ = {};
  std::uint64_t added_ = 0;
};

}  // namespace

std::unique_ptr<Conversation> etcd_cycle(const CycleSpec& spec) {
  return std::make_unique<EtcdCycle>(spec);
}

}  // namespace evener

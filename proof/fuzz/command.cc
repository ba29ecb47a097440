// The body of a request for commands, from its bytes to the state that comes of it: each command is
// read, decided and applied by an engine on a journal in memory. One member beside those of HTTP,
// {"type":"pass","ms":N}, lets time pass, so that leases lapse.
#include "core/recount.h"
#include "core/snapshot_codec.h"
#include "engine/engine.h"
#include "engine/recovery.h"
#include "fuzz/target.h"
#include "journal/memory.h"

namespace evener::fuzz {
namespace {

constexpr std::size_t most_commands = 64;
constexpr Millis longest_pass = 86'400'000;

// How long the item lets pass; nothing if it is a command.
std::optional<Millis> pass_of(const Json& item) {
  if (!item.is_object()) return std::nullopt;
  const Json* type = item.get_object().if_contains("type");
  if (type == nullptr || *type != "pass") return std::nullopt;
  const Json* time = item.get_object().if_contains("ms");
  if (time == nullptr || !time->is_int64()) return 0;
  return std::clamp<Millis>(time->get_int64(), 0, longest_pass);
}

class FuzzedPool {
 public:
  FuzzedPool()
      : engine_(std::make_unique<Pool>(), {}, {}, [this](Seq from, Seq to, const auto& visit) {
          return read_facts(journal_, from, to, visit);
        }) {
    engine_.tick(clock_);
  }

  void pass(Millis time) {
    clock_.wall += time;
    clock_.monotonic += time;
    clock_.boot += time;
    engine_.tick(clock_);
    flush();
  }

  void give(Request request) {
    std::vector<Request> requests;
    requests.push_back(std::move(request));
    engine_.submit(++tag_, {"rod", Scope::operate}, std::move(requests));
    flush();
  }

  // Every index equals a recount, and the journal gives the same state again, also through a
  // snapshot.
  void check() {
    const auto differences = Recount::differences(engine_.pool());
    CHECK(differences.empty(), differences.empty() ? "" : differences.front());
    const std::string live = encode_state(engine_.pool().state());
    const Result<Recovered> again = recover(journal_, nullptr);
    CHECK(again.ok(), again.ok() ? "" : again.error().text());
    CHECK(encode_state(again->pool->state()) == live, "the journal gives another state");
    Pool restored;
    const Status decoded = decode_state(live, restored.state_to_fill());
    CHECK(decoded.ok(), decoded.ok() ? "" : decoded.error().text());
    restored.adopt();
    CHECK(encode_state(restored.state()) == live, "a snapshot gives another state");
  }

 private:
  void flush() {
    while (const std::optional<Batch> batch = engine_.next_batch()) {
      CHECK(journal_.append(*batch) == Append::durable, journal_.last_error().text());
      engine_.appended();
    }
    for (const Reply& reply : engine_.take_effects().replies) {
      CHECK(parse_json(reply.body).ok(), "a reply that is no JSON");
    }
  }

  MemoryJournal journal_{false};
  ClockReading clock_{
      .wall = 1'763'726'400'000, .monotonic = 5000, .boot = 5000, .boot_id = "boot-1"
  };
  Engine engine_;
  RequestTag tag_ = 0;
};

}  // namespace
}  // namespace evener::fuzz

FUZZ_TARGET(command) {
  const Result<Json> json = parse_json(bytes);
  if (!json.ok() || !json->is_object()) return;
  const Json* commands = json->get_object().if_contains("commands");
  if (commands == nullptr || !commands->is_array()) return;
  FuzzedPool pool;
  std::size_t count = 0;
  for (const Json& item : commands->get_array()) {
    if (++count > most_commands) break;
    if (const auto time = pass_of(item)) {
      pool.pass(*time);
      continue;
    }
    const Path path;
    Result<Request> request = read_request(item, path);
    if (!request.ok()) continue;
    const Result<Json> written = parse_json(to_json_text(*request));
    CHECK(written.ok(), "a command that is written as no JSON");
    const Result<Request> again = read_request(*written, path);
    CHECK(again.ok(), again.ok() ? "" : again.error().text());
    CHECK(to_json_text(*again) == to_json_text(*request), "a command that is read otherwise again");
    pool.give(std::move(*request));
  }
  pool.check();
}

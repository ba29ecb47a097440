#include <fmt/format.h>

#include <iterator>
#include <utility>
#include <vector>

#include "task_cycle.h"

namespace evener {

const char* const postgres_tables = R"sql(
CREATE TABLE tasks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  payload text NOT NULL,
  is_claimed boolean NOT NULL DEFAULT false,
  worker text
);
CREATE INDEX tasks_ready ON tasks (id) WHERE NOT is_claimed;
)sql";

namespace {

// The planner knows no statistics of a new table, so it is told what suits a queue.
constexpr std::string_view postgres_prepared = R"sql(
SET enable_seqscan = off;
SET plan_cache_mode = force_generic_plan;
PREPARE add_one (text) AS INSERT INTO tasks (payload) VALUES ($1);
PREPARE claim_one (text) AS UPDATE tasks SET is_claimed = true, worker = $1 WHERE id =
  (SELECT id FROM tasks WHERE NOT is_claimed ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id;
PREPARE finish_one (bigint) AS DELETE FROM tasks WHERE id = $1;
PREPARE add_many (text[]) AS INSERT INTO tasks (payload) SELECT unnest($1);
PREPARE claim_many (text, bigint) AS UPDATE tasks SET is_claimed = true, worker = $1 WHERE id = ANY (ARRAY
  (SELECT id FROM tasks WHERE NOT is_claimed ORDER BY id FOR UPDATE SKIP LOCKED LIMIT $2)) RETURNING id;
PREPARE finish_many (bigint[]) AS DELETE FROM tasks WHERE id = ANY ($1);
)sql";

std::uint32_t big_endian(std::string_view in) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(in[i]);
  return number;
}

void append_big_endian(std::string& out, std::size_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

// The protocol of PostgreSQL, version 3.0: simple queries that execute prepared statements. A batch
// is one statement, and so one transaction.
class PostgresCycle : public Conversation {
 public:
  explicit PostgresCycle(CycleSpec spec) : spec_(std::move(spec)) {}

  int steps() const override { return cycle_steps; }

  void greet(std::string& out) override {
    using namespace std::string_view_literals;
    constexpr std::size_t version = 196608;
    constexpr std::string_view settings = "user\0bench\0database\0postgres\0\0"sv;
    append_big_endian(out, 8 + settings.size());
    append_big_endian(out, version);
    out += settings;
  }

  Heard hear_greeting(std::string_view in, std::string& out) override {
    Heard heard = hear_messages(in);
    if (!heard.is_whole || has_prepared_) return heard;
    has_prepared_ = true;
    append_query(out, postgres_prepared);
    heard.is_whole = false;
    return heard;
  }

  void ask(int step, std::string& out) override {
    std::string query;
    const bool is_one = spec_.batch == 1;
    if (step == add_step) {
      query = is_one ? "EXECUTE add_one('" : "EXECUTE add_many('{";
      for (std::size_t i = 0; i < spec_.batch; ++i) {
        if (i > 0) query += ',';
        query += cycle_payload(spec_, added_++);
      }
      query += is_one ? "')" : "}')";
    } else if (step == claim_step) {
      query = is_one ? fmt::format("EXECUTE claim_one('w{}')", spec_.client)
                     : fmt::format("EXECUTE claim_many('w{}',{})", spec_.client, spec_.batch);
    } else {
      query = fmt::format(
          "EXECUTE {}{}{}",
          is_one ? "finish_one('" : "finish_many('{",
          fmt::join(claimed_, ","),
          is_one ? "')" : "}')"
      );
      claimed_.clear();
    }
    append_query(out, query);
  }

  Heard hear(int step, std::string_view in) override {
    Heard heard = hear_messages(in);
    if (heard.is_whole && step == claim_step && claimed_.size() < spec_.batch) {
      // Others hold what they have not finished; what is there is taken as it is, unless it is
      // nothing.
      heard.must_ask_again = claimed_.empty();
    }
    return heard;
  }

 private:
  static void append_query(std::string& out, std::string_view query) {
    out += 'Q';
    append_big_endian(out, 4 + query.size() + 1);
    out.append(query).push_back('\0');
  }

  // Messages up to ReadyForQuery. A DataRow has one column, the id of a claimed task.
  Heard hear_messages(std::string_view in) {
    Heard heard;
    while (in.size() - heard.bytes >= 5) {
      const std::string_view rest = in.substr(heard.bytes);
      const std::size_t bytes = 1 + big_endian(rest.substr(1, 4));
      if (rest.size() < bytes) return heard;
      const std::string_view body = rest.substr(5, bytes - 5);
      heard.bytes += bytes;
      if (rest.front() == 'E') return {.problem = "postgresql answered: " + printable(body)};
      if (rest.front() == 'D') claimed_.emplace_back(body.substr(6));
      if (rest.front() == 'Z') {
        heard.is_whole = true;
        return heard;
      }
    }
    return heard;
  }

  static std::string printable(std::string_view body) {
    std::string text(body);
    for (char& c : text) c = c < ' ' ? ' ' : c;
    return text;
  }

  CycleSpec spec_;
  std::vector<std::string> claimed_;
  bool has_prepared_ = false;
  std::uint64_t added_ = 0;
};

}  // namespace

std::unique_ptr<Conversation> postgres_cycle(const CycleSpec& spec) {
  return std::make_unique<PostgresCycle>(spec);
}

}  // namespace evener

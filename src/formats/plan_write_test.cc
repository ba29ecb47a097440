// Plans that were written are read back the same, whatever their fields hold; the documents in
// docs/ agree with the code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "formats/plan.h"
#include "model/capability.h"

namespace evener {
namespace {

// Fills every described field with values that its bounds allow, hostile ones above all.
class RandomPlans {
 public:
  explicit RandomPlans(std::uint64_t seed) : random_(seed) {}

  Plan plan() {
    Plan plan;
    fill(plan.card);
    if (one_in(2)) fill(plan.settings.emplace());
    for (std::size_t i = below(4); i > 0; --i) {
      WorkerSpec& worker = plan.workers.emplace_back();
      fill(worker);
      worker.name = fmt::format("w{}", i);
      drop_refused(worker.capabilities);
    }
    for (std::size_t i = below(3); i > 0; --i) {
      Machine& machine = plan.machines.emplace_back();
      fill(machine);
      machine.name = fmt::format("m{}", i);
      drop_refused(machine.labels);
    }
    for (std::size_t i = below(8); i > 0; --i) plan.tasks.push_back(task(i));
    for (std::size_t i = below(4); i > 0; --i) {
      MeasureSpec& measure = plan.measure_specs.emplace_back();
      fill(measure);
      measure.name = fmt::format("measure {}", i);
    }
    for (std::size_t i = below(4); i > 0; --i) {
      ScheduleSpec& schedule = plan.schedules.emplace_back();
      fill(schedule);
      schedule.id = fmt::format("s{}", i);
      schedule.task = task(i);
      schedule.task.id.clear();
    }
    return plan;
  }

 private:
  TaskSpec task(std::size_t number) {
    TaskSpec task;
    fill(task);
    task.id = fmt::format("t{}", number);
    if (task.assignee.empty()) task.assignee_delay_ms.reset();
    for (std::size_t i = 0; i < task.secrets.size(); ++i)
      task.secrets[i] = fmt::format("KEY_{}", i);
    drop_refused(task.capabilities);
    drop_refused(task.prefers);
    return task;
  }

  // What can be had can be wanted too.
  static void drop_refused(std::vector<std::string>& capabilities) {
    std::erase_if(capabilities, [](const std::string& text) {
      return !check_offered({text}, Path{}).ok();
    });
  }

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

  bool one_in(std::size_t chance) { return below(chance) == 0; }

  template <Described T>
  void fill(T& out) {
    const auto fill_field = [&](const auto& described) {
      if (one_in(2)) fill_value(out.*described.member, described.bounds);
    };
    std::apply([&](const auto&... described) { (fill_field(described), ...); }, T::fields());
  }

  void fill_value(std::string& out, const Bounds& bounds) {
    out = bounds.form == TextForm::id ? id() : text(bounds.form == TextForm::text);
    EXPECT_LE(out.size(), bounds.max_bytes);
  }

  void fill_value(bool& out, const Bounds&) { out = one_in(2); }

  void fill_value(std::int64_t& out, const Bounds& bounds) {
    const std::int64_t ends[] = {bounds.min, bounds.max, 1, 999, 90'061'001, 1'763'726'430'250};
    out = std::clamp(ends[below(std::size(ends))], bounds.min, bounds.max);
  }

  void fill_value(Need& out, const Bounds&) { out = {id(), static_cast<Until>(below(3))}; }

  void fill_value(Decimal& out, const Bounds&) {
    const std::int64_t some[] = {0, 1, -1, 80'000'000, -62'500'000, Decimal::largest};
    out.millionths = some[below(std::size(some))];
  }

  void fill_value(TaskSpec& out, const Bounds&) { out = {}; }

  void fill_value(RawJson& out, const Bounds&) {
    const Result<Json> json = parse_json(json_text(0));
    ASSERT_TRUE(json.ok());
    if (!json->is_null()) out.text = to_text(*json);
  }

  template <NamedEnum Enum>
  void fill_value(Enum& out, const Bounds&) {
    out = static_cast<Enum>(below(EnumNames<Enum>::names.size()));
  }

  template <typename T>
  void fill_value(std::optional<T>& out, const Bounds& bounds) {
    fill_value(out.emplace(), bounds);
  }

  template <typename T>
  void fill_value(std::vector<T>& out, const Bounds& bounds) {
    for (std::size_t i = below(6); i > 0; --i) fill_value(out.emplace_back(), bounds);
  }

  std::string id() {
    constexpr std::string_view letters = "azAZ09._:/@+-";
    std::string out(1, "aZ9_"[below(4)]);
    for (std::size_t i = below(12); i > 0; --i) out += letters[below(letters.size())];
    return out;
  }

  std::string text(bool with_controls) {
    static const std::vector<std::string> plain = {
        "a",      "Zz",     " ",      "\"",       "\"\"\"", "'",    "'''",  "\\",
        "\\u00",  "#",      "= [x]",  "{ }",      "é",      "漢字", "😀",   "\u0085",
        "\u2028", "\uFEFF", "\uFFFF", "[[task]]", "/",      "\\\"", "null", "U0001F600"
    };
    static const std::vector<std::string> controls = {
        "\n", "\n\n", "\t", "\r\n", "\r", "\x01", "\x1B[0m", "\x7F", "\\\n", " \n"
    };
    std::string out;
    for (std::size_t i = below(8); i > 0; --i) {
      out += with_controls && one_in(3) ? controls[below(controls.size())]
                                        : plain[below(plain.size())];
    }
    return out;
  }

  std::string json_text(std::size_t depth) {
    static const std::vector<std::string> leaves = {
        "0",
        "-7",
        "8000",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551615",
        "0.5",
        "-2.25e10",
        "1e300",
        "true",
        "false",
        "null"
    };
    std::string out;
    const std::size_t kind = below(depth < 4 ? 4 : 2);
    if (kind == 0) return leaves[below(leaves.size())];
    if (kind == 1) {
      append_json_string(out, text(true));
      return out;
    }
    for (std::size_t i = below(5); i > 0; --i) {
      if (!out.empty()) out += ',';
      if (kind == 2) {
        append_json_string(out, fmt::format("{}{}", text(true), i));
        out += ':';
      }
      out += json_text(depth + 1);
    }
    return kind == 2 ? '{' + out + '}' : '[' + out + ']';
  }

  std::mt19937_64 random_;
};

TEST(PlanWriting, IsReadBackTheSameWhateverTheFieldsHold) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const Plan plan = RandomPlans(seed).plan();
    const std::string toml = write_plan_toml(plan);
    const Result<Plan> from_toml = read_plan(toml, "plan.toml");
    ASSERT_TRUE(from_toml.ok()) << "seed " << seed << ": " << from_toml.error().text() << toml;
    ASSERT_EQ(*from_toml, plan) << "seed " << seed << '\n' << toml;
    ASSERT_EQ(write_plan_toml(*from_toml), toml) << "seed " << seed;
    const std::string json = write_plan_json(plan);
    const Result<Plan> from_json = read_plan(json, "plan.json");
    ASSERT_TRUE(from_json.ok()) << "seed " << seed << ": " << from_json.error().text() << json;
    ASSERT_EQ(*from_json, plan) << "seed " << seed << '\n' << json;
  }
}

TEST(PlanWriting, WritesTomlAsAPersonWould) {
  Plan plan;
  plan.card.name = "restore";
  plan.settings.emplace().backoff_ms = 2000;
  plan.workers.emplace_back().name = "w1";
  TaskSpec& task = plan.tasks.emplace_back();
  task.id = "restore-8000";
  task.needs = {{"a", Until::done}, {"b", Until::accepted}};
  task.labels = {std::string(60, 'x'), std::string(60, 'y')};
  task.estimate_ms = 5'400'000;
  task.deadline_ms = *parse_time("2026-11-22T18:00:00Z");
  task.run = "cd \"$HOME\"\n\tmake\n";
  task.data.text = R"({"port":8000,"a b":[]})";
  plan.tasks.emplace_back().id = "b";
  EXPECT_EQ(
      write_plan_toml(plan),
      R"([pool]
name = "restore"

[settings]
backoff = "2s"

[[worker]]
name = "w1"

[[task]]
id = "restore-8000"
needs = ["a", { task = "b", until = "accepted" }]
estimate = "1h30m"
deadline = 2026-11-22T18:00:00Z
run = """
cd "$HOME"
	make
"""
labels = [
  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
  "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
]
data = { port = 8000, "a b" = [] }

[[task]]
id = "b"
)"
  );
}

TEST(PlanWriting, WritesJsonAFieldALine) {
  Plan plan;
  TaskSpec& task = plan.tasks.emplace_back();
  task.id = "a";
  task.needs = {{"b", Until::done}};
  task.data.text = R"({"x":[],"y":"{"})";
  EXPECT_EQ(write_plan_json(plan), R"({
  "pool": {},
  "workers": [],
  "tasks": [
    {
      "id": "a",
      "needs": [
        "b"
      ],
      "data": {
        "x": [],
        "y": "{"
      }
    }
  ]
}
)");
}

TEST(PlanWriting, WritesAnEmptyPlanThatCanBeRead) {
  EXPECT_EQ(*read_plan(write_plan_toml({}), "p.toml"), Plan{});
  EXPECT_EQ(*read_plan(write_plan_json({}), "p.json"), Plan{});
}

// ---- documents ---------------------------------------------------------------------------------

std::filesystem::path docs_folder() {
  return EVENER_SOURCE "/docs";
}

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(PlanDocuments, HaveTheSchemaThatTheCodeGives) {
  const std::filesystem::path path = docs_folder() / "plan.schema.json";
  const std::string schema = to_pretty_text(plan_schema()) + "\n";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << schema;
  EXPECT_TRUE(file_text(path) == schema)
      << path << " is not what the code gives; UPDATE_GOLDEN=1 rewrites it";
}

// The fenced blocks of one language, with the number of the line before each.
std::vector<std::pair<int, std::string>> blocks_of(
    const std::string& document, std::string_view language
) {
  std::vector<std::pair<int, std::string>> blocks;
  bool inside = false;
  int number = 0;
  std::istringstream lines(document);
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.starts_with("```")) {
      inside = line.substr(3) == language;
      if (inside) blocks.emplace_back(number, "");
    } else if (inside) {
      blocks.back().second += line + "\n";
    }
  }
  return blocks;
}

TEST(PlanDocuments, HaveOnlyExamplesThatCanBeRead) {
  const std::string document = file_text(docs_folder() / "plan-format.md");
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"toml", "plan.toml"}, {"json", "plan.json"}, {"jsonl", "pool.jsonl"}
  };
  for (const auto& [language, file] : kinds) {
    const auto blocks = blocks_of(document, language);
    EXPECT_GE(blocks.size(), 1U) << language;
    for (const auto& [line, text] : blocks) {
      const auto plan = read_plan(text, file);
      EXPECT_TRUE(plan.ok()) << "the block at line " << line << ": " << plan.error().text();
    }
  }
}

TEST(PlanDocuments, NameEveryField) {
  const std::string document = file_text(docs_folder() / "plan-format.md");
  const auto expect_field = [&](std::string_view name) {
    EXPECT_NE(document.find(fmt::format("| `{}`", name)), std::string::npos) << name;
  };
  const auto expect_all = [&](const auto&... described) { (expect_field(described.name), ...); };
  std::apply(expect_all, TaskSpec::fields());
  std::apply(expect_all, WorkerSpec::fields());
  std::apply(expect_all, PoolCard::fields());
  std::apply(expect_all, PoolSettings::fields());
  std::apply(expect_all, MeasureSpec::fields());
  std::apply(expect_all, ScheduleSpec::fields());
  std::apply(expect_all, Machine::fields());
}

}  // namespace
}  // namespace evener

#include "views/skills.h"

#include <fmt/format.h>

#include <algorithm>

namespace evener {
namespace {

SkillRow skill_row(const State& state, const Work& work, const Durations::Record& record) {
  const Durations& durations = state.durations;
  const Skill skill = skill_of(durations, work);
  constexpr Millis whole = 10'000;  // so that per cents are rounded well
  SkillRow row{
      .kind = durations.kind(work.kind).name,
      .done = record.tries.done,
      .failed = record.tries.failed,
      .reworked = record.tries.reworked,
      .success_ppm = skill.share
  };
  if (record.tries.done > 0) row.expected_ms = millis_of(skill.duration);
  if (work.kind != other_kind) {
    row.suits_percent = (millis_of(log_of(whole) + skill.fit) + 50) / 100;
  }
  return row;
}

}  // namespace

SkillRows skill_rows(const State& state, const std::string& kind, std::size_t most) {
  const Durations& durations = state.durations;
  SkillRows out;
  durations.for_each_record(
      [&](KindIndex index, WorkerIndex worker, ModelIndex model, const Durations::Record& record) {
        const bool is_asked = kind.empty() || durations.kind(index).name == kind;
        if (!is_asked || record.tries.all() == 0) return;
        Work work{.kind = index, .worker = worker, .model = model};
        if (worker == no_worker) {
          out.rows.push_back(skill_row(state, work, record));
          out.rows.back().model = durations.model(model);
          return;
        }
        const Worker& who = state.worker(worker);
        work.model = durations.find_model(state.capabilities(who.capabilities));
        out.rows.push_back(skill_row(state, work, record));
        out.rows.back().worker = who.spec.name;
      }
  );
  const auto place = [](const SkillRow& row) {
    return std::tuple(
        std::string_view(row.kind),
        -row.suits_percent,
        std::string_view(row.worker),
        std::string_view(row.model)
    );
  };
  std::sort(out.rows.begin(), out.rows.end(), [&](const SkillRow& a, const SkillRow& b) {
    return place(a) < place(b);
  });
  out.total = static_cast<std::int64_t>(out.rows.size());
  if (out.rows.size() > most) out.rows.resize(most);
  return out;
}

std::string tries_words(const SkillRow& row) {
  std::string out = fmt::format("{} of {} done", row.done, row.done + row.failed);
  if (row.reworked > 0) out += fmt::format(", {} rework", row.reworked);
  if (row.expected_ms) out += ", " + format_duration(*row.expected_ms);
  return out;
}

std::string skill_words(const State& state, TaskIndex index, const Worker& worker) {
  const KindIndex kind = state.task(index).kind;
  const WorkerIndex known = state.find_worker(worker.spec.name);
  if (known == no_worker || kind == no_kind || kind == other_kind) return {};
  const Durations::Record* const record = state.durations.find(kind, known);
  if (record == nullptr || record->tries.all() == 0) return {};
  const SkillRow row = skill_row(state, work_of(state, index, known), *record);
  return fmt::format("{}: {}", row.kind, tries_words(row));
}

}  // namespace evener

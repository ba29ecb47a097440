#include "views/marks.h"

namespace evener {

MarkRow row_of(const Fact& fact, const Marked& mark) {
  return {
      .chapter = mark.chapter,
      .text = mark.text,
      .by = mark.worker.empty() ? fact.by : mark.worker,
      .at = fact.at,
      .seq = fact.seq
  };
}

Result<MarkListView> marks_view(const State& state, std::int64_t limit, const FactSource& facts) {
  MarkListView view{.total = state.records.chapters};
  Seq next = state.records.last_mark;
  while (next.value > 0 && (limit <= 0 || std::ssize(view.marks) < limit)) {
    const Seq asked = next;
    TRY(facts(asked, asked, [&](const Fact& fact) {
      const auto* mark = std::get_if<Marked>(&fact.body);
      CHECK(mark != nullptr, "the marks lead to another fact");
      view.marks.push_back(row_of(fact, *mark));
      next = mark->before;
      return false;
    }));
    CHECK(next < asked, "a mark names a later one as the one before it");
  }
  return view;
}

}  // namespace evener

// Appends to a journal on the disk, each flushed before the next. Where the scratch file lies
// counts for much: TMPDIR names the folder, else /var/tmp.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "base/check.h"
#include "journal/sqlite.h"

namespace evener {
namespace {

class ScratchFolder {
 public:
  ScratchFolder() {
    const char* const above = std::getenv("TMPDIR");
    path_ = fmt::format("{}/evener-bench-XXXXXX", above == nullptr ? "/var/tmp" : above);
    CHECK(::mkdtemp(path_.data()) != nullptr, "no scratch folder");
  }

  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  ~ScratchFolder() { std::filesystem::remove_all(path_); }

  std::string file() const { return path_ + "/journal.db"; }

 private:
  std::string path_;
};

// As large as the fact of a claim.
std::string record(std::int64_t seq) {
  return fmt::format(
      R"({{"seq":{},"at":1763726430000,"by":"walnut-1","type":"task_claimed","v":1,"prev":{},)"
      R"("task":"restore-{}","worker":"walnut-1","fence":{},"attempt":1,"lease_ms":1800000,)"
      R"("expires":1763728230000}})",
      seq,
      seq - 1,
      seq % 10'000,
      seq
  );
}

void append_flushed(benchmark::State& state) {
  const std::int64_t records = state.range(0);
  const ScratchFolder folder;
  auto journal = SqliteJournal::open(folder.file(), {.create = true}).value();
  Batch batch{.epoch = 1};
  for (auto _ : state) {
    state.PauseTiming();
    batch.first = journal->end().last.next();
    batch.last = Seq{batch.first.value + records - 1};
    batch.id = fmt::format("1-{}", batch.first.value);
    batch.bytes = R"({"wall":1763726430000,"log":1763726430000,"facts":[)";
    for (Seq seq = batch.first; seq <= batch.last; seq = seq.next()) {
      if (seq != batch.first) batch.bytes += ",\n";
      batch.bytes += record(seq.value);
    }
    batch.bytes += "]}";
    state.ResumeTiming();
    CHECK(journal->append(batch) == Append::durable, journal->last_error().text());
  }
  state.SetItemsProcessed(state.iterations() * records);
  state.SetLabel("items are records");
}

BENCHMARK(append_flushed)
    ->Name("journal/append_flushed/records")
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace evener

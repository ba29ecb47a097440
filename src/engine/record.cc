#include "engine/record.h"

#include "base/json_document.h"

namespace evener {
namespace {

constexpr std::string_view separator = ",\n";

}  // namespace

void OpenBatch::add(const Fact& fact) {
  if (ends_.empty()) {
    first_ = fact.seq;
  } else {
    text_ += separator;
  }
  append_fact(text_, fact);
  ends_.push_back(static_cast<std::uint32_t>(text_.size()));
}

OpenBatch OpenBatch::split_off(std::size_t from) {
  CHECK(from > 0 && from < ends_.size(), "a batch split where it has no middle");
  OpenBatch rest;
  const std::uint32_t kept = ends_[from - 1];
  const auto start = static_cast<std::uint32_t>(kept + separator.size());
  rest.first_ = Seq{first_.value + static_cast<std::int64_t>(from)};
  rest.text_ = text_.substr(start);
  for (std::size_t i = from; i < ends_.size(); ++i) rest.ends_.push_back(ends_[i] - start);
  text_.resize(kept);
  ends_.resize(from);
  return rest;
}

std::vector<std::string_view> OpenBatch::facts() const {
  std::vector<std::string_view> out;
  out.reserve(ends_.size());
  std::size_t from = 0;
  for (const std::uint32_t end : ends_) {
    out.push_back(std::string_view(text_).substr(from, end - from));
    from = end + separator.size();
  }
  return out;
}

std::string OpenBatch::sealed(const Stamp& stamp) const {
  std::string out;
  out.reserve(text_.size() + 256);
  append_object(out, stamp);
  out.back() = ',';  // in place of the closing brace
  out += "\"facts\":[";
  out += text_;
  out += "]}";
  return out;
}

Result<ReadBatch> read_batch(const StoredBatch& stored) {
  const auto damaged = [&](const std::string& what) {
    return Error{
        "journal_damaged", fmt::format("the batch at fact {}: {}", stored.first.value, what)
    };
  };
  JsonDocument document;
  const Status parsed = document.parse(stored.bytes);
  if (!parsed.ok()) return damaged(parsed.error().message);
  const Json& json = document.root();
  ReadBatch batch;
  const Status stamped = read_object(json, batch.stamp, Path{}, {"facts"});
  if (!stamped.ok()) return damaged(stamped.error().message);
  const Json* facts = json.get_object().if_contains("facts");
  if (facts == nullptr || !facts->is_array()) return damaged("it has no facts");
  Seq expected = stored.first;
  batch.facts.reserve(facts->get_array().size());
  for (const Json& item : facts->get_array()) {
    Fact& fact = batch.facts.emplace_back(TRY(read_fact(item)));
    if (fact.seq != expected) {
      return damaged(fmt::format("fact {} stands where {} should", fact.seq.value, expected.value));
    }
    expected = expected.next();
  }
  if (expected != stored.last.next()) return damaged("its facts do not reach its end");
  return batch;
}

Status read_facts(Journal& journal, Seq from, Seq to, const FactVisitor& visit) {
  Status inner = Done{};
  const Status outer = journal.read(from, to, [&](const StoredBatch& stored) {
    const Result<ReadBatch> batch = read_batch(stored);
    if (!batch.ok()) {
      inner = batch.error();
      return false;
    }
    for (const Fact& fact : batch->facts) {
      if (fact.seq < from) continue;
      if (fact.seq > to || !visit(fact)) return false;
    }
    return true;
  });
  return outer.ok() ? inner : outer;
}

}  // namespace evener

#include "history/random_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace evener::history {
namespace {

constexpr std::int64_t at_once = 6;  // tasks that everybody is busy with
constexpr std::size_t grants_kept = 8;
constexpr std::int64_t far_fence = 1'000'000'000'000;
constexpr Millis long_lease_ms = 1'800'000;
constexpr std::uint64_t shortest_ms = 150;
constexpr std::uint64_t short_span_ms = 1200;

struct Share {
  Kind kind;
  std::uint64_t of_100;
};

constexpr std::array shares{
    Share{Kind::claim, 32},
    Share{Kind::renew, 18},
    Share{Kind::finish, 12},
    Share{Kind::release, 10},
    Share{Kind::cancel, 5},
    Share{Kind::reopen, 9},
    Share{Kind::read, 14}
};

Kind kind_at(std::uint64_t point) {
  for (const Share& share : shares) {
    if (point < share.of_100) return share.kind;
    point -= share.of_100;
  }
  return Kind::read;
}

}  // namespace

std::string task_name(std::int64_t number) {
  return fmt::format("t{}", number);
}

std::string worker_name(std::int64_t client, std::int64_t task) {
  return fmt::format("c{}-{}", client, task / tasks_a_worker);
}

std::optional<Operation> RandomWork::next() {
  const std::int64_t base = turns_.fetch_add(1) / mix_.turns_a_task;
  if (base + at_once > mix_.tasks) return std::nullopt;
  const Kind kind = kind_at(numbers_.below(100));
  if (kind == Kind::claim) return claim(base);
  if (kind == Kind::renew || kind == Kind::finish || kind == Kind::release) {
    return by_holder(kind, base);
  }
  const auto task = base + static_cast<std::int64_t>(numbers_.below(at_once));
  return Operation{.client = client_, .kind = kind, .task = task_name(task)};
}

Operation RandomWork::claim(std::int64_t base) {
  Operation operation{.client = client_, .kind = Kind::claim};
  operation.worker = worker_name(client_, base);
  operation.lease_ms = long_lease_ms;
  if (mix_.has_short_leases && numbers_.below(3) == 0) {
    operation.lease_ms = static_cast<Millis>(shortest_ms + numbers_.below(short_span_ms));
  }
  if (mix_.has_open_claims && numbers_.below(8) == 0) return operation;
  operation.task = task_name(base + static_cast<std::int64_t>(numbers_.below(at_once)));
  return operation;
}

Operation RandomWork::by_holder(Kind kind, std::int64_t base) {
  Operation operation{.client = client_, .kind = kind};
  if (grants_.empty() || numbers_.below(20) == 0) {
    // Somebody who was never granted anything there, with a fence that nobody has yet.
    operation.task = task_name(base + static_cast<std::int64_t>(numbers_.below(at_once)));
    operation.worker = worker_name(client_, base);
    operation.fence = far_fence;
    return operation;
  }
  // The newer a grant, the likelier.
  const std::size_t behind =
      std::min(numbers_.below(grants_.size()), numbers_.below(grants_.size()));
  const Grant& grant = grants_[grants_.size() - 1 - behind];
  operation.task = grant.task;
  operation.worker =
      numbers_.below(20) == 0 ? worker_name(client_ == 0 ? 1 : 0, base) : grant.worker;
  operation.fence = grant.fence;
  return operation;
}

void RandomWork::learn(const Operation& operation) {
  if (operation.kind != Kind::claim || operation.ending != Ending::done) return;
  grants_.push_back({operation.task, operation.worker, operation.fence});
  if (grants_.size() > grants_kept) grants_.erase(grants_.begin());
}

}  // namespace evener::history

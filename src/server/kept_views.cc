#include "server/kept_views.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace evener {
namespace {

using namespace std::chrono_literals;

constexpr int time_share = 60;  // of a thread's time that one view may take: a sixtieth
constexpr KeptViews::Steady::duration least_age = 20ms;
constexpr KeptViews::Steady::duration most_age = 2min;

}  // namespace

const View* KeptViews::find(const std::string& name, Seq least, Steady::time_point now) {
  const auto found = kept_.find(name);
  if (found == kept_.end()) return nullptr;
  const Kept& kept = found->second;
  const bool is_young =
      now - kept.made <= std::clamp(kept.view.cost * time_share, least_age, most_age);
  return is_young && kept.view.seq >= least ? &kept.view : nullptr;
}

bool KeptViews::join(const std::string& name, Seq least, Answered answered, Again again) {
  const auto found = under_way_.find(name);
  if (found == under_way_.end()) return false;
  if (found->second.seq >= least) {
    found->second.others.push_back(std::move(answered));
  } else {
    found->second.later.push_back(std::move(again));
  }
  return true;
}

void KeptViews::finish(const std::string& name, const Result<View>& view, Steady::time_point now) {
  const auto over = under_way_.extract(name);
  CHECK(!over.empty(), "a view was finished that was not begun");
  if (view.ok()) {
    Kept& kept = kept_[name];
    bytes_ -= kept.view.text.size();
    kept = {.view = *view, .made = now};
    bytes_ += kept.view.text.size();
    make_room();
  }
  for (const Answered& answered : over.mapped().others) answered(view);
  for (const Again& again : over.mapped().later) again();
}

void KeptViews::make_room() {
  while (kept_.size() > 1 && (kept_.size() > most_views || bytes_ > most_bytes)) {
    const auto oldest_made =
        std::ranges::min_element(kept_, {}, [](const auto& entry) { return entry.second.made; });
    bytes_ -= oldest_made->second.view.text.size();
    kept_.erase(oldest_made);
  }
}

}  // namespace evener

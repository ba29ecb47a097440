#include "formats/task_master_order.h"

#include <algorithm>

namespace evener {
namespace {

bool is_number(std::string_view text) {
  constexpr std::size_t longest = 15;  // a double holds it exactly
  return !text.empty() && text.size() <= longest && (text.front() != '0' || text.size() == 1) &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool part_before(std::string_view a, std::string_view b) {
  if (is_number(a) != is_number(b)) return is_number(a);
  if (is_number(a) && a.size() != b.size()) return a.size() < b.size();
  return a < b;
}

}  // namespace

bool comes_before(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const std::string_view part_a = a.substr(0, a.find('.'));
    const std::string_view part_b = b.substr(0, b.find('.'));
    if (part_a != part_b) return part_before(part_a, part_b);
    a.remove_prefix(std::min(part_a.size() + 1, a.size()));
    b.remove_prefix(std::min(part_b.size() + 1, b.size()));
  }
  return a.empty() && !b.empty();
}

std::vector<std::string> usual_order(std::vector<std::string> addresses) {
  std::stable_sort(addresses.begin(), addresses.end(), comes_before);
  return addresses;
}

std::vector<std::string> usual_tag_order(std::vector<std::string> tags) {
  std::sort(tags.begin(), tags.end(), [](const std::string& a, const std::string& b) {
    if ((a == "master") != (b == "master")) return a == "master";
    return a < b;
  });
  return tags;
}

std::string local_of(const std::string& address, const std::string& parent) {
  const bool is_below = !parent.empty() && address.starts_with(parent + ".");
  return is_below ? address.substr(parent.size() + 1) : address;
}

Json usual_id(const std::string& local) {
  if (is_number(local)) return Json(static_cast<std::int64_t>(std::stoll(local)));
  return Json(local);
}

std::size_t holder_of(const std::vector<TaskSpec>& tasks, std::size_t first) {
  std::size_t holder = first;
  for (std::size_t i = first; i < tasks.size(); ++i) {
    if (!tasks[i].parent.empty()) continue;
    if (!tasks[holder].parent.empty() || comes_before(tasks[i].id, tasks[holder].id)) holder = i;
  }
  return holder;
}

}  // namespace evener

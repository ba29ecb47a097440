#include "core/lock_wish.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace evener {
namespace {

constexpr std::string_view shared_prefix = "shared:";
constexpr std::int64_t most_units = 1'000'000;

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_resource_name(std::string_view text) {
  const Bounds bounds{.max_bytes = limits::line_bytes, .form = TextForm::id};
  return !text.empty() && check_text(text, bounds, Path{}).ok();
}

// Digits alone, from 1 to a million.
std::optional<std::int64_t> units_of(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || rest != end || value < 1 || value > most_units) return std::nullopt;
  return value;
}

// "gpu=2" as gpu and 2.
Result<std::pair<std::string, std::int64_t>> read_resource(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  if (equals != std::string_view::npos && is_resource_name(text.substr(0, equals))) {
    const auto capacity = units_of(text.substr(equals + 1));
    if (capacity) return std::pair{std::string(text.substr(0, equals)), *capacity};
  }
  return Error{
      "bad_value", fmt::format("'{}' is no resource; expected name=capacity, e.g. gpu=2", text)
  };
}

Status at(const Path& path, Error error) {
  error.where = path.text();
  return error;
}

}  // namespace

std::string LockWish::text() const {
  std::string out(is_shared ? shared_prefix : "");
  out += name;
  if (units > 1) out += fmt::format("*{}", units);
  return out;
}

Result<LockWish> read_path_wish(std::string_view text) {
  LockWish wish;
  wish.is_shared = take_prefix(text, shared_prefix);
  wish.glob = TRY(PathGlob::parse(text));
  wish.name = wish.glob->text();
  return wish;
}

Result<LockWish> read_lock_wish(std::string_view text) {
  LockWish wish;
  std::string_view name = text;
  wish.is_shared = take_prefix(name, shared_prefix);
  const std::size_t star = name.rfind('*');
  std::optional<std::int64_t> units = 1;
  if (star != std::string_view::npos) {
    units = units_of(name.substr(star + 1));
    name = name.substr(0, star);
  }
  if (!units || !is_resource_name(name) || (wish.is_shared && star != std::string_view::npos)) {
    return Error{
        "bad_value",
        fmt::format(
            "'{}' is no lock; expected a name, shared:NAME or NAME*UNITS, e.g. port:5432", text
        )
    };
  }
  wish.units = *units;
  wish.name = name;
  return wish;
}

std::vector<LockWish> readable_wishes(const LockWishes& wishes) {
  std::vector<LockWish> out;
  const auto add = [&](Result<LockWish> wish) {
    if (!wish.ok()) return;
    const auto same = std::find_if(out.begin(), out.end(), [&](const LockWish& other) {
      return other.glob.has_value() == wish->glob.has_value() && other.name == wish->name;
    });
    if (same == out.end()) {
      out.push_back(std::move(*wish));
    } else {
      same->is_shared = same->is_shared && wish->is_shared;
      same->units = std::max(same->units, wish->units);
    }
  };
  for (const std::string& text : wishes.paths) add(read_path_wish(text));
  for (const std::string& text : wishes.locks) add(read_lock_wish(text));
  return out;
}

Status check_wishes(const TaskSpec& task, const Capacities& capacities, const Path& path) {
  const Path paths{&path, "paths", -1};
  std::optional<bool> is_absolute;
  for (std::size_t i = 0; i < task.paths.size(); ++i) {
    const Path here{&paths, {}, static_cast<std::int64_t>(i)};
    const Result<LockWish> wish = read_path_wish(task.paths[i]);
    if (!wish.ok()) return at(here, wish.error());
    if (is_absolute.value_or(wish->glob->is_absolute()) != wish->glob->is_absolute()) {
      return at(
          here,
          {"bad_value",
           fmt::format("'{}': absolute and relative paths; expected one sort", task.paths[i])}
      );
    }
    is_absolute = wish->glob->is_absolute();
  }
  const Path locks{&path, "locks", -1};
  for (std::size_t i = 0; i < task.locks.size(); ++i) {
    const Path here{&locks, {}, static_cast<std::int64_t>(i)};
    const Result<LockWish> wish = read_lock_wish(task.locks[i]);
    if (!wish.ok()) return at(here, wish.error());
    const std::int64_t capacity = capacity_of(capacities, wish->name);
    if (wish->units <= capacity) continue;
    return at(
        here,
        {"bad_value",
         fmt::format(
             "'{}' wants {} of {}; expected at most {}, which the pool's resources say",
             task.locks[i],
             wish->units,
             wish->name,
             capacity
         )}
    );
  }
  return Done{};
}

Capacities capacities_of(const PoolSettings& settings) {
  Capacities capacities;
  for (const std::string& text : settings.resources) {
    if (auto resource = read_resource(text); resource.ok()) {
      capacities.insert_or_assign(std::move(resource->first), resource->second);
    }
  }
  return capacities;
}

Status check_resources(const PoolSettings& settings, const Path& path) {
  const Path resources{&path, "resources", -1};
  for (std::size_t i = 0; i < settings.resources.size(); ++i) {
    const auto resource = read_resource(settings.resources[i]);
    if (resource.ok()) continue;
    return at(Path{&resources, {}, static_cast<std::int64_t>(i)}, resource.error());
  }
  return Done{};
}

std::int64_t capacity_of(const Capacities& capacities, std::string_view resource) {
  const auto found = capacities.find(resource);
  return found == capacities.end() ? 1 : found->second;
}

}  // namespace evener

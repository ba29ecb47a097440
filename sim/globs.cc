#include "globs.h"

#include <algorithm>
#include <array>
#include <map>

namespace evener::sim {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view shared_prefix = "shared:";

constexpr std::array relative{
    "src/**"sv,      "src/"sv,        "src"sv,         "src/*"sv,
    "src/*.cc"sv,    "src/?.cc"sv,    "src/a.cc"sv,    "src/[a-c].cc"sv,
    "src/x.cc"sv,    "src/[!a].cc"sv, "src/core/**"sv, "src/core/a.cc"sv,
    "./src//x.cc"sv, "**/a.cc"sv,     "src/**/x.cc"sv, "**/core/*.cc"sv,
    "*/core"sv,      "*/*.md"sv,      "docs/**"sv,     "docs/d.md"sv,
    "docs/*.md"sv,   "**"sv,
};
constexpr std::array absolute{"/src/**"sv, "/src/a.cc"sv, "/docs/*.md"sv, "/**/x.cc"sv};
constexpr std::array unreadable{"../up"sv, "src/../docs"sv, "src\\core"sv, "src/[a"sv, ""sv};

// Paths to try. If two of the globs above meet at all, they meet at one of these:
// - Names. Of each two of their parts that have a common name, one of these is one. A part without
//   a wildcard stands here itself. `*.cc`, `?.cc`, `[a-c].cc`, `[!a].cc` and `*` all match b.cc; of
//   them only `*` has a name in common with `*.md`, for instance d.md.
// - Length. In a common path of the least length each name is matched by a part that is no `**`, of
//   one glob or the other: one that only `**` match could be left out. Globs with `**` have at most
//   two other parts, so that two of these meet in four names; the others have at most three parts,
//   and match no path with more names than that.
// So a common path becomes one of these when each of its names is replaced by one that the same
// two parts match.
constexpr std::array names{"src"sv, "core"sv, "docs"sv, "a.cc"sv, "b.cc"sv, "x.cc"sv, "d.md"sv};
constexpr int most_names = 4;

const std::vector<std::string>& sample_paths() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> paths;
    std::vector<std::string> longest{""};
    for (int length = 1; length <= most_names; ++length) {
      std::vector<std::string> longer;
      for (const std::string& path : longest) {
        for (const std::string_view name : names) {
          longer.push_back(path + (path.empty() ? "" : "/") + std::string(name));
        }
      }
      for (const std::string& path : longer) {
        paths.push_back(path);
        paths.push_back("/" + path);
      }
      longest = std::move(longer);
    }
    return paths;
  }();
  return all;
}

using Parts = std::span<const std::string_view>;

// What stands between slashes; "." says nothing, and a slash at the end means all below.
std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  const bool means_all_below = text.ends_with('/');
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('/'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (!part.empty() && part != ".") parts.push_back(part);
  }
  if (means_all_below) parts.push_back("**");
  return parts;
}

// Of what stands between brackets.
bool has_character(std::string_view set, char wanted) {
  if (set.starts_with('!')) return !has_character(set.substr(1), wanted);
  for (; !set.empty(); set.remove_prefix(1)) {
    const bool is_range = set.size() >= 3 && set[1] == '-';
    if (set[0] <= wanted && wanted <= set[is_range ? 2 : 0]) return true;
    if (is_range) set.remove_prefix(2);
  }
  return false;
}

bool covers_name(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  const std::string_view rest = pattern.substr(1);
  if (pattern[0] == '*') {
    return covers_name(rest, name) || (!name.empty() && covers_name(pattern, name.substr(1)));
  }
  if (name.empty()) return false;
  if (pattern[0] == '[') {
    const std::size_t end = rest.find(']', 1);
    return has_character(rest.substr(0, end), name[0]) &&
           covers_name(rest.substr(end + 1), name.substr(1));
  }
  return (pattern[0] == '?' || pattern[0] == name[0]) && covers_name(rest, name.substr(1));
}

bool covers_parts(Parts glob, Parts path) {
  if (glob.empty()) return path.empty();
  if (glob[0] == "**") {
    return covers_parts(glob.subspan(1), path) ||
           (!path.empty() && covers_parts(glob, path.subspan(1)));
  }
  return !path.empty() && covers_name(glob[0], path[0]) &&
         covers_parts(glob.subspan(1), path.subspan(1));
}

// Which of the sample paths it covers: asked again and again.
const std::vector<bool>& covered_by(const std::string& glob) {
  static std::map<std::string, std::vector<bool>> known;
  const auto [found, is_new] = known.try_emplace(glob);
  if (is_new) {
    for (const std::string& path : sample_paths()) found->second.push_back(covers(glob, path));
  }
  return found->second;
}

}  // namespace

bool is_shared(const std::string& wish) {
  return wish.starts_with(shared_prefix);
}

std::span<const std::string_view> relative_globs() {
  return relative;
}

std::span<const std::string_view> absolute_globs() {
  return absolute;
}

std::span<const std::string_view> unreadable_globs() {
  return unreadable;
}

std::string glob_of(const std::string& wish) {
  return is_shared(wish) ? wish.substr(shared_prefix.size()) : wish;
}

bool may_be_paths(const std::vector<std::string>& wishes) {
  const auto is_absolute = [](const std::string& wish) { return glob_of(wish).starts_with('/'); };
  return std::ranges::all_of(wishes, [&](const std::string& wish) {
    return std::ranges::find(unreadable, glob_of(wish)) == unreadable.end() &&
           is_absolute(wish) == is_absolute(wishes.front());
  });
}

bool covers(std::string_view glob, std::string_view path) {
  if (glob.starts_with('/') != path.starts_with('/')) return false;
  return covers_parts(parts_of(glob), parts_of(path));
}

bool meet(const std::string& a, const std::string& b) {
  const std::vector<bool>& of_a = covered_by(a);
  const std::vector<bool>& of_b = covered_by(b);
  for (std::size_t i = 0; i < of_a.size(); ++i) {
    if (of_a[i] && of_b[i]) return true;
  }
  return false;
}

}  // namespace evener::sim

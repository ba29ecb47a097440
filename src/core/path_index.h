// Many globs, and which of them may overlap a given one: a tree of folders in which each glob
// stands where its first wildcard comes. Looking one up walks its own folders, and what is below.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/path_glob.h"

namespace evener {

class PathIndex {
 public:
  void insert(const PathGlob& glob, std::uint32_t number);
  void erase(const PathGlob& glob, std::uint32_t number);

  // Visits the number of every glob that overlaps this one, and of some that do not.
  template <typename Visit>
  void for_each_candidate(const PathGlob& glob, const Visit& visit) const {
    const Folder* at = &root(glob);
    for (std::size_t depth = 0; depth < glob.plain_parts(); ++depth) {
      for (const std::uint32_t number : at->wild) visit(number);
      const auto below = at->below.find(glob.parts()[depth].text);
      if (below == at->below.end()) return;
      at = below->second.get();
    }
    if (glob.is_plain()) {
      for (const std::uint32_t number : at->wild) visit(number);
      for (const std::uint32_t number : at->plain) visit(number);
    } else {
      visit_all(*at, visit);
    }
  }

 private:
  struct Folder {
    std::map<std::string, std::unique_ptr<Folder>, std::less<>> below;
    std::vector<std::uint32_t> wild;   // a wildcard follows
    std::vector<std::uint32_t> plain;  // nothing follows
  };

  template <typename Visit>
  static void visit_all(const Folder& top, const Visit& visit) {
    std::vector<const Folder*> left{&top};
    while (!left.empty()) {
      const Folder* const folder = left.back();
      left.pop_back();
      for (const std::uint32_t number : folder->wild) visit(number);
      for (const std::uint32_t number : folder->plain) visit(number);
      for (const auto& [name, below] : folder->below) left.push_back(below.get());
    }
  }

  const Folder& root(const PathGlob& glob) const {
    return glob.is_absolute() ? absolute_ : relative_;
  }

  Folder relative_;
  Folder absolute_;
};

}  // namespace evener

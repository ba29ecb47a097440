#include "core/path_index.h"

#include <algorithm>

namespace evener {

void PathIndex::insert(const PathGlob& glob, std::uint32_t number) {
  Folder* at = glob.is_absolute() ? &absolute_ : &relative_;
  for (std::size_t depth = 0; depth < glob.plain_parts(); ++depth) {
    std::unique_ptr<Folder>& below = at->below[glob.parts()[depth].text];
    if (below == nullptr) below = std::make_unique<Folder>();
    at = below.get();
  }
  (glob.is_plain() ? at->plain : at->wild).push_back(number);
}

// Folders in which nothing is left go too.
void PathIndex::erase(const PathGlob& glob, std::uint32_t number) {
  std::vector<Folder*> line{glob.is_absolute() ? &absolute_ : &relative_};
  for (std::size_t depth = 0; depth < glob.plain_parts(); ++depth) {
    line.push_back(line.back()->below.at(glob.parts()[depth].text).get());
  }
  std::vector<std::uint32_t>& numbers = glob.is_plain() ? line.back()->plain : line.back()->wild;
  const auto found = std::find(numbers.begin(), numbers.end(), number);
  CHECK(found != numbers.end(), "a glob was not where its folders lead");
  *found = numbers.back();
  numbers.pop_back();
  for (std::size_t depth = glob.plain_parts(); depth > 0; --depth) {
    const Folder& folder = *line[depth];
    if (!folder.below.empty() || !folder.wild.empty() || !folder.plain.empty()) return;
    line[depth - 1]->below.erase(glob.parts()[depth - 1].text);
  }
}

}  // namespace evener

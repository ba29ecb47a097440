#include "cli/status_branch.h"

#include <fmt/format.h>

#include <charconv>

#include "base/file.h"

namespace evener {
namespace {

constexpr Millis pause_ms = 60'000;

// Folder, branch, then the files' names. The whole tree of the branch is these files.
constexpr const char* script = R"sh(
set -eu
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE GIT_PREFIX
cd "$1"; branch=$2; shift 2
export GIT_AUTHOR_NAME=evener GIT_AUTHOR_EMAIL=evener@localhost
export GIT_COMMITTER_NAME=evener GIT_COMMITTER_EMAIL=evener@localhost
git check-ref-format --branch "$branch" >/dev/null
ref=refs/heads/$branch
at=$(git for-each-ref --format='%(worktreepath)' "$ref")
if [ "$(git symbolic-ref -q HEAD)" = "$ref" ]; then at=$PWD; fi
if [ -n "$at" ]; then echo "branch $branch is checked out in $at"; exit 3; fi
blobs=$(for name; do printf '%s/%s\n' "$PWD" "$name"; done |
  git hash-object -w --no-filters --stdin-paths)
tree=$(printf '%s\n' "$blobs" |
  { for name; do read -r blob; printf '100644 blob %s\t%s\n' "$blob" "$name"; done; } | git mktree)
old=$(git rev-parse -q --verify "$ref^{commit}" || true)
if [ -n "$old" ] && [ "$(git rev-parse "$old^{tree}")" = "$tree" ]; then exit 0; fi
new=$(git commit-tree "$tree" ${old:+-p "$old"} -m 'Status files')
git update-ref "$ref" "$new" "$old"
)sh";

}  // namespace

bool StatusBranch::is_due(Instant wall) const {
  const Result<std::string> text = read_file(pool_.branch_stamp());
  Instant last = 0;
  if (text.ok()) std::from_chars(text->data(), text->data() + text->size(), last);
  return wall - last >= pause_ms || wall < last;
}

Status StatusBranch::start(const std::vector<std::string>& names, Instant wall) {
  if (running_ != nullptr || names.empty()) return Done{};
  TRY(write_file_atomic(pool_.branch_stamp(), std::to_string(wall) + "\n", 0600, false));
  ProcessSpec spec{.argv = {"/bin/sh", "-c", script, "sh", folder_, branch_}};
  spec.argv.insert(spec.argv.end(), names.begin(), names.end());
  running_ = TRY(processes_.start(spec));
  return Done{};
}

std::optional<Status> StatusBranch::poll(Millis timeout) {
  if (running_ == nullptr) return std::nullopt;
  SystemClock clock;
  const Millis end = clock.read().monotonic + timeout;
  Millis left = timeout;
  while (running_->poll(left, -1) != Wake::exited) {
    left = end - clock.read().monotonic;
    if (left <= 0) return std::nullopt;
  }
  const std::unique_ptr<Process> over = std::exchange(running_, nullptr);
  if (over->exit() && over->exit()->succeeded()) return Status(Done{});
  const std::vector<std::string> lines = over->output().last_lines(3);
  return Status(Error{
      "git_failed",
      fmt::format("the files were not committed to {}: {}", branch_, fmt::join(lines, "; ")),
      folder_
  });
}

}  // namespace evener

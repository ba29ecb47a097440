#include "client/find_pool.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "base/time.h"
#include "engine/test_pool_folder.h"

namespace evener {
namespace {

std::string path_or_code(const Result<PoolFolder>& found) {
  return found.ok() ? found->path : found.error().code;
}

class FindPoolTest : public testing::Test {
 protected:
  // Makes the folder, and answers its whole path.
  std::string folder(const std::string& name) const {
    std::filesystem::create_directories(root_.path(name));
    return root_.path(name);
  }

  // A worktree as `git worktree add` leaves it; `common` is the repository's common directory.
  std::string worktree(const std::string& name, const std::string& common) const {
    const std::string own = folder(common + "/worktrees/" + name);
    EXPECT_TRUE(write_file_atomic(own + "/commondir", "../..\n", 0644).ok());
    const std::string tree = folder(name);
    EXPECT_TRUE(write_file_atomic(tree + "/.git", "gitdir: " + own + "\n", 0644).ok());
    return tree;
  }

  TestPoolFolder root_;
};

TEST_F(FindPoolTest, LooksUpward) {
  const std::string pool = folder("project/.evener");
  const std::string below = folder("project/deep/below");
  EXPECT_EQ(path_or_code(find_pool("", below)), pool);
  EXPECT_EQ(path_or_code(find_pool("", root_.path("project"))), pool);
  EXPECT_EQ(path_or_code(find_pool("", folder("beside"))), "pool_missing");
}

TEST_F(FindPoolTest, TakesAFolderThatIsNamedOrTheOneThatHoldsIt) {
  const std::string pool = folder("project/.evener");
  for (const char* const asked : {"project", "project/", "./project/.evener", "other/../project"}) {
    EXPECT_EQ(path_or_code(find_pool(asked, root_.path(""))), pool) << asked;
    EXPECT_EQ(path_or_code(place_for_pool(asked, root_.path(""))), pool) << asked;
  }
  EXPECT_EQ(path_or_code(find_pool(root_.path("project"), "/")), pool);
  EXPECT_EQ(path_or_code(place_for_pool(root_.path("project"), "/")), pool);
  EXPECT_EQ(path_or_code(find_pool("other", root_.path(""))), "pool_missing");
}

TEST_F(FindPoolTest, SharesThePoolOfTheMainWorktree) {
  const std::string linked = worktree("linked", "main/.git");
  const std::string pool = root_.path("main/.evener");
  EXPECT_EQ(path_or_code(place_for_pool("", linked)), pool);
  EXPECT_EQ(place_for_pool(folder("main/below")).path, pool);
  folder("main/.evener");
  EXPECT_EQ(path_or_code(find_pool("", folder("linked/below"))), pool);
}

TEST_F(FindPoolTest, KeepsThePoolsOfBareRepositoriesApart) {
  const std::string one = worktree("one", "src/a.git");
  const std::string other = worktree("other", "src/b.git");
  const std::string pool = root_.path("src/a.git/.evener");
  EXPECT_EQ(path_or_code(place_for_pool("", one)), pool);
  EXPECT_EQ(path_or_code(place_for_pool("", other)), root_.path("src/b.git/.evener"));
  folder("src/a.git/.evener");
  EXPECT_EQ(path_or_code(find_pool("", folder("one/below"))), pool);
  EXPECT_EQ(path_or_code(find_pool("", other)), "pool_missing");
}

TEST_F(FindPoolTest, KeepsThePoolsOfSubmodulesApart) {
  const std::string linked = worktree("linked", "super/.git/modules/sub");
  const std::string pool = root_.path("super/.git/modules/sub/.evener");
  EXPECT_EQ(path_or_code(place_for_pool("", linked)), pool);
  folder("super/.git/modules/sub/.evener");
  EXPECT_EQ(path_or_code(find_pool("", linked)), pool);
}

TEST_F(FindPoolTest, TakesAPoolOfAnotherNameIfItIsNamed) {
  const std::string backup = folder("backup");
  EXPECT_EQ(path_or_code(find_pool(backup, "")), "pool_missing");
  std::ofstream(backup + "/journal.db") << "x";
  EXPECT_EQ(path_or_code(find_pool(backup, "")), backup);
}

TEST_F(FindPoolTest, NeedsACurrentFolderOnlyForWhatIsRelativeToIt) {
  const std::string pool = folder("project/.evener");
  for (const char* const asked : {"", ".", "project"}) {
    EXPECT_EQ(path_or_code(find_pool(asked, "")), "folder_gone") << asked;
    EXPECT_EQ(path_or_code(place_for_pool(asked, "")), "folder_gone") << asked;
  }
  EXPECT_EQ(path_or_code(find_pool(root_.path("project"), "")), pool);
  EXPECT_EQ(path_or_code(place_for_pool(root_.path("project"), "")), pool);
}

}  // namespace
}  // namespace evener

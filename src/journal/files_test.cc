#include "journal/files.h"

#include <gtest/gtest.h>

#include "journal/test_journal.h"

namespace evener {
namespace {

TEST(MachineFiles, AFileWrittenAgainHoldsWhatItHeld) {
  const TestFolder folder;
  const std::string path = folder.path("log");
  std::string bytes(700'001, 'x');
  for (std::size_t i = 0; i < bytes.size(); i += 997) bytes[i] = static_cast<char>(i);
  put(path, bytes);
  ASSERT_TRUE(system_files().write_again(path).ok());
  EXPECT_EQ(bytes_of(path), bytes);
  EXPECT_EQ(system_files().write_again(folder.path("none")).error().code, "file_missing");
}

TEST(MachineFiles, AFileThatIsNotThereIsNoError) {
  const TestFolder folder;
  EXPECT_EQ(system_files().open(folder.path("none")).value(), nullptr);
  EXPECT_FALSE(system_files().size_of(folder.path("none")));
  EXPECT_TRUE(system_files().names_in(folder.path("none")).empty());
}

}  // namespace
}  // namespace evener

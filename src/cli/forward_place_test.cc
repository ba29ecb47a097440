#include "cli/forward_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace evener {
namespace {

class ForwardPlaceTest : public testing::Test {
 protected:
  static std::string new_folder() {
    std::string name = testing::TempDir() + "evener-forward-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    return name;
  }

  ~ForwardPlaceTest() override { std::filesystem::remove_all(root_); }

  ForwardPlace take(const std::string& name = "chat") const {
    return ForwardPlace::take(folder_, name).value();
  }

  static LogPlace at(std::int64_t seq) { return {Seq{seq}, {}, {}}; }

  std::string root_ = new_folder();
  std::string folder_ = root_ + "/forward";
};

TEST_F(ForwardPlaceTest, KnowsNoPositionAtFirst) {
  EXPECT_EQ(take().position().value(), std::nullopt);
  EXPECT_TRUE(forward_names(folder_).value().empty());
  EXPECT_TRUE(forward_names(root_ + "/none").value().empty());
}

TEST_F(ForwardPlaceTest, KeepsThePositionAloneClosedToOthers) {
  const LogPlace behind{Seq{120}, "3f2a", "9f86"};
  ASSERT_TRUE(take().move_to(behind, true).ok());
  EXPECT_EQ(take().position().value(), behind);
  EXPECT_EQ(
      read_file(folder_ + "/chat.json").value(),
      "{\"seq\":120,\"pool\":\"3f2a\",\"fact\":\"9f86\"}\n"
  );
  struct stat found{};
  ASSERT_EQ(::stat((folder_ + "/chat.json").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
}

TEST_F(ForwardPlaceTest, ReadsWhatOlderVersionsWrote) {
  const ForwardPlace place = take();
  ASSERT_TRUE(write_file_atomic(folder_ + "/chat.json", "{\"seq\":120}\n", 0600).ok());
  EXPECT_EQ(place.position().value(), at(120));
}

TEST_F(ForwardPlaceTest, IsHadByOneProcessAtATime) {
  {
    const ForwardPlace held = take();
    const Result<ForwardPlace> second = ForwardPlace::take(folder_, "chat");
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, "forward_busy");
    EXPECT_TRUE(ForwardPlace::take(folder_, "other").ok());
  }
  EXPECT_TRUE(ForwardPlace::take(folder_, "chat").ok());
}

TEST_F(ForwardPlaceTest, RefusesNamesThatLeadElsewhere) {
  for (const char* name : {"", "../x", "a/b", "a.b", "-x", "a b"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(ForwardPlace::take(folder_, name).error().code, "usage");
  }
  EXPECT_FALSE(check_forward_name(std::string(65, 'a')).ok());
}

TEST_F(ForwardPlaceTest, ListsNamesWithWhatWasSaidOfThem) {
  ASSERT_TRUE(take("b").move_to(at(7), true).ok());
  const ForwardPlace held = take("a");
  ASSERT_TRUE(held.move_to(at(3), false).ok());
  const ForwardCard card{
      .choice = {.types = {"task_claimed"}, .task = "web*"},
      .trouble = {.message = "500", .attempts = 2, .at = 17}
  };
  ASSERT_TRUE(held.describe(card).ok());
  const std::vector<ForwardName> names = forward_names(folder_).value();
  ASSERT_EQ(names.size(), 2U);
  EXPECT_EQ(names[0].name, "a");
  EXPECT_TRUE(names[0].is_running);
  EXPECT_EQ(names[0].position, Seq{3});
  EXPECT_EQ(names[0].card.choice, card.choice);
  EXPECT_EQ(names[0].card.trouble, card.trouble);
  EXPECT_EQ(names[1].name, "b");
  EXPECT_FALSE(names[1].is_running);
  EXPECT_EQ(names[1].card.trouble.message, "");
}

TEST_F(ForwardPlaceTest, ForgetsANameAltogether) {
  const ForwardPlace place = take();
  ASSERT_TRUE(place.move_to(at(3), true).ok());
  ASSERT_TRUE(place.describe({}).ok());
  ASSERT_TRUE(place.forget().ok());
  EXPECT_EQ(place.position().value(), std::nullopt);
  EXPECT_TRUE(forward_names(folder_).value().empty());
  EXPECT_TRUE(place.forget().ok());
}

TEST_F(ForwardPlaceTest, ListsANameWhoseFilesAreDamagedBesideTheOthers) {
  ASSERT_TRUE(take("good").move_to(at(3), true).ok());
  ASSERT_TRUE(take("bad").move_to(at(4), true).ok());
  ASSERT_TRUE(write_file_atomic(folder_ + "/bad.json", "{\"seq\":", 0600).ok());
  const Result<std::vector<ForwardName>> names = forward_names(folder_);
  ASSERT_TRUE(names.ok()) << names.error().text();
  ASSERT_EQ(names->size(), 2U);
  EXPECT_EQ(names->at(0).name, "bad");
  EXPECT_THAT(names->at(0).damage, testing::HasSubstr("bad.json"));
  EXPECT_EQ(names->at(1).position, Seq{3});
  EXPECT_EQ(names->at(1).damage, "");
}

TEST_F(ForwardPlaceTest, NamesAPositionThatCannotBeRead) {
  const ForwardPlace place = take();
  ASSERT_TRUE(write_file_atomic(folder_ + "/chat.json", "{}", 0600).ok());
  EXPECT_EQ(place.position().error().code, "missing_field");
}

}  // namespace
}  // namespace evener

#include "model/capability.h"

#include <gtest/gtest.h>

#include "base/seeded.h"

namespace evener {
namespace {

bool one_has(const std::string& offered, std::string_view wanted) {
  return has_capability(std::vector<std::string>{offered}, wanted);
}

TEST(Capability, IsHadByNameWhateverItsValue) {
  EXPECT_TRUE(one_has("gpu", "gpu"));
  EXPECT_TRUE(one_has("ram_gb=128", "ram_gb"));
  EXPECT_FALSE(one_has("ram_gb=128", "ram"));
  EXPECT_FALSE(one_has("gpu", "gpu=2"));
  EXPECT_FALSE(one_has("gpu", "gpu>=0"));
}

TEST(Capability, OfNumbersMayBeWantedAtLeastOrAtMost) {
  EXPECT_TRUE(one_has("ram_gb=128", "ram_gb>=64"));
  EXPECT_TRUE(one_has("ram_gb=64", "ram_gb>=64"));
  EXPECT_FALSE(one_has("ram_gb=63.999999", "ram_gb>=64"));
  EXPECT_TRUE(one_has("rank=2", "rank<=3"));
  EXPECT_FALSE(one_has("rank=4", "rank<=3"));
  EXPECT_TRUE(one_has("offset=-3", "offset<=-2.5"));
  EXPECT_TRUE(one_has("skill:rust=3", "skill:rust>=3"));
  EXPECT_FALSE(one_has("skill:rust=3", "skill:ru>=3"));
}

TEST(Capability, OfValuesMustBeTheSame) {
  EXPECT_TRUE(one_has("model=qwen2.5-coder", "model=qwen2.5-coder"));
  EXPECT_FALSE(one_has("model=qwen2.5-coder", "model=qwen2.5"));
  EXPECT_TRUE(one_has("ram_gb=64.0", "ram_gb=64"));
  EXPECT_FALSE(one_has("model=qwen", "model>=1"));
  EXPECT_TRUE(one_has("hardware=8 cores; RAM >= 64 GB", "hardware=8 cores; RAM >= 64 GB"));
}

TEST(Capability, MayBeOfferedWithSeveralValues) {
  const std::vector<std::string> offered{"model=a", "model=b", "ram_gb=16", "ram_gb=64"};
  EXPECT_TRUE(has_capability(offered, "model=b"));
  EXPECT_TRUE(has_capability(offered, "ram_gb>=32"));
  EXPECT_TRUE(has_capability(offered, "ram_gb<=32"));
  EXPECT_EQ(
      lacking_capabilities(
          offered, std::vector<std::string>{"model", "model=c", "ram_gb>=65", "ram_gb<=1"}
      ),
      (std::vector<std::string>{"model=c", "ram_gb>=65", "ram_gb<=1"})
  );
}

TEST(Capability, IsRefusedWithItsPlaceAndWhatWasExpected) {
  const Path path{nullptr, "requires", -1};
  for (const char* wrong :
       {"ram_gb>64",
        "ram_gb>=",
        "ram_gb>=lots",
        ">=4",
        "=4",
        "a==b",
        "a!=b",
        "ram_gb >= 64",
        "ram_gb>= 64",
        "a=>4",
        "a<b",
        "a=",
        "ram_gb>=1.1234567"}) {
    const Status status = check_wanted({"gpu", wrong}, path);
    ASSERT_FALSE(status.ok()) << wrong;
    EXPECT_EQ(status.error().code, "bad_capability");
    EXPECT_EQ(status.error().where, "requires[1]");
  }
  EXPECT_TRUE(check_wanted({"gpu", "gpu:RTX 4090", "a=b=c", "a>=-1.5", "b<=0", "c++"}, path).ok());
  EXPECT_TRUE(check_wanted({"", "\"a<b\"", "what a { > b"}, path).ok());
  const Status offered = check_offered({"ram_gb>=64"}, Path{nullptr, "capabilities", -1});
  ASSERT_FALSE(offered.ok());
  EXPECT_EQ(
      offered.error().message,
      "'ram_gb>=64' is no such capability; expected what is there: NAME, NAME=VALUE or "
      "NAME=NUMBER, without spaces around"
  );
  EXPECT_FALSE(check_offered({""}, path).ok());
  EXPECT_TRUE(check_offered({"gpu", "ram_gb=64", "hardware=RAM >= 64 GB"}, path).ok());
}

TEST(Capability, ThatIsNoneIsHadByWhoSaysTheSame) {
  EXPECT_TRUE(one_has("a==b", "a==b"));
  EXPECT_FALSE(one_has("a", "a==b"));
}

TEST(Capability, IsOfferedAsTheLeastThatIsWanted) {
  for (const char* wanted : {"gpu", "model=a", "ram_gb>=64", "rank<=3"}) {
    EXPECT_TRUE(one_has(offer_for(wanted), wanted)) << wanted;
    EXPECT_TRUE(read_offered(offer_for(wanted))) << wanted;
  }
  EXPECT_EQ(offer_for("ram_gb>=64"), "ram_gb=64");
}

// What is meant, spelled out over three names and small whole numbers.
struct Plain {
  char name = 'a';
  char sign = ' ';  // of a want: '>', '<', '='; of an offer '='; ' ': none
  int number = 0;

  std::string text() const {
    const std::string value = std::to_string(number);
    if (sign == ' ') return {name};
    return std::string{name} + (sign == '=' ? "=" : sign == '>' ? ">=" : "<=") + value;
  }

  bool is_had_from(const Plain& offer) const {
    if (offer.name != name) return false;
    if (sign == ' ') return true;
    if (offer.sign == ' ') return false;
    return sign == '='   ? offer.number == number
           : sign == '>' ? offer.number >= number
                         : offer.number <= number;
  }
};

TEST(Capability, IsHadAsANaiveEvaluatorSays) {
  SeededNumbers numbers(7);
  const auto below = [&](std::uint64_t n) { return static_cast<std::size_t>(numbers.next() % n); };
  std::size_t had = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<Plain> offers(below(4));
    std::vector<std::string> texts;
    for (Plain& offer : offers) {
      offer = {"abc"[below(3)], " ="[below(2)], static_cast<int>(below(7)) - 3};
      texts.push_back(offer.text());
    }
    const Plain want{"abc"[below(3)], " =<>"[below(4)], static_cast<int>(below(7)) - 3};
    const bool expected = std::any_of(offers.begin(), offers.end(), [&](const Plain& offer) {
      return want.is_had_from(offer);
    });
    ASSERT_EQ(has_capability(texts, want.text()), expected) << want.text();
    had += expected ? 1 : 0;
  }
  EXPECT_GT(had, 2000U);
}

}  // namespace
}  // namespace evener

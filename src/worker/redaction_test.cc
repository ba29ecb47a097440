#include "worker/redaction.h"

#include <gtest/gtest.h>

#include "worker/output.h"

namespace evener {
namespace {

const std::string value = "s3cret/pass word+\"x\"";

std::string redacted(const std::string& text, const std::vector<Secret>& secrets) {
  return Redaction(secrets).text(text);
}

TEST(Redaction, TakesAValueOutWhereverItStands) {
  const std::vector<Secret> secrets{{"KEY", value}};
  EXPECT_EQ(redacted("a " + value + " b", secrets), "a [secret KEY] b");
  EXPECT_EQ(redacted(value + value, secrets), "[secret KEY][secret KEY]");
  EXPECT_EQ(redacted("nothing of it: s3cret/pas", secrets), "nothing of it: s3cret/pas");
}

TEST(Redaction, TakesOutEncodedForms) {
  const std::vector<Secret> secrets{{"KEY", value}};
  // What `base64`, `jq -R`, and `curl --data-urlencode` make of it.
  EXPECT_EQ(redacted("czNjcmV0L3Bhc3Mgd29yZCsieCI=", secrets), "[secret KEY]=");
  EXPECT_EQ(redacted("s3cret%2Fpass%20word%2B%22x%22", secrets), "[secret KEY]");
  EXPECT_EQ(redacted("s3cret%2fpass+word%2b%22x%22", secrets), "[secret KEY]");
  EXPECT_EQ(redacted(R"({"k":"s3cret/pass word+\"x\""})", secrets), R"({"k":"[secret KEY]"})");
  // "user:" and "userx:" before it, as in an Authorization header: two other alignments.
  for (const char* header :
       {"dXNlcjpzM2NyZXQvcGFzcyB3b3JkKyJ4Ig==",
        "dXNlcng6czNjcmV0L3Bhc3Mgd29yZCsieCI=",
        "dXNlcnh5OnMzY3JldC9wYXNzIHdvcmQrIngi"}) {
    const std::string shown = redacted(header, secrets);
    EXPECT_NE(shown.find("[secret KEY]"), std::string::npos) << shown;
    EXPECT_LT(shown.size(), 28U) << shown;
  }
}

TEST(Redaction, TakesOutEachLineOfALongOne) {
  const std::vector<Secret> secrets{{"PEM", "-----BEGIN-----\nabcdefghijkl\nmnopqrst\nend"}};
  EXPECT_EQ(redacted("> abcdefghijkl <", secrets), "> [secret PEM] <");
  EXPECT_EQ(redacted("-----BEGIN-----\nabcdefghijkl\nmnopqrst\nend!", secrets), "[secret PEM]!");
}

TEST(Redaction, TakesOutAWrappedCode) {
  const std::string pem(90, 'k');
  const std::vector<Secret> secrets{{"PEM", pem}};
  std::string code;  // of 90 times k: a2tr, again and again
  for (int i = 0; i < 30; ++i) code += "a2tr";
  EXPECT_EQ(
      redacted(code.substr(0, 76) + "\n" + code.substr(76) + "\n", secrets), "[secret PEM]\n"
  );
}

TEST(Redaction, TakesOutWhatTwoValuesCover) {
  const std::vector<Secret> secrets{{"A", "abcdef"}, {"B", "efghij"}, {"C", "abcdefgh"}};
  EXPECT_EQ(redacted("<abcdefghij>", secrets), "<[secret C]>");
  EXPECT_EQ(redacted("<abcdefg>", secrets), "<[secret A]g>");
}

// However a text is cut in two or three, what comes out is the same.
TEST(Redactor, FindsAValueThatComesInPieces) {
  const auto redaction = std::make_shared<const Redaction>(
      std::vector<Secret>{{"KEY", "abcabd"}, {"LONG", "abcabdabcabx"}}
  );
  const std::string text = "ab abcabcabdabcabd abcabdabcabx ab";
  const std::string whole = redaction->text(text);
  EXPECT_EQ(whole, "ab abc[secret KEY][secret KEY] [secret LONG] ab");
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      Redactor redactor(redaction);
      std::string out = redactor.take(text.substr(0, first));
      out += redactor.take(text.substr(first, second - first));
      out += redactor.take(text.substr(second));
      out += redactor.finish();
      ASSERT_EQ(out, whole) << first << " " << second;
    }
  }
}

TEST(Redactor, HoldsBackNoMoreThanABeginning) {
  Redactor redactor(std::make_shared<const Redaction>(std::vector<Secret>{{"KEY", "secret"}}));
  EXPECT_EQ(redactor.take("plain text\n"), "plain text\n");
  EXPECT_EQ(redactor.take("a secre"), "a ");
  EXPECT_EQ(redactor.take("d"), "secred");
  EXPECT_EQ(redactor.take("secr"), "");
  EXPECT_EQ(redactor.finish(), "secr");
}

TEST(OutputCapture, KeepsAndHandsOutNoSecret) {
  std::vector<std::string> lines;
  OutputCapture capture(
      {.head = 12, .tail = 12},
      [&](std::string_view line) { lines.emplace_back(line); },
      std::make_shared<const Redaction>(std::vector<Secret>{{"K", "topsecret"}})
  );
  capture.append("first top");
  capture.append("sec");
  EXPECT_EQ(capture.text(), "first ");
  capture.append("ret!\nlast topsecr");
  capture.append("et");
  capture.close();
  EXPECT_EQ(capture.total(), 31U);
  EXPECT_EQ(lines, (std::vector<std::string>{"first [secret K]!", "last [secret K]"}));
  EXPECT_EQ(capture.text().find("top"), std::string::npos) << capture.text();
}

}  // namespace
}  // namespace evener

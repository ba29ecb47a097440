#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "cli/cli.h"

namespace evener {
namespace {

// A stream that takes nothing, as on a full disk, in place of `stream` while this lives.
class FullStream {
 public:
  explicit FullStream(std::FILE* stream) : stream_(stream), kept_(::dup(::fileno(stream))) {
    std::FILE* const full = std::fopen("/dev/full", "w");
    ::dup2(::fileno(full), ::fileno(stream_));
    std::fclose(full);
  }

  ~FullStream() {
    std::fflush(stream_);
    ::dup2(kept_, ::fileno(stream_));
    ::close(kept_);
    std::clearerr(stream_);
  }

  FullStream(const FullStream&) = delete;
  FullStream& operator=(const FullStream&) = delete;

 private:
  std::FILE* stream_;
  int kept_;
};

int run_line_of(std::vector<std::string> words) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return run_cli(static_cast<int>(argv.size()), argv.data());
}

TEST(Output, ThatIsLostIsNoSuccess) {
  testing::internal::CaptureStderr();
  int code = 0;
  {
    const FullStream full(stdout);
    code = run_line_of({"evener", "version"});
  }
  EXPECT_EQ(code, 3);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("output_lost"), std::string::npos);
}

TEST(Output, ExitCodesTellWhereStderrTakesNothing) {
  const FullStream full(stderr);
  EXPECT_EQ(run_line_of({"evener", "--nonsense"}), 2);
}

}  // namespace
}  // namespace evener

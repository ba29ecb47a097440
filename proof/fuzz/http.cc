// A request's bytes as the server reads them: Beast's grammar and our refusals, then the target.
// How the bytes are cut on the way must make no difference.
#include "fuzz/target.h"
#include "server/http_parser.h"
#include "server/http_target.h"

namespace evener::fuzz {
namespace {

constexpr std::size_t most_header_bytes = 16 * 1024;
constexpr std::size_t most_body_bytes = 64 * 1024;

struct Outcome {
  std::string text = {};  // what was read
  bool is_read = false;
  std::size_t taken = 0;
};

// Offers `step` bytes more at a time, as they come from a socket.
Outcome parsed(std::string_view bytes, std::size_t step) {
  HttpParser parser(most_header_bytes, most_body_bytes);
  Outcome outcome;
  std::size_t arrived = 0;
  while (!parser.is_complete() && !parser.refusal() && arrived < bytes.size()) {
    arrived = std::min(bytes.size(), arrived + step);
    for (std::size_t took = 1; took > 0 && !parser.is_complete() && !parser.refusal();) {
      took = parser.take(bytes.substr(outcome.taken, arrived - outcome.taken));
      outcome.taken += took;
    }
  }
  if (parser.refusal() || !parser.is_complete()) return {};
  outcome.is_read = true;
  const HttpRequest request = parser.release();
  outcome.text = request.method + " " + request.target + "\n" + request.body;
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const auto [name, value] = request.headers.at(i);
    CHECK(!request.header(name).empty() || request.headers.count(name) > 0, "a header is lost");
    outcome.text.append("\n").append(name).append(": ").append(value);
  }
  return outcome;
}

}  // namespace
}  // namespace evener::fuzz

FUZZ_TARGET(http) {
  const std::size_t step = take_choice(bytes) + 1;
  const Outcome whole = parsed(bytes, bytes.size() + 1);
  const Outcome cut = parsed(bytes, step);
  CHECK(whole.is_read == cut.is_read, "cut otherwise, it is another request");
  CHECK(whole.text == cut.text, "cut otherwise, it reads: " + cut.text + "; not: " + whole.text);
  CHECK(whole.taken == cut.taken, "cut otherwise, it ends elsewhere");
  const std::size_t space = bytes.find(' ');
  if (space == std::string_view::npos) return;
  const std::string_view target =
      bytes.substr(space + 1, bytes.find_first_of(" \r\n", space + 1) - space - 1);
  if (target.find('\0') != std::string_view::npos) return;  // Beast lets no such target through
  if (const Result<HttpTarget> read = parse_target(target); read.ok()) {
    CHECK(read->path == "*" || read->path.starts_with('/'), "a path that begins nowhere");
    CHECK(read->path.find('\0') == std::string::npos, "a path with a NUL");
  }
  if (const auto segments = path_segments(target); segments.ok()) {
    for (const std::string& segment : *segments) {
      CHECK(segment.find('\0') == std::string::npos, "a part of a path with a NUL");
    }
  }
}

// JSON is parsed by Boost.JSON, which forgets places; they are found again in the text by walking
// it along a path.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "formats/document.h"

namespace evener {
namespace {

// Walks text that was parsed before, and so is known to be valid JSON.
class JsonWalk {
 public:
  explicit JsonWalk(std::string_view text) : text_(text) { skip_space(); }

  std::size_t offset() const { return at_; }

  // Moves from the start of an object or a list to the start of the named value; says whether it
  // is there.
  bool enter(const PathStep& step) {
    const char open = step.index >= 0 ? '[' : '{';
    if (peek() != open) return false;
    next();
    for (std::int64_t i = 0; peek() != ']' && peek() != '}'; ++i) {
      if (open == '[') {
        if (i == step.index) return true;
      } else {
        const std::size_t start = at_ + 1;
        skip_value();
        const bool wanted = text_.substr(start, end_ - 1 - start) == step.name;
        next();  // the colon
        if (wanted) return true;
      }
      skip_value();
      if (peek() == ',') next();
    }
    return false;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void next() {
    ++at_;
    skip_space();
  }

  void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  // Past a value and the space behind it; `end_` is where the value itself ends.
  void skip_value() {
    std::size_t depth = 0;
    do {
      const char c = peek();
      if (c == '"') {
        skip_string();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++at_;
      } else if (c == ',' || c == ':') {
        ++at_;
      } else {
        at_ = std::min(text_.find_first_of(",:]} \t\r\n", at_), text_.size());
      }
      end_ = at_;
      skip_space();
    } while (depth > 0 && at_ < text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

}  // namespace

Result<Document> read_json_document(
    std::string_view text, const std::string& file, std::int64_t first_line
) {
  const auto position = [text, first_line](std::size_t offset) {
    Position found = position_of(text, offset);
    found.line += first_line - 1;
    return found;
  };
  boost::json::parse_options options;
  options.max_depth = max_document_depth;
  boost::json::stream_parser parser({}, options);
  boost::system::error_code problem;
  const std::size_t read = parser.write(text.data(), text.size(), problem);
  if (!problem) parser.finish(problem);
  if (problem) {
    const bool deep = problem == boost::json::error::too_deep;
    return Error{
        deep ? "too_deep" : "bad_json",
        deep ? fmt::format("nested deeper than {} levels", max_document_depth)
             : fmt::format("no valid JSON: {}", problem.message()),
        file_place(file, position(read))
    };
  }
  return Document{file, parser.release(), [text, position](std::string_view path) {
                    JsonWalk walk(text);
                    std::size_t found = walk.offset();
                    for (const PathStep& step : steps_of(path)) {
                      if (!walk.enter(step)) break;
                      found = walk.offset();
                    }
                    return position(found);
                  }};
}

}  // namespace evener

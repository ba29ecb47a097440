// The target of a request line, taken apart: "/v1/pools/a%20b?limit=5" is a path and a query.
// Escapes are decoded once, here, so that nothing behind this file ever sees a '%' it must judge.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace evener {

struct HttpTarget {
  std::string authority = {};  // only of an absolute target, "http://walnut:7878/v1"
  std::string path = {};       // decoded; starts with '/', or is "*"
  std::vector<std::pair<std::string, std::string>> query = {};  // decoded, in the order sent
};

// Fails with `bad_request` on a broken or NUL escape, on a target that has no path, and on more
// than 256 query parameters. In the query '+' is a space.
Result<HttpTarget> parse_target(std::string_view target);

// The decoded parts between the slashes of a raw path, split before decoding: an id that holds a
// slash travels as %2F. "/v1/tasks/a%2Fb" is {"v1", "tasks", "a/b"}; "/" is {}; "/a/" is {"a", ""}.
// A query is ignored.
// Fails with `bad_request` like parse_target.
Result<std::vector<std::string>> path_segments(std::string_view target);

}  // namespace evener

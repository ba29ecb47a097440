// JSON that is read and let go of: all of its values lie in one piece of memory of the document's
// own, so that none is asked for and given back by itself. For requests and batches of facts, whose
// values are copied into structs and then not needed.
#pragma once

#include <array>
#include <string_view>

#include "base/json.h"

namespace evener {

class JsonDocument {  // Invariant: the values lie within it, and go with it.
 public:
  JsonDocument() : memory_(room_.data(), room_.size()), root_(boost::json::storage_ptr(&memory_)) {}

  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  // Once. Fails as parse_json() does.
  Status parse(std::string_view text, std::string_view where = {});

  // A copy owns its memory like any other value.
  const Json& root() const { return root_; }

 private:
  std::array<unsigned char, 4096> room_;  // enough for most requests
  boost::json::monotonic_resource memory_;
  Json root_;
};

}  // namespace evener

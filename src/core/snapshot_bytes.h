// How a snapshot writes what it keeps: numbers in as few bytes as they need, texts behind their
// lengths, described structs as JSON. What each byte is for stands in snapshot_codec.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/fields.h"
#include "base/json.h"

namespace evener {

class Encoder {
 public:
  // A text that has to grow is copied again each time: `room` is what it will come to, about.
  explicit Encoder(std::size_t room = 0) { out_.reserve(room); }

  void number(std::int64_t value) {
    auto zigzag =
        (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63U);
    while (zigzag >= 0x80) {
      out_ += static_cast<char>(zigzag | 0x80U);
      zigzag >>= 7U;
    }
    out_ += static_cast<char>(zigzag);
  }

  void text(std::string_view value) {
    number(static_cast<std::int64_t>(value.size()));
    out_ += value;
  }

  template <Described T>
  void object(const T& value) {
    text(to_json_text(value));
  }

  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what Encoder wrote; after a first mistake everything reads as nothing, and ok() is false.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  std::int64_t number() {
    if (!rest_.empty() && static_cast<unsigned char>(rest_.front()) < 0x80) {
      const int byte = rest_.front();  // most are this small
      rest_.remove_prefix(1);
      return (byte & 1) == 0 ? byte >> 1 : -(byte >> 1) - 1;
    }
    return long_number();
  }

  // A number in [0, limit); else a failure.
  std::uint32_t index(std::size_t limit) {
    const std::int64_t value = number();
    if (value < 0 || static_cast<std::uint64_t>(value) >= limit) fail();
    return ok_ ? static_cast<std::uint32_t>(value) : 0;
  }

  // How many items follow, each of at least one byte.
  std::size_t count() {
    const std::int64_t value = number();
    if (value < 0 || static_cast<std::uint64_t>(value) > rest_.size()) fail();
    return ok_ ? static_cast<std::size_t>(value) : 0;
  }

  std::string_view view() {
    const std::size_t size = count();
    const std::string_view value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }

  std::string text() { return std::string(view()); }

  template <Described T>
  T object() {
    T value;
    const Result<Json> json = parse_json(view());
    if (!json.ok() || !read_object(*json, value, Path{}).ok()) fail();
    return value;
  }

  bool ok() const { return ok_; }

  bool at_end() const { return rest_.empty(); }

 private:
  // Apart, so that number() is compiled in place.
  [[gnu::noinline]] std::int64_t long_number() {
    std::uint64_t zigzag = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return fail();
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      zigzag |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) {
        return static_cast<std::int64_t>((zigzag >> 1U) ^ (~(zigzag & 1U) + 1U));
      }
    }
    return fail();
  }

  std::int64_t fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace evener

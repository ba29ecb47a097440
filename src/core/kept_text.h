// Text that a million tasks keep, in half the room of a std::string. It owns its bytes, or it
// stands in bytes that live longer (a snapshot that was read), so that a start copies none.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace evener {

class KeptText {
 public:
  KeptText() = default;

  explicit KeptText(std::string_view text) : KeptText(text, true) {}

  // Does not copy: the bytes must live as long as this does.
  static KeptText standing_in(std::string_view text) { return KeptText(text, false); }

  KeptText(const KeptText&) = delete;
  KeptText& operator=(const KeptText&) = delete;

  KeptText(KeptText&& other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        is_owner_(std::exchange(other.is_owner_, false)) {}

  KeptText& operator=(KeptText&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    std::swap(is_owner_, other.is_owner_);
    return *this;
  }

  ~KeptText() {
    if (is_owner_) std::default_delete<const char[]>()(bytes_);
  }

  std::string_view view() const { return {bytes_, size_}; }

 private:
  KeptText(std::string_view text, bool is_owner)
      : bytes_(text.data()), size_(static_cast<std::uint32_t>(text.size())), is_owner_(is_owner) {
    CHECK(text.size() <= UINT32_MAX, "a text too long to keep");
    if (!is_owner) return;
    const auto copy = new char[text.size()];
    std::copy(text.begin(), text.end(), copy);
    bytes_ = copy;
  }

  const char* bytes_ = nullptr;
  std::uint32_t size_ = 0;
  bool is_owner_ = false;
};

}  // namespace evener

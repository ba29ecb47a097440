// A list that only grows, and whose elements stay where they are: in chunks, found by a shift and a
// mask.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace evener {

template <typename T, unsigned chunk_bits = 8>
class ChunkedList {
 public:
  std::size_t size() const { return size_; }

  bool empty() const { return size_ == 0; }

  T& operator[](std::size_t index) { return chunks_[index >> chunk_bits][index & mask_]; }

  const T& operator[](std::size_t index) const {
    return chunks_[index >> chunk_bits][index & mask_];
  }

  T& emplace_back() {
    if (size_ >> chunk_bits == chunks_.size()) {
      chunks_.push_back(std::make_unique<T[]>(std::size_t{1} << chunk_bits));
    }
    return (*this)[size_++];
  }

  class Iterator {
   public:
    Iterator(const ChunkedList& list, std::size_t at) : list_(&list), at_(at) {}

    const T& operator*() const { return (*list_)[at_]; }

    Iterator& operator++() {
      ++at_;
      return *this;
    }

    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const ChunkedList* list_;
    std::size_t at_;
  };

  Iterator begin() const { return {*this, 0}; }

  Iterator end() const { return {*this, size_}; }

 private:
  static constexpr std::size_t mask_ = (std::size_t{1} << chunk_bits) - 1;

  std::vector<std::unique_ptr<T[]>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace evener

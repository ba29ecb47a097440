// Result<T>: a value, or the Error that the world gave us instead. An Error is for a failing disk,
// network or input; an ordinary "no" of the domain is a Refusal (model/refusal.h); a broken
// invariant is a CHECK.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/check.h"

namespace evener {

// What failed. `code` is stable and for programs (`bad_json`, `disk_full`); `message` says what was
// found and what was expected; `where` names the place: a field path, a file with its line, or "".
struct Error {
  std::string code;
  std::string message;
  std::string where = {};

  std::string text() const;  // "where: message (code)", as people read it
  bool operator==(const Error&) const = default;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  // NOLINTBEGIN(google-explicit-constructor): `return value;` and `return error;` are the point.
  Result(T value) : held_(std::move(value)) {}

  Result(Error error) : held_(std::unexpected(std::move(error))) {}

  // NOLINTEND(google-explicit-constructor)

  bool ok() const { return held_.has_value(); }

  explicit operator bool() const { return ok(); }

  T& value() & {
    require();
    return *held_;
  }

  const T& value() const& {
    require();
    return *held_;
  }

  T&& value() && {
    require();
    return std::move(*held_);
  }

  T& operator*() & { return value(); }

  const T& operator*() const& { return value(); }

  T* operator->() { return &value(); }

  const T* operator->() const { return &value(); }

  const Error& error() const {
    CHECK(!ok(), "asked a success for its error");
    return held_.error();
  }

 private:
  void require() const { CHECK(ok(), held_.error().text()); }

  std::expected<T, Error> held_;
};

// The result of an action that yields nothing.
struct Done {
  bool operator==(const Done&) const = default;
};

using Status = Result<Done>;

}  // namespace evener

// The value of an expression, or an early return of its error.
#define TRY(expression)                                \
  __extension__({                                      \
    auto try_result_ = (expression);                   \
    if (!try_result_.ok()) return try_result_.error(); \
    std::move(try_result_).value();                    \
  })

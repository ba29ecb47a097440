// How far facts were forwarded under a name: what a restart goes on from. In `forward/` of the
// pool's folder, per name:
//
//   NAME.json         the position alone: {"seq":120,"pool":"3f2a...","fact":"9f86..."}, replaced
//   at
//                     once
//   NAME.choice.json  what is chosen and what went wrong last, for `evener forward --list`
//   NAME.lock         held by the process that forwards
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/ids.h"
#include "base/result.h"
#include "cli/forward_choice.h"

namespace evener {

// What went wrong with the fact that is not delivered yet; `message` is "" if nothing did.
struct ForwardTrouble {
  std::string message = {};
  std::int64_t attempts = 0;
  Instant at = 0;

  bool operator==(const ForwardTrouble&) const = default;

  static constexpr auto fields() {
    return std::tuple{
        field("message", &ForwardTrouble::message, "What it was", {.max_bytes = 4096}),
        field("attempts", &ForwardTrouble::attempts, "How often it was tried"),
        field("at", &ForwardTrouble::at, "When it was tried last"),
    };
  }
};

// What a forwarder says of itself beside its position.
struct ForwardCard {
  FactChoice choice = {};
  ForwardTrouble trouble = {};

  static constexpr auto fields() {
    return std::tuple{
        field("choice", &ForwardCard::choice, "Which facts"),
        field("trouble", &ForwardCard::trouble, "What went wrong last"),
    };
  }
};

// A place in a log, behind a fact, with what tells this log from others: a pool of another id, or
// an older copy of the same pool, that went on otherwise.
struct LogPlace {
  Seq seq = {};
  std::string pool = {};  // its id; "" where older versions wrote the place down
  std::string fact = {};  // SHA-256 of the fact at `seq`, as JSON; likewise, and before the first

  bool operator==(const LogPlace&) const = default;

  static constexpr auto fields() {
    constexpr Bounds text{.max_bytes = 64};
    return std::tuple{
        field("seq", &LogPlace::seq, "Facts up to this are dealt with", {.required = true}),
        field("pool", &LogPlace::pool, "The pool's id", text),
        field("fact", &LogPlace::fact, "SHA-256 of that fact", text),
    };
  }
};

// Behind that fact.
LogPlace place_behind(const Fact& fact, const std::string& pool);

// Letters, digits, `_` and `-`, at most 64. Fails with `usage`.
Status check_forward_name(const std::string& name);

class ForwardPlace {  // Invariant: while it lives, no other process has one of the same name.
 public:
  // Makes the folder where it is missing. Fails with `forward_busy` if another process forwards
  // under this name.
  static Result<ForwardPlace> take(const std::string& folder, const std::string& name);

  // Facts up to this one are dealt with. Nothing if the name is new.
  Result<std::optional<LogPlace>> position() const;

  // `is_durable`: it is on the disk when this returns.
  Status move_to(const LogPlace& position, bool is_durable) const;
  Status describe(const ForwardCard& card) const;
  Status forget() const;

 private:
  ForwardPlace(std::string path, std::unique_ptr<FileDescriptor> lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;  // without its ending
  std::unique_ptr<FileDescriptor> lock_;
};

// A name as it was left, read without its lock.
struct ForwardName {
  std::string name = {};
  bool is_running = false;
  Seq position = {};
  ForwardCard card = {};
  std::string damage = {};  // why its files cannot be read; "" if they can
};

// By name, those whose files are damaged, too. Empty if there is no such folder.
Result<std::vector<ForwardName>> forward_names(const std::string& folder);

}  // namespace evener

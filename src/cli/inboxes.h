// Carries out the lines that people add to the inboxes of a folder, each once: which line got which
// request id is written down in the pool's folder before anything is asked for, so that neither a
// crash nor an editor that brings an old line back makes it happen twice.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/status_folder.h"
#include "engine/pool_folder.h"
#include "formats/inbox.h"
#include "model/answer.h"

namespace evener {

class Inboxes {  // Invariant: the lock is held from a take() that found lines to its answer().
 public:
  using Warn = std::function<void(const Error&)>;

  Inboxes(PoolFolder pool, std::string path, Warn warn)
      : pool_(std::move(pool)), folder_(std::move(path)), warn_(std::move(warn)) {}

  // What the lines that wait ask for; lines that ask for nothing are answered here. Empty while
  // another process does the same, or while an earlier take() is not answered. `wall` is now.
  std::vector<Request> take(Instant wall);

  // What came of the requests of the last take(), in order. After an error the lines wait on.
  void answer(const Result<std::vector<Answer>>& answers, Instant wall);

  // Lines answered since this was made.
  std::size_t answered() const { return answered_; }

  // Whether lines that were seen wait on: after a problem, or because there were too many at once.
  bool has_left_over() const { return has_left_over_; }

  // Changes whenever one of the files does.
  std::string signature() const;

 private:
  // A line for which something was asked. Kept for as long as its id may be repeated.
  struct Record {
    std::string key;     // digest of the file's name, the line's text and its count
    Instant at = 0;      // when it was first seen: the time in its request id
    std::string answer;  // "" until there is one
    bool is_shown = false;

    bool operator==(const Record&) const = default;

    static constexpr auto fields() {
      constexpr Bounds text{.max_bytes = 4096};
      return std::tuple{
          field("key", &Record::key, "Which line", text),
          field("at", &Record::at, "When it was first seen"),
          field("answer", &Record::answer, "What came of it", text),
          field("shown", &Record::is_shown, "Whether it stands in the file"),
      };
    }
  };

  struct Ledger {
    std::vector<Record> lines;

    static constexpr auto fields() {
      return std::tuple{
          field("lines", &Ledger::lines, "Oldest first", {.max_items = 100'000}),
      };
    }
  };

  struct Taken {
    std::string file;
    std::string text;
    std::string key;     // "" if nothing was asked for
    std::string answer;  // "" until there is one
    bool is_given = false;
  };

  Status open();
  Status save();
  Result<std::vector<Request>> look(Instant wall);
  Status look_into(const std::string& name, Instant wall, std::vector<Request>& requests);
  void take_line(
      const std::string& name, const InboxLine& line, Instant wall, std::vector<Request>& requests
  );
  Record* find(const std::string& key);
  void leave_over(const Error& problem);
  void write_answers();
  void close();

  PoolFolder pool_;
  StatusFolder folder_;
  Warn warn_;
  std::unique_ptr<FileDescriptor> lock_;
  Ledger ledger_;
  std::vector<Taken> taken_;
  std::size_t answered_ = 0;
  bool has_left_over_ = false;
};

}  // namespace evener

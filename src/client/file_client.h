// The pool in this process, on its own file: each call takes the lock, does its work and lets go,
// so that no daemon is needed. Reads take no lock and append nothing, except that what is due is
// written before an inbox is shown.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "client/client.h"
#include "engine/pool_file.h"

namespace evener {

class FileClient : public Client {
 public:
  // Called after every call that wrote facts, with the pool as it is now; for files that are kept
  // true beside it. What was done is durable: a copy of it that fails is no failure of the call.
  using AfterWrite = std::function<void(const Pool& pool, Instant now)>;

  FileClient(PoolFolder folder, Author author, Clock& clock, AfterWrite after_write)
      : folder_(std::move(folder)),
        author_(std::move(author)),
        clock_(clock),
        after_write_(std::move(after_write)) {}

  // Fails with `pool_busy` at once when somebody holds the lock. A claim does not wait.
  Result<std::vector<Answer>> call(std::vector<Request> requests) override;

  // Of the pool as the next command would find it: what is due by now is done, and written nowhere,
  // an inbox's excepted.
  Result<std::string> ask(const Query& query) override;

  // One pass: what stands in the log now.
  Status follow(Seq after, const std::function<bool(const PoolEvent&)>& visit) override;
  Result<BlobRef> put_blob(std::string_view bytes) override;
  Result<std::string> get_blob(const BlobRef& blob) override;

  bool is_served() const override { return false; }

  std::string place() const override { return "the file " + folder_.journal(); }

 private:
  Result<std::string> ask_inbox(const Query& query);

  PoolFolder folder_;
  Author author_;
  Clock& clock_;
  AfterWrite after_write_;
  CachedPool cached_;  // as the last call left it
};

}  // namespace evener

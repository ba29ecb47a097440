// The folder of Markdown files that are kept true beside a pool, and that people write in too: only
// regular files directly in it are read or replaced, and only the part of each that is ours.
#pragma once

#include <sys/stat.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "views/status_files.h"

namespace evener {

// What came of keeping the files true. A file that cannot be is left alone, the others are not.
struct StatusChange {
  std::vector<std::string> written = {};  // names
  std::size_t unchanged = 0;
  std::vector<Error> problems = {};
};

class StatusFolder {  // Invariant: no link is followed out of the folder, and no other file
                      // touched.
 public:
  explicit StatusFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  StatusChange write(const std::vector<StatusFile>& files);

  // The files that were true after write(), by name.
  std::vector<std::string> names() const;

  // Whether nobody has touched the files since write().
  bool is_as_left() const;

  // The file's bytes; nothing if there is none. Fails with `not_a_file` (a link, a folder, ...),
  // `too_large`, or as the disk does.
  Result<std::optional<std::string>> read(const std::string& name) const;

  // Replaces a file that still holds `seen`. Fails with `changed_meanwhile` if it does not.
  Status replace(
      const std::string& name, const std::optional<std::string>& seen, std::string_view text
  ) const;

  // The files that have inboxes, by name. Fails with `anybody_writes` if others than the owner and
  // his group may write the folder, so that nobody knows whose lines these are; none if it is
  // missing.
  Result<std::vector<std::string>> inbox_files() const;

  // Fails with `anybody_writes` if the file itself is open to everybody.
  Status check_closed(const std::string& name) const;

  // Changes whenever one of these files does.
  std::string signature_of(const std::vector<std::string>& names) const;

 private:
  // What a file looked like after write(), and with which text of ours it was true then (0: it
  // could not be written).
  struct Seen {
    std::size_t text_hash = 0;
    std::string signature;
  };

  std::string path_of(const std::string& name) const { return path_ + "/" + name; }

  Result<bool> write_one(const StatusFile& file);

  std::string path_;
  std::map<std::string, Seen> seen_;  // by name
};

}  // namespace evener

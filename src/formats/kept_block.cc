#include "formats/kept_block.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace evener {
namespace {

constexpr std::string_view opening = "<!-- evener:";
constexpr std::string_view closing = "-->";
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";  // as some editors begin a file
constexpr std::size_t most_indent = 3;  // more makes a line of code in Markdown

struct Marker {
  bool begins = false;
  std::string name;
};

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

// Nothing if the line begins like a marker and is none.
std::optional<Marker> read_marker(std::string_view line) {
  if (!line.ends_with(closing)) return std::nullopt;
  line.remove_prefix(opening.size());
  line.remove_suffix(std::min(line.size(), closing.size()));
  line = trimmed(line);
  if (line == "inbox") return Marker{true, ""};
  if (line == "inbox-end") return Marker{false, ""};
  for (const std::string_view word : {"begin ", "end "}) {
    if (!line.starts_with(word)) continue;
    const std::string_view name = trimmed(line.substr(word.size()));
    if (is_name(name)) return Marker{word == "begin ", std::string(name)};
  }
  return std::nullopt;
}

std::string quoted(const std::string& name) {
  return name.empty() ? "the inbox" : fmt::format("'{}'", name);
}

// Folds the markers of a file, in order, into its regions.
class RegionReader {
 public:
  explicit RegionReader(const std::string& where) : where_(where) {}

  // `begin` and `end` are where the line begins and where the next does.
  Status read(std::string_view line, std::size_t begin, std::size_t end) {
    ++line_number_;
    if (line_number_ == 1 && line.starts_with(byte_order_mark)) {
      line.remove_prefix(byte_order_mark.size());
    }
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    line = trimmed(line);
    if (indent > most_indent || !line.starts_with(opening)) return Done{};
    const std::optional<Marker> marker = read_marker(line);
    if (!marker) {
      return damaged(
          line_number_,
          "this is no marker; expected '<!-- evener:begin NAME -->', '<!-- evener:end NAME -->', "
          "'<!-- evener:inbox -->' or '<!-- evener:inbox-end -->'"
      );
    }
    return marker->begins ? open(marker->name, end) : close(marker->name, begin);
  }

  Result<std::vector<KeptRegion>> take() {
    if (is_open_) {
      return damaged(opened_at_, quoted(regions_.back().name) + " begins here and never ends");
    }
    return std::move(regions_);
  }

 private:
  Error damaged(std::size_t line, std::string message) const {
    return {"damaged_markers", std::move(message), fmt::format("{}:{}", where_, line)};
  }

  Status open(const std::string& name, std::size_t at) {
    if (is_open_) {
      return damaged(
          line_number_,
          fmt::format(
              "{} begins within {}, which began in line {}",
              quoted(name),
              quoted(regions_.back().name),
              opened_at_
          )
      );
    }
    if (region_named(regions_, name) != nullptr) {
      return damaged(line_number_, quoted(name) + " begins a second time");
    }
    regions_.push_back({name, at, at});
    is_open_ = true;
    opened_at_ = line_number_;
    return Done{};
  }

  Status close(const std::string& name, std::size_t at) {
    if (!is_open_ || regions_.back().name != name) {
      return damaged(line_number_, quoted(name) + " ends here and did not begin");
    }
    regions_.back().end = at;
    is_open_ = false;
    return Done{};
  }

  const std::string& where_;
  std::vector<KeptRegion> regions_;
  std::size_t line_number_ = 0;
  std::size_t opened_at_ = 0;  // its line
  bool is_open_ = false;       // the last of the regions
};

// Below what stands there, with an empty line between.
std::string appended(std::string_view file, const std::string& text) {
  std::string out(file);
  if (!out.empty() && !out.ends_with('\n')) out += '\n';
  if (!out.empty()) out += '\n';
  return out + text;
}

}  // namespace

Result<std::vector<KeptRegion>> find_regions(std::string_view file, const std::string& where) {
  RegionReader reader(where);
  for (std::size_t at = 0; at < file.size();) {
    const std::size_t found = file.find('\n', at);
    const std::size_t end = found == std::string_view::npos ? file.size() : found;
    const std::size_t next = std::min(end + 1, file.size());
    TRY(reader.read(file.substr(at, end - at), at, next));
    at = next;
  }
  return reader.take();
}

const KeptRegion* region_named(const std::vector<KeptRegion>& regions, std::string_view name) {
  const auto found = std::find_if(regions.begin(), regions.end(), [&](const KeptRegion& region) {
    return region.name == name;
  });
  return found == regions.end() ? nullptr : &*found;
}

Result<std::string> with_block(
    std::string_view file, std::string_view name, std::string_view text, const std::string& where
) {
  const std::vector<KeptRegion> regions = TRY(find_regions(file, where));
  const KeptRegion* const region = region_named(regions, name);
  if (region == nullptr) {
    return appended(
        file, fmt::format("<!-- evener:begin {0} -->\n{1}<!-- evener:end {0} -->\n", name, text)
    );
  }
  return fmt::format("{}{}{}", file.substr(0, region->begin), text, file.substr(region->end));
}

Result<std::string> with_inbox(std::string_view file, const std::string& where) {
  const std::vector<KeptRegion> regions = TRY(find_regions(file, where));
  if (region_named(regions, "") != nullptr) return std::string(file);
  return appended(
      file,
      "## Inbox\n\n"
      "A line between the markers below is carried out, and answered in its place:\n"
      "`- note TASK: text`, `- task: title`, `- hold TASK: reason`, `- blocker TASK: text`\n\n"
      "<!-- evener:inbox -->\n"
      "<!-- evener:inbox-end -->\n"
  );
}

}  // namespace evener

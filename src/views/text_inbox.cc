#include <fmt/format.h>

#include "views/text.h"

namespace evener {

std::string inbox_text(const InboxView& view, Instant now, const Style& style) {
  constexpr int indent = 4;
  if (view.messages.empty()) {
    return fmt::format("nothing for {} to read\n", safe_line(view.worker));
  }
  std::string out;
  for (const MessageRow& row : view.messages) {
    const std::string about =
        row.task.empty() || row.to == "task:" + row.task ? "" : ", about " + row.task;
    out += fmt::format(
        "{}{} from {} to {}{}, {} ago{}\n",
        row.urgent ? paint(style, Colour::red, "urgent ") : "",
        paint(style, Colour::bold, fmt::format("{}", row.message)),
        safe_line(row.from),
        safe_line(row.to),
        safe_line(about),
        format_duration(std::max<Millis>(0, now - row.sent)),
        row.acknowledged ? " (acknowledged)" : ""
    );
    out += wrapped(row.text, indent, style);
  }
  const std::int64_t more = view.total - std::ssize(view.messages);
  if (more > 0) out += fmt::format("and {} more\n", more);
  return out;
}

}  // namespace evener

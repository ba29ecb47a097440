#include "formats/markdown.h"

namespace evener {

void read_markdown(std::string_view, const std::string& file, Plan&, Problems& problems) {
  problems.add({"unknown_format", "plans in Markdown cannot be read yet", file});
}

}  // namespace evener

#include <fmt/format.h>

#include "cli/verb.h"

namespace evener {

void add_version(CommandLine& line) {
  line.add("version", "Print the version", "  evener version --json", [](Session& session) {
    return session.done(
        JsonObject{{"version", EVENER_VERSION}}, fmt::format("evener {}", EVENER_VERSION)
    );
  });
}

}  // namespace evener

// What a task may ask of a worker, and what a worker may say that it has. A worker has a name
// (`gpu`), or a name with a value (`model=qwen-7b`, `ram_gb=128`). A task wants a name, whatever
// its value (`ram_gb`), a value (`model=qwen-7b`), or a number that is large or small enough
// (`ram_gb>=64`, `rank<=3`). docs/capabilities.md tells it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "model/decimal.h"

namespace evener {

enum class CapabilityTest { has, equals, at_least, at_most };

// Views of the text that was read.
struct WantedCapability {
  std::string_view name;
  CapabilityTest test = CapabilityTest::has;
  std::string_view value = {};
  std::optional<Decimal> number = {};  // that the value is; always of at_least and at_most
};

struct OfferedCapability {
  std::string_view name;
  std::string_view value = {};
};

// Nothing if it is neither of these: such a text is had by who has the very same text.
std::optional<WantedCapability> read_wanted(std::string_view text);
std::optional<OfferedCapability> read_offered(std::string_view text);

// Whether each is what a task may want, or a worker may have: `bad_capability` where a sign stands
// behind a plain name, and it is neither.
Status check_wanted(const std::vector<std::string>& texts, const Path& path);
Status check_offered(const std::vector<std::string>& texts, const Path& path);

// Whether one of those offered is what is wanted. Of several values of one name any will do.
bool has_capability(std::span<const std::string> offered, std::string_view wanted);

// Those of the wanted that nobody of the offered is.
std::vector<std::string> lacking_capabilities(
    std::span<const std::string> offered, std::span<const std::string> wanted
);

// What a worker says that has exactly what is wanted: "ram_gb=64" of "ram_gb>=64".
std::string offer_for(std::string_view wanted);

}  // namespace evener

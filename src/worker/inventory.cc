#include "worker/inventory.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>

#include "base/file.h"
#include "base/json.h"
#include "base/socket_address.h"
#include "client/http_connection.h"

namespace evener {
namespace {

namespace fs = std::filesystem;

constexpr Millis models_patience_ms = 500;
constexpr std::uint16_t models_port = 11434;
constexpr std::size_t most_models = 64;
constexpr std::int64_t bytes_per_mb = 1024 * 1024;

// The first line, without the spaces around it; "" if there is no such file.
std::string line_of(const fs::path& path) {
  const Result<std::string> text = read_file(path.string());
  if (!text.ok()) return {};
  const std::string line = text->substr(0, text->find('\n'));
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

// What stands behind "NAME:" at the beginning of a line.
std::string value_in(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name + ":")) continue;
    const std::size_t begin = line.find_first_not_of(" \t", name.size() + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return {};
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || number < 0) return std::nullopt;
  return number;
}

// "0-3,8,10-11": 7
std::int64_t count_in_list(std::string_view list) {
  std::int64_t count = 0;
  while (!list.empty()) {
    const std::string_view part = list.substr(0, list.find(','));
    list.remove_prefix(std::min(part.size() + 1, list.size()));
    const std::size_t dash = part.find('-');
    const auto first = number_in(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number_in(part.substr(dash + 1));
    if (first && last && *last >= *first) count += *last - *first + 1;
  }
  return count;
}

// A container's share, if it has one: "150000 100000" is one core and a half, and so one.
std::int64_t cores_of(const fs::path& root) {
  const std::int64_t online = count_in_list(line_of(root / "sys/devices/system/cpu/online"));
  const std::string share = line_of(root / "sys/fs/cgroup/cpu.max");
  const auto quota = number_in(share);
  const std::size_t space = share.find(' ');
  if (!quota || space == std::string::npos) return online;
  const auto period = number_in(std::string_view(share).substr(space + 1));
  if (!period || *period == 0) return online;
  return std::clamp<std::int64_t>(*quota / *period, 1, std::max<std::int64_t>(online, 1));
}

std::int64_t memory_of(const fs::path& root) {
  const Result<std::string> text = read_file((root / "proc/meminfo").string());
  const auto total_kb = number_in(value_in(text.ok() ? *text : "", "MemTotal"));
  const std::int64_t total = total_kb.value_or(0) / 1024;
  const auto limit = number_in(line_of(root / "sys/fs/cgroup/memory.max"));
  return limit ? std::min(total, *limit / bytes_per_mb) : total;
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure); !failure && at != fs::directory_iterator();
       at.increment(failure)) {
    entries.push_back(at->path());
  }
  std::ranges::sort(entries);
  return entries;
}

// By their makers' numbers; those that virtual machines and servers draw their consoles with are
// none.
std::string_view maker_of(std::string_view vendor) {
  if (vendor == "0x10de") return "NVIDIA";
  if (vendor == "0x1002") return "AMD";
  if (vendor == "0x8086") return "Intel";
  return {};
}

// The driver of NVIDIA says more than the system does, also where nothing is drawn on a screen.
std::vector<std::string> gpus_of(const fs::path& root) {
  std::vector<std::string> gpus;
  for (const fs::path& gpu : entries_of(root / "proc/driver/nvidia/gpus")) {
    const Result<std::string> text = read_file((gpu / "information").string());
    const std::string model = value_in(text.ok() ? *text : "", "Model");
    gpus.push_back(model.empty() ? "NVIDIA GPU" : model);
  }
  const bool nvidia_is_known = !gpus.empty();
  for (const fs::path& card : entries_of(root / "sys/class/drm")) {
    const std::string name = card.filename().string();
    const bool is_card = name.starts_with("card") && name.find('-') == std::string::npos;
    if (!is_card) continue;
    const std::string_view maker = maker_of(line_of(card / "device/vendor"));
    if (maker.empty() || (nvidia_is_known && maker == "NVIDIA")) continue;
    const std::string product = line_of(card / "device/product_name");
    gpus.push_back(product.empty() ? fmt::format("{} GPU", maker) : product);
  }
  return gpus;
}

// {"models":[{"name":"qwen2.5-coder:7b"}]}
std::vector<std::string> models_in(const std::string& text) {
  std::vector<std::string> models;
  const Result<Json> json = parse_json(text);
  if (!json.ok() || !json->is_object()) return models;
  const Json* list = json->get_object().if_contains("models");
  if (list == nullptr || !list->is_array()) return models;
  for (const Json& model : list->get_array()) {
    const Json* name = model.is_object() ? model.get_object().if_contains("name") : nullptr;
    if (name == nullptr || !name->is_string() || models.size() >= most_models) continue;
    models.emplace_back(name->get_string());
  }
  std::ranges::sort(models);
  return models;
}

Endpoint models_endpoint() {
  Endpoint endpoint{.host = "127.0.0.1", .port = models_port};
  const char* const told = std::getenv("OLLAMA_HOST");
  const Result<Endpoint> read = parse_endpoint(told == nullptr ? "" : told);
  return read.ok() && is_loopback(*read) ? *read : endpoint;
}

}  // namespace

Inventory take_inventory(const InventorySources& sources) {
  const fs::path root = sources.root.empty() ? "/" : sources.root;
  Inventory inventory;
  const std::string host = line_of(root / "proc/sys/kernel/hostname");
  inventory.hostname = host.substr(0, host.find('.'));
  inventory.cores = cores_of(root);
  inventory.memory_mb = memory_of(root);
  inventory.gpus = gpus_of(root);
  if (sources.ask_models) {
    const Result<std::string> models = sources.ask_models("/api/tags");
    if (models.ok()) inventory.models = models_in(*models);
  }
  return inventory;
}

InventorySources system_sources() {
  InventorySources sources;
  sources.ask_models = [](const std::string& target) -> Result<std::string> {
    HttpConnection connection = TRY(HttpConnection::connect(models_endpoint(), models_patience_ms));
    HttpCall call;
    call.target = target;
    HttpAnswer answer = TRY(connection.request(call, models_patience_ms));
    return std::move(answer.body);
  };
  return sources;
}

}  // namespace evener

#include "model/machine.h"

#include <fmt/format.h>

namespace evener {

std::vector<std::string> capabilities_of(const Machine& machine) {
  std::vector<std::string> out;
  if (!machine.gpus.empty()) out.emplace_back("gpu");
  for (const std::string& gpu : machine.gpus) out.push_back("gpu:" + gpu);
  for (const std::string& model : machine.models) out.push_back("model=" + model);
  out.insert(out.end(), machine.labels.begin(), machine.labels.end());
  return out;
}

}  // namespace evener

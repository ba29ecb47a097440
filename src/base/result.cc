#include "base/result.h"

namespace evener {

std::string Error::text() const {
  std::string out = where.empty() ? message : where + ": " + message;
  return out + " (" + code + ")";
}

}  // namespace evener

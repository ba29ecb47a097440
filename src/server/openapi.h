// The HTTP interface for programs: an OpenAPI 3.1 document, made from the same descriptions by
// which requests are read and answers are written.
#pragma once

#include <string>

#include "base/json.h"

namespace evener {

Json openapi_document(const std::string& version);

}  // namespace evener

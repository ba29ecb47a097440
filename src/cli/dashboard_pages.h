// The dashboard's files. They are written down while the program is built (web/scripts/embed.mjs).
#pragma once

#include "server/page_file.h"

namespace evener {

PageFiles dashboard_pages();

}  // namespace evener

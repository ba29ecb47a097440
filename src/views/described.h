// Bounds for the structs of this folder. Views are written by us and read back by our own client,
// so they are generous: what a view shows was held to its bounds when it came in.
#pragma once

#include "base/fields.h"

namespace evener {

inline constexpr Bounds shown{
    .max_bytes = 1U << 20U, .form = TextForm::text, .max_items = 1U << 25U, .min = INT64_MIN
};

// Written also when it has its default: what programs look for must stand there.
inline constexpr Bounds always{
    .required = true,
    .max_bytes = 1U << 20U,
    .form = TextForm::text,
    .max_items = 1U << 25U,
    .min = INT64_MIN
};

}  // namespace evener

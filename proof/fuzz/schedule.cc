// Published scheduling instances. The first byte names the format.
#include "formats/schedule_instance.h"
#include "fuzz/target.h"

FUZZ_TARGET(schedule) {
  const auto format =
      static_cast<InstanceFormat>(take_choice(bytes) % EnumNames<InstanceFormat>::names.size());
  const auto instance = read_schedule_instance(bytes, "instance", format);
  if (!instance.ok()) return;
  CHECK(
      instance->durations.empty() || instance->durations.size() == instance->plan.tasks.size(),
      "durations of other tasks"
  );
}

// Short texts that people type: durations, times, addresses, numbers, capabilities.
#include "base/json.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "fuzz/target.h"
#include "model/capability.h"
#include "model/command.h"
#include "model/decimal.h"

FUZZ_TARGET(words) {
  switch (take_choice(bytes) % 6) {
    case 0: {
      const auto duration = parse_duration(bytes);
      if (duration.ok()) CHECK(!format_duration(*duration).empty(), "a duration without words");
      return;
    }
    case 1: {
      const auto time = parse_time(bytes);
      if (!time.ok()) return;
      const auto again = parse_time(format_time(*time));
      CHECK(again.ok() && *again == *time, "a time that is read otherwise again");
      return;
    }
    case 2: {
      const auto endpoint = parse_endpoint(bytes);
      if (!endpoint.ok()) return;
      const auto again = parse_endpoint(endpoint->text());
      CHECK(again.ok() && *again == *endpoint, "an address that is read otherwise again");
      return;
    }
    case 3: {
      const auto number = parse_decimal(bytes);
      if (!number.ok()) return;
      const auto again = parse_decimal(format_decimal(*number));
      CHECK(again.ok() && *again == *number, "a number that is read otherwise again");
      return;
    }
    case 4: {
      (void)read_wanted(bytes);
      (void)read_offered(bytes);
      (void)offer_for(bytes);
      return;
    }
    default: {
      (void)request_time(bytes).ok();
      const Result<Json> json = parse_json(bytes);
      if (!json.ok()) return;
      const Result<Json> again = parse_json(to_text(*json));
      CHECK(again.ok() && to_text(*again) == to_text(*json), "JSON that is read otherwise again");
    }
  }
}

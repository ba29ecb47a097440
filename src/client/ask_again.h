// What the clients share that ask again when a connection breaks: what makes that safe, and how
// they wait and go on.
#pragma once

#include "client/client.h"

namespace evener {

// Gives every command that may have an effect an id, unless it has one: sent twice, it is done
// once.
void give_request_ids(std::vector<Request>& requests, Instant wall);

// Lets time pass. Fails with `interrupted` once `stop_descriptor` is readable; -1 is none.
Status pause_for(Millis duration, int stop_descriptor);

// Follows by `follow`, again from the last fact seen whenever that ends or fails in passing, until
// `visit` has enough. Fails with `resync` if that fact is another one by then: an older copy of the
// pool was put back meanwhile.
using Follow = std::function<Status(Seq after, const std::function<bool(const PoolEvent&)>& visit)>;
Status follow_on(
    Seq after,
    const std::function<bool(const PoolEvent&)>& visit,
    const Follow& follow,
    Millis look_again_ms,
    int stop_descriptor
);

}  // namespace evener

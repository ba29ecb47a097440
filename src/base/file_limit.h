// How many files a process may have open.
#pragma once

namespace evener {

// Allows this process, and those that it starts, as many open files as the system lets it have, at
// most 65,536. A connection is an open file, and many systems start programs with 1,024 of them,
// for the sake of those that use select(): who needs more asks for them.
void allow_many_files();

}  // namespace evener

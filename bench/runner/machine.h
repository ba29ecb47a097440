// What a run is known by: the machine, and the sources.
#pragma once

#include <string>

namespace evener {

// A JSON object: processor, cores, memory, system, kernel, compiler, and the file system of the
// scratch folder. The same for the same machine, so that runs can be told apart by it.
std::string machine_description();

// Of the tree in that folder; `+` behind it if files differ from it; "" outside of git.
std::string commit_of(const std::string& sources);

// The load of the last minute, for the run's note.
std::string load_now();

}  // namespace evener

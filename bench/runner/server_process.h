// Programs that a benchmark starts and ends: servers that are measured, and tools that run to their
// end. What it starts it ends by its process id, with everything below it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace evener {

struct ProgramSpec {
  std::vector<std::string> argv;  // the program is searched in PATH
  std::vector<std::pair<std::string, std::string>> environment = {};  // added to ours
  std::string folder = {};  // where it runs; "": where we do
  std::string output = {};  // the file to which it writes stdout and stderr; "": nowhere
  std::string user = {};    // as whom it runs, if we are root; "": as we do
};

class ServerProcess {  // Invariant: owns a running or ended process group, or none (pid 0).
 public:
  ServerProcess() = default;

  // Fails with `cannot_start`.
  static Result<ServerProcess> start(const ProgramSpec& spec);

  ServerProcess(ServerProcess&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}

  ServerProcess& operator=(ServerProcess&& other) noexcept;

  ~ServerProcess() { stop(); }

  pid_t pid() const { return pid_; }

  bool has_ended();

  // Asks for the end, and after ten seconds insists.
  void stop();

 private:
  explicit ServerProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_ = 0;
};

// Runs a program to its end and answers what it printed. Fails with `program_failed`, which quotes
// the end of that.
Result<std::string> run_program(ProgramSpec spec);

// A process and all below it.
std::vector<pid_t> processes_below(pid_t root);

// Processor time of a process and of all below it, in microseconds; 0 if it is not there.
double cpu_us(pid_t root);

// Resident memory of a process and of all below it, in bytes.
double resident_bytes(pid_t root);

// A TCP port of 127.0.0.1 that nobody listens on.
std::uint16_t free_port();

// A folder of its own that goes with it. TMPDIR names the folder above, else /var/tmp: a file
// system on a disk, unlike many a /tmp.
class ScratchPlace {
 public:
  ScratchPlace();
  ScratchPlace(const ScratchPlace&) = delete;
  ScratchPlace& operator=(const ScratchPlace&) = delete;
  ~ScratchPlace();

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace evener

// The work that all systems are asked to do: add a task of 200 bytes, claim one, finish it. Each
// conversation speaks one system's own protocol. With a batch of B, a round adds B tasks, claims B
// and finishes B: three questions, each of B commands sent at once. Joined, all three are one
// question: what was claimed in the round before is finished.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "load.h"

namespace evener {

enum CycleStep : int { add_step, claim_step, finish_step, cycle_steps };

struct CycleSpec {
  std::size_t client = 0;
  std::size_t batch = 1;
  bool is_joined = false;
  std::int64_t series = 0;  // of the measurement, so that names do not repeat
  std::string token = {};   // Evener's
  std::string host = {};    // HOST:PORT, for HTTP
};

inline constexpr std::size_t payload_bytes = 200;

// 200 bytes that name the client and a number, which make it unlike all others.
std::string cycle_payload(const CycleSpec& spec, std::uint64_t number);

std::unique_ptr<Conversation> evener_cycle(const CycleSpec& spec);
std::unique_ptr<Conversation> redis_cycle(const CycleSpec& spec);
std::unique_ptr<Conversation> beanstalkd_cycle(const CycleSpec& spec);
std::unique_ptr<Conversation> postgres_cycle(const CycleSpec& spec);
std::unique_ptr<Conversation> rabbitmq_cycle(const CycleSpec& spec);
std::unique_ptr<Conversation> etcd_cycle(const CycleSpec& spec);

// What a database of PostgreSQL must hold before.
extern const char* const postgres_tables;

// A line and its answer, which a server of this program gives (bare_server.h): what the generator
// itself costs.
std::unique_ptr<Conversation> line_cycle(const CycleSpec& spec);

}  // namespace evener

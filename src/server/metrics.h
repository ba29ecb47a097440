// What a monitoring system asks for regularly: GET /metrics, in Prometheus' text format.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/engine.h"
#include "server/http_server.h"
#include "server/service.h"

namespace evener {

struct MetricsSources {
  const Engine& engine;
  const ServiceCounts& service;
  HttpCounts http;
  const std::map<int, std::uint64_t>& answers;  // by status
  std::size_t subscribers = 0;
};

std::string metrics_text(const MetricsSources& sources);

}  // namespace evener

#include "server/metrics.h"

#include <fmt/format.h>

#include <array>

#include "views/liveness.h"

namespace evener {
namespace {

constexpr double microseconds = 1e-6;

class MetricsText {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(
        std::back_inserter(text_),
        "# HELP evener_{} {}\n# TYPE evener_{} {}\n",
        name,
        help,
        name,
        type
    );
  }

  template <typename Number>
  void value(Number number, std::string_view suffix = {}) {
    fmt::format_to(std::back_inserter(text_), "evener_{}{} {}\n", name_, suffix, number);
  }

  template <typename Number>
  void labelled(std::string_view label, std::string_view label_value, Number number) {
    fmt::format_to(
        std::back_inserter(text_), "evener_{}{{{}=\"{}\"}} {}\n", name_, label, label_value, number
    );
  }

  std::string text() && { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

void append_pool(MetricsText& text, const Engine& engine) {
  const Pool& pool = engine.pool();
  text.family("tasks", "gauge", "Tasks by state.");
  for (std::size_t i = 0; i < EnumNames<TaskState>::names.size(); ++i) {
    text.labelled("state", EnumNames<TaskState>::names[i], pool.count(static_cast<TaskState>(i)));
  }
  std::array<std::size_t, EnumNames<Liveness>::names.size()> workers{};
  for (std::uint32_t i = 0; i < pool.state().workers.size(); ++i) {
    ++workers[static_cast<std::size_t>(liveness_of(pool, WorkerIndex{i}, engine.now()))];
  }
  text.family("workers", "gauge", "Workers by liveness.");
  for (std::size_t i = 0; i < workers.size(); ++i) {
    text.labelled("liveness", EnumNames<Liveness>::names[i], workers[i]);
  }
  text.family("leases", "gauge", "Live leases.");
  text.value(pool.vitals().leases().size());
  text.family("claims_waiting", "gauge", "Claims that wait for a task.");
  text.value(engine.parked());
  text.family("last_fact", "gauge", "Sequence of the newest durable fact.");
  text.value(engine.durable().value);
}

void append_service(MetricsText& text, const ServiceCounts& counts) {
  text.family("command_requests_total", "counter", "Requests that gave commands.");
  text.value(counts.requests);
  text.family("commands_total", "counter", "Commands decided.");
  text.value(counts.commands);
  text.family("facts_total", "counter", "Facts made durable by this run of the server.");
  text.value(counts.facts);
  text.family("inline_appends_total", "counter", "Batches appended on the loop's own thread.");
  text.value(counts.inline_batches);
  text.family("append_seconds", "summary", "How long an append of a batch took.");
  text.value(static_cast<double>(counts.append_us) * microseconds, "_sum");
  text.value(counts.batches, "_count");
}

void append_http(MetricsText& text, const MetricsSources& sources) {
  text.family("http_answers_total", "counter", "HTTP answers by status.");
  for (const auto& [status, count] : sources.answers) {
    text.labelled("status", std::to_string(status), count);
  }
  text.family("http_connections_total", "counter", "HTTP connections accepted.");
  text.value(sources.http.connections);
  text.family("http_refused_requests_total", "counter", "Malformed, too large, slow or many.");
  text.value(sources.http.refused_requests);
  text.family("http_refused_connections_total", "counter", "Over the limit of connections.");
  text.value(sources.http.refused_connections);
  text.family("tls_failed_handshakes_total", "counter", "Refused, too slow, or no TLS at all.");
  text.value(sources.http.failed_handshakes);
  text.family("event_subscribers", "gauge", "Who follows the event stream.");
  text.value(sources.subscribers);
}

}  // namespace

std::string metrics_text(const MetricsSources& sources) {
  MetricsText text;
  append_pool(text, sources.engine);
  append_service(text, sources.service);
  append_http(text, sources);
  return std::move(text).text();
}

}  // namespace evener

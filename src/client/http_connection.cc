#include "client/http_connection.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cerrno>
#include <optional>

#include "client/socket.h"

namespace evener {
namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t max_head_bytes = 64 * 1024;
constexpr std::size_t read_bytes = 64UL * 1024;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// An answer, taken from bytes as they arrive.
class AnswerParser : public http::basic_parser<false> {
 public:
  // `on_bytes` gets the body of a 2xx answer; without it every body is collected, until it is
  // whole or has `enough_bytes`.
  AnswerParser(
      bool is_head_request, const HttpConnection::OnBytes* on_bytes, std::size_t enough_bytes
  )
      : on_bytes_(on_bytes), enough_bytes_(enough_bytes) {
    header_limit(max_head_bytes);
    const bool is_collected = on_bytes == nullptr && enough_bytes == SIZE_MAX;
    body_limit(
        is_collected ? boost::optional<std::uint64_t>(HttpConnection::most_answer_bytes)
                     : boost::none
    );
    eager(true);
    skip(is_head_request);
  }

  HttpAnswer& answer() { return answer_; }

  bool is_interim() const { return answer_.status / 100 == 1; }

  bool was_stopped() const { return was_stopped_; }

 private:
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;

  static std::string_view view(text t) { return {t.data(), t.size()}; }

  void on_request_impl(http::verb, text, text, int, error_code&) override {}

  void on_response_impl(int status, text reason, int, error_code&) override {
    answer_.status = status;
    answer_.reason = view(reason);
  }

  void on_field_impl(http::field, text name, text value, error_code&) override {
    if (!is_header_done()) answer_.headers.emplace_back(view(name), view(value));
  }

  void on_header_impl(error_code&) override {}

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(text bytes, error_code& ec) override { return take(bytes, ec); }

  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, text bytes, error_code& ec) override {
    return take(bytes, ec);
  }

  void on_finish_impl(error_code&) override {}

  std::size_t take(text bytes, error_code& ec) {
    if (on_bytes_ != nullptr && answer_.status / 100 == 2) {
      was_stopped_ = was_stopped_ || !(*on_bytes_)(view(bytes));
    } else if (answer_.body.size() + bytes.size() >= enough_bytes_) {
      answer_.body.append(view(bytes).substr(0, enough_bytes_ - answer_.body.size()));
      was_stopped_ = true;
    } else if (answer_.body.size() + bytes.size() > HttpConnection::most_answer_bytes) {
      ec = http::error::body_limit;
    } else {
      answer_.body.append(view(bytes));
    }
    if (was_stopped_) ec = http::error::end_of_stream;
    return bytes.size();
  }

  const HttpConnection::OnBytes* on_bytes_;
  std::size_t enough_bytes_;
  HttpAnswer answer_;
  bool was_stopped_ = false;
};

// The request as it goes on the wire. Fails with `bad_call` if a part of it would break its line.
Result<std::string> wire_of(const HttpCall& call, const std::string& host) {
  const auto breaks_target = [](char c) { return is_control(c) || c == ' '; };
  if (call.target.empty() || std::ranges::any_of(call.target, breaks_target)) {
    return Error{"bad_call", "a target is not empty, and holds no space or control character"};
  }
  std::string wire = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", call.method, call.target, host);
  for (const auto& [name, value] : call.headers) {
    if (std::ranges::any_of(name, breaks_target) || std::ranges::any_of(value, is_control)) {
      return Error{"bad_call", "a header field holds a control character", name};
    }
    wire.append(name).append(": ").append(value).append("\r\n");
  }
  if (!call.body.empty() || call.method == "POST" || call.method == "PUT") {
    wire += fmt::format("Content-Length: {}\r\n", call.body.size());
  }
  wire += "\r\n";
  wire += call.body;
  return wire;
}

}  // namespace

std::string_view HttpAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return value;
  }
  return {};
}

std::string host_field(const Endpoint& endpoint) {
  const std::string whole = endpoint.authority();
  const int usual = endpoint.is_tls ? 443 : 80;
  return endpoint.port == usual ? whole.substr(0, whole.rfind(':')) : whole;
}

// A request on its way out and its answer on the way in.
struct HttpConnection::Progress {
  const HttpCall& call;
  const OnBytes* on_bytes;  // null to collect the body
  std::string wire;
  Millis deadline;
  Millis idle_ms;                       // extends the deadline with every byte received; 0 does not
  std::size_t enough_bytes = SIZE_MAX;  // of the body
  bool may_send = true;                 // until the server has ended its side
  std::size_t sent = 0;
  std::string received = {};  // not yet taken by the parser
  std::optional<AnswerParser> parser = {};

  bool is_sent() const { return sent == wire.size(); }

  void expect_answer() { parser.emplace(call.method == "HEAD", on_bytes, enough_bytes); }
};

Result<HttpConnection> HttpConnection::connect(
    const Endpoint& endpoint, Millis timeout_ms, int stop_descriptor, const TlsContext* tls
) {
  const Millis deadline = monotonic_now() + timeout_ms;
  const int descriptor = TRY(connect_socket(endpoint, deadline, stop_descriptor));
  // A server that is known by its certificate need not know the name by which it was reached.
  const bool has_no_name = endpoint.is_unix() || (tls != nullptr && tls->is_pinned());
  std::string host = has_no_name ? "localhost" : host_field(endpoint);
  HttpConnection connection(descriptor, std::move(host), stop_descriptor);
  if (tls == nullptr) return connection;
  connection.tls_.emplace(tls->begin());
  TRY(connection.shake_hands(endpoint, deadline));
  return connection;
}

Status HttpConnection::shake_hands(const Endpoint& endpoint, Millis deadline) {
  std::string early;
  for (;;) {
    send_unsent();
    if (tls_->failure()) {
      Error failure = *tls_->failure();
      failure.where = endpoint.text();
      return failure;
    }
    if (tls_->is_open() && tls_->unsent().empty()) return Done{};
    const auto events = static_cast<short>(tls_->unsent().empty() ? POLLIN : POLLIN | POLLOUT);
    const Wait wait = wait_for(descriptor_, events, stop_descriptor_, deadline);
    if (wait == Wait::stopped) return interrupted();
    if (wait == Wait::timed_out) {
      return unreachable(endpoint, "somebody listens, but did not say who it is in time");
    }
    const Result<Arrival> arrival = receive_into(early);
    if (!tls_->failure() && (!arrival.ok() || *arrival == Arrival::end)) {
      return unreachable(endpoint, "the connection was closed before the server said who it is");
    }
  }
}

void HttpConnection::send_unsent() {
  while (tls_ && !tls_->unsent().empty()) {
    const std::string_view rest = tls_->unsent();
    const ssize_t sent = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return;
    tls_->sent(static_cast<std::size_t>(sent));
  }
}

// Appends plain bytes. An Error is a reset, or damage.
Result<HttpConnection::Arrival> HttpConnection::receive_into(std::string& received) {
  const std::size_t had = received.size();
  received.resize(had + read_bytes);
  const ssize_t arrived = ::recv(descriptor_, received.data() + had, read_bytes, 0);
  const auto bytes = static_cast<std::size_t>(std::max<ssize_t>(arrived, 0));
  const std::string wire = tls_ ? received.substr(had, bytes) : "";
  received.resize(had + (tls_ ? 0 : bytes));
  if (arrived < 0 && (errno == EAGAIN || errno == EINTR)) return Arrival::nothing;
  if (arrived < 0) return Error{"reset", "the server reset the connection"};
  if (arrived == 0) return Arrival::end;
  if (!tls_) return Arrival::bytes;
  tls_->receive(wire);
  for (std::size_t got = 1; got > 0;) {
    const std::size_t size = received.size();
    received.resize(size + read_bytes);
    got = tls_->read({received.data() + size, read_bytes});
    received.resize(size + got);
  }
  if (tls_->failure()) return *tls_->failure();
  const bool is_over = tls_->has_seen_end() && received.size() == had;
  return is_over ? Arrival::end : Arrival::bytes;
}

HttpConnection::HttpConnection(HttpConnection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      host_(std::move(other.host_)),
      tls_(std::move(other.tls_)),
      stop_descriptor_(other.stop_descriptor_) {}

HttpConnection& HttpConnection::operator=(HttpConnection&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(host_, other.host_);
  std::swap(tls_, other.tls_);
  std::swap(stop_descriptor_, other.stop_descriptor_);
  return *this;
}

HttpConnection::~HttpConnection() {
  close();
}

void HttpConnection::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Result<HttpAnswer> HttpConnection::request(
    const HttpCall& call, Millis timeout_ms, std::size_t most_bytes
) {
  std::string wire = TRY(wire_of(call, host_));
  const bool is_bounded = most_bytes < most_answer_bytes;
  Result<HttpAnswer> answer = perform({
      .call = call,
      .on_bytes = nullptr,
      .wire = std::move(wire),
      .deadline = monotonic_now() + timeout_ms,
      .idle_ms = 0,
      .enough_bytes = is_bounded ? most_bytes + 1 : SIZE_MAX,
  });
  if (answer.ok() && answer->body.size() > most_bytes) {
    return Error{"bad_reply", fmt::format("the answer is longer than {} bytes", most_bytes)};
  }
  return answer;
}

Result<HttpAnswer> HttpConnection::stream(
    const HttpCall& call, const OnBytes& on_bytes, Millis idle_ms
) {
  std::string wire = TRY(wire_of(call, host_));
  return perform({
      .call = call,
      .on_bytes = &on_bytes,
      .wire = std::move(wire),
      .deadline = monotonic_now() + idle_ms,
      .idle_ms = idle_ms,
  });
}

Result<HttpAnswer> HttpConnection::request_head(const HttpCall& call, Millis timeout_ms) {
  Progress progress{
      .call = call,
      .on_bytes = nullptr,
      .wire = TRY(wire_of(call, host_)),
      .deadline = monotonic_now() + timeout_ms,
      .idle_ms = 0,
      .enough_bytes = head_body_bytes,
  };
  const Status status = exchange(progress);
  close();
  const bool has_head =
      progress.parser && progress.parser->is_header_done() && !progress.parser->is_interim();
  if (!status.ok() && !has_head) return status.error();
  return std::move(progress.parser->answer());
}

// Between requests a server says nothing, unless it refuses the connection and says why ("503, come
// back later"). That is the answer then, and the request is not sent.
Status HttpConnection::check_idle(Progress& progress) {
  const Error unsent{"connection_closed_unsent", "the server closed the idle connection"};
  if (!is_open()) return unsent;
  char byte = 0;
  const ssize_t waiting = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (waiting < 0 && errno == EAGAIN) return Done{};
  const Result<Arrival> arrival = receive_into(progress.received);
  if (!progress.received.empty()) {
    progress.may_send = false;
    return Done{};
  }
  if (arrival.ok() && *arrival != Arrival::end) return Done{};
  close();
  return unsent;
}

Error HttpConnection::lost(const Progress& progress, std::string_view how) {
  if (!progress.is_sent()) {
    return {"connection_closed_unsent", fmt::format("{} before the request was sent", how)};
  }
  const bool is_streaming = progress.on_bytes != nullptr && progress.parser->is_header_done();
  if (is_streaming) return {"connection_lost", fmt::format("{} in the middle of a stream", how)};
  return {"reply_lost", fmt::format("{} before its answer was complete", how)};
}

// A server that takes no more may have said why: its answer is still to be read.
void HttpConnection::send_some(Progress& progress) {
  while (progress.may_send && !progress.is_sent()) {
    const ssize_t sent = ::send(
        descriptor_,
        progress.wire.data() + progress.sent,
        progress.wire.size() - progress.sent,
        MSG_NOSIGNAL
    );
    if (sent >= 0) {
      progress.sent += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      progress.may_send = false;
    }
  }
}

Status HttpConnection::receive_some(Progress& progress) {
  const Result<Arrival> arrival = receive_into(progress.received);
  if (!arrival.ok()) return lost(progress, arrival.error().message);
  if (*arrival == Arrival::nothing) return Done{};
  if (progress.idle_ms != 0) progress.deadline = monotonic_now() + progress.idle_ms;
  if (*arrival == Arrival::bytes) TRY(parse(progress));
  const bool is_over = *arrival == Arrival::end || (tls_ && tls_->has_seen_end());
  if (!is_over || progress.parser->is_done() || progress.parser->was_stopped()) return Done{};
  // Only a body without a length ends like this; under TLS the server has to say so, too.
  const bool may_end = progress.parser->is_header_done() && progress.parser->need_eof() &&
                       (!tls_ || tls_->has_seen_end());
  if (!may_end) return lost(progress, "the server closed the connection");
  boost::beast::error_code ignored;
  progress.parser->put_eof(ignored);
  return Done{};
}

Status HttpConnection::parse(Progress& progress) {
  std::string& received = progress.received;
  boost::beast::error_code failure;
  while (!received.empty() && !progress.parser->is_done()) {
    const std::size_t taken =
        progress.parser->put(boost::asio::const_buffer(received.data(), received.size()), failure);
    received.erase(0, taken);
    if (progress.parser->was_stopped() || failure == http::error::need_more) return Done{};
    if (failure) return Error{"bad_reply", "what came back is no HTTP: " + failure.message()};
    if (progress.parser->is_done() && progress.parser->is_interim()) progress.expect_answer();
  }
  return Done{};
}

Status HttpConnection::exchange(Progress& progress) {
  TRY(check_idle(progress));
  progress.expect_answer();
  if (tls_ && progress.may_send) {
    tls_->write(progress.wire);
    progress.wire = tls_->unsent();
    tls_->sent(progress.wire.size());
  }
  TRY(parse(progress));
  send_some(progress);
  while (!progress.parser->is_done() && !progress.parser->was_stopped()) {
    const bool sends = progress.may_send && !progress.is_sent();
    const auto events = static_cast<short>(sends ? POLLIN | POLLOUT : POLLIN);
    switch (wait_for(descriptor_, events, stop_descriptor_, progress.deadline)) {
      case Wait::stopped:
        return interrupted();
      case Wait::timed_out:
        return Error{"timeout", "the server did not answer in time"};
      case Wait::ready:
        TRY(receive_some(progress));
        if (!progress.parser->is_done()) send_some(progress);
        break;
    }
  }
  if (!progress.is_sent() && progress.parser->answer().status < 400) {
    return Error{"bad_reply", "the server answered before it had the request"};
  }
  return Done{};
}

Result<HttpAnswer> HttpConnection::perform(Progress progress) {
  const Status status = exchange(progress);
  const bool is_reusable = status.ok() && progress.parser->is_done() &&
                           progress.parser->keep_alive() && progress.is_sent() &&
                           progress.received.empty();
  if (!is_reusable) close();
  if (!status.ok()) return status.error();
  return std::move(progress.parser->answer());
}

}  // namespace evener

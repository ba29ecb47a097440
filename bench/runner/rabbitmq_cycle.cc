#include <fmt/format.h>

#include <set>
#include <utility>

#include "task_cycle.h"

namespace evener {
namespace {

using namespace std::string_view_literals;

// AMQP 0-9-1, chapter 4.2: numbers are big-endian, a frame ends with 0xCE.
template <typename Number>
void append_amqp(std::string& out, Number number) {
  for (int shift = 8 * (int(sizeof(Number)) - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>(number >> shift & 0xff);
  }
}

std::uint64_t read_amqp(std::string_view in, std::size_t bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    number = number << 8 | static_cast<unsigned char>(in[i]);
  }
  return number;
}

void append_short(std::string& out, std::string_view text) {
  append_amqp(out, static_cast<std::uint8_t>(text.size()));
  out += text;
}

void append_long(std::string& out, std::string_view text) {
  append_amqp(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

constexpr char method_frame = 1;
constexpr char header_frame = 2;
constexpr char body_frame = 3;

void append_frame(std::string& out, char kind, std::uint16_t channel, std::string_view payload) {
  out += kind;
  append_amqp(out, channel);
  append_long(out, payload);
  out += '\xce';
}

// A method's class and number, as one.
constexpr std::uint32_t amqp_method(std::uint32_t group, std::uint32_t number) {
  return group << 16 | number;
}

constexpr std::uint32_t connection_start = amqp_method(10, 10);
constexpr std::uint32_t connection_start_ok = amqp_method(10, 11);
constexpr std::uint32_t connection_tune = amqp_method(10, 30);
constexpr std::uint32_t connection_tune_ok = amqp_method(10, 31);
constexpr std::uint32_t connection_open = amqp_method(10, 40);
constexpr std::uint32_t connection_open_ok = amqp_method(10, 41);
constexpr std::uint32_t connection_close = amqp_method(10, 50);
constexpr std::uint32_t channel_open = amqp_method(20, 10);
constexpr std::uint32_t channel_open_ok = amqp_method(20, 11);
constexpr std::uint32_t channel_close = amqp_method(20, 40);
constexpr std::uint32_t queue_declare = amqp_method(50, 10);
constexpr std::uint32_t queue_declare_ok = amqp_method(50, 11);
constexpr std::uint32_t basic_qos = amqp_method(60, 10);
constexpr std::uint32_t basic_qos_ok = amqp_method(60, 11);
constexpr std::uint32_t basic_consume = amqp_method(60, 20);
constexpr std::uint32_t basic_consume_ok = amqp_method(60, 21);
constexpr std::uint32_t basic_publish = amqp_method(60, 40);
constexpr std::uint32_t basic_deliver = amqp_method(60, 60);
constexpr std::uint32_t basic_ack = amqp_method(60, 80);
constexpr std::uint32_t confirm_select = amqp_method(85, 10);
constexpr std::uint32_t confirm_select_ok = amqp_method(85, 11);

std::string method_of(std::uint32_t method) {
  std::string payload;
  append_amqp(payload, method);
  return payload;
}

// A durable quorum queue with publisher confirms; what is claimed is pushed to its consumer, which
// may hold as many as a batch has. RabbitMQ does not answer when a task is finished (basic.ack).
class RabbitCycle : public Conversation {
 public:
  explicit RabbitCycle(CycleSpec spec) : spec_(std::move(spec)) {}

  int steps() const override { return cycle_steps; }

  void greet(std::string& out) override { out += "AMQP\0\0\x09\x01"sv; }

  Heard hear_greeting(std::string_view in, std::string& out) override {
    Heard heard = hear_frames(in, &out);
    heard.is_whole = is_consuming_;
    return heard;
  }

  void ask(int step, std::string& out) override {
    if (step == add_step) {
      for (std::size_t i = 0; i < spec_.batch; ++i) publish(out);
    } else if (step == finish_step) {
      std::string payload = method_of(basic_ack);
      append_amqp(payload, last_delivery_);
      payload += '\1';  // and all before it
      append_frame(out, method_frame, 1, payload);
      delivered_ = 0;
    }
  }

  Heard hear(int step, std::string_view in) override {
    Heard heard = hear_frames(in, nullptr);
    heard.is_whole = step == finish_step || (step == add_step && unconfirmed_.empty()) ||
                     (step == claim_step && delivered_ >= spec_.batch);
    return heard;
  }

 private:
  void publish(std::string& out) {
    std::string payload = method_of(basic_publish);
    append_amqp<std::uint16_t>(payload, 0);
    append_short(payload, "");  // the exchange by which a queue's name is its address
    append_short(payload, "bench");
    payload += '\0';
    append_frame(out, method_frame, 1, payload);
    payload.clear();
    append_amqp<std::uint16_t>(payload, 60);
    append_amqp<std::uint16_t>(payload, 0);
    append_amqp<std::uint64_t>(payload, payload_bytes);
    append_amqp<std::uint16_t>(payload, 0x1000);  // of the properties, the delivery mode alone
    payload += '\2';                              // persistent
    append_frame(out, header_frame, 1, payload);
    append_frame(out, body_frame, 1, cycle_payload(spec_, published_));
    unconfirmed_.insert(++published_);
  }

  // `out`: where the greeting is answered; none after it.
  Heard hear_frames(std::string_view in, std::string* out) {
    Heard heard;
    while (in.size() - heard.bytes >= 8) {
      const std::string_view rest = in.substr(heard.bytes);
      const std::size_t size = read_amqp(rest.substr(3), 4);
      if (rest.size() < size + 8) return heard;
      const std::string_view payload = rest.substr(7, size);
      heard.bytes += size + 8;
      if (rest.front() == body_frame) ++delivered_;
      if (rest.front() != method_frame) continue;
      const auto method = static_cast<std::uint32_t>(read_amqp(payload, 4));
      if (method == connection_close || method == channel_close) {
        return {.problem = fmt::format("rabbitmq answered: {}", payload.substr(7))};
      }
      if (method == basic_deliver) {
        const std::size_t tag = 5 + static_cast<unsigned char>(payload[4]);
        last_delivery_ = read_amqp(payload.substr(tag), 8);
      } else if (method == basic_ack) {
        confirm(payload);
      } else if (out != nullptr) {
        answer_greeting(method, *out);
      }
    }
    return heard;
  }

  // Confirms may come out of order, and one for many.
  void confirm(std::string_view payload) {
    const std::uint64_t tag = read_amqp(payload.substr(4), 8);
    const bool is_for_all_before = payload[12] != 0;
    if (is_for_all_before) {
      unconfirmed_.erase(unconfirmed_.begin(), unconfirmed_.upper_bound(tag));
    } else {
      unconfirmed_.erase(tag);
    }
  }

  void answer_greeting(std::uint32_t method, std::string& out) {
    switch (method) {
      case connection_start: {
        std::string payload = method_of(connection_start_ok);
        append_long(payload, "");  // no properties
        append_short(payload, "PLAIN");
        append_long(payload, "\0guest\0guest"sv);
        append_short(payload, "en_US");
        return append_frame(out, method_frame, 0, payload);
      }
      case connection_tune: {
        std::string payload = method_of(connection_tune_ok);
        append_amqp<std::uint16_t>(payload, 16);
        append_amqp<std::uint32_t>(payload, 128 * 1024);
        append_amqp<std::uint16_t>(payload, 0);  // no heartbeats
        append_frame(out, method_frame, 0, payload);
        payload = method_of(connection_open);
        append_short(payload, "/");
        append_short(payload, "");
        payload += '\0';
        return append_frame(out, method_frame, 0, payload);
      }
      case connection_open_ok: {
        std::string payload = method_of(channel_open);
        append_short(payload, "");
        return append_frame(out, method_frame, 1, payload);
      }
      case channel_open_ok:
        return declare_queue(out);
      case queue_declare_ok:
        return append_frame(out, method_frame, 1, method_of(confirm_select) + '\0');
      case confirm_select_ok: {
        std::string payload = method_of(basic_qos);
        append_amqp<std::uint32_t>(payload, 0);
        append_amqp(payload, static_cast<std::uint16_t>(spec_.batch));
        payload += '\0';
        return append_frame(out, method_frame, 1, payload);
      }
      case basic_qos_ok: {
        std::string payload = method_of(basic_consume);
        append_amqp<std::uint16_t>(payload, 0);
        append_short(payload, "bench");
        append_short(payload, fmt::format("w{}-{}", spec_.series, spec_.client));
        payload += '\0';
        append_long(payload, "");
        return append_frame(out, method_frame, 1, payload);
      }
      case basic_consume_ok:
        is_consuming_ = true;
        return;
      default:
        return;
    }
  }

  static void declare_queue(std::string& out) {
    std::string arguments;
    append_short(arguments, "x-queue-type");
    arguments += 'S';
    append_long(arguments, "quorum");
    std::string payload = method_of(queue_declare);
    append_amqp<std::uint16_t>(payload, 0);
    append_short(payload, "bench");
    payload += '\2';  // durable
    append_long(payload, arguments);
    append_frame(out, method_frame, 1, payload);
  }

  CycleSpec spec_;
  bool is_consuming_ = false;
  std::uint64_t published_ = 0;
  std::set<std::uint64_t> unconfirmed_ = {};  // by their places among those published, from 1
  std::uint64_t last_delivery_ = 0;
  std::size_t delivered_ = 0;  // and not finished
};

}  // namespace

std::unique_ptr<Conversation> rabbitmq_cycle(const CycleSpec& spec) {
  return std::make_unique<RabbitCycle>(spec);
}

}  // namespace evener

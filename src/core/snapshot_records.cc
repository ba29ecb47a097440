#include "core/snapshot_records.h"

namespace evener {
namespace {

void encode_requests(Encoder& out, const State& state) {
  out.number(static_cast<std::int64_t>(state.requests.size()));
  for (const auto& [name, author] : state.requests) {
    out.text(name);
    out.number(author.horizon);
    out.number(author.crowded_out);
    out.number(static_cast<std::int64_t>(author.recent.size()));
    for (const auto& [key, record] : author.recent) {
      out.number(key.first);
      out.text(key.second);
      out.number(record.last.value);
      out.number(record.facts);
      out.text(record.body);
    }
  }
}

void decode_requests(Decoder& in, State& state) {
  for (std::size_t authors = in.count(); authors > 0; --authors) {
    AuthorRequests& author = state.requests[in.text()];
    author.horizon = in.number();
    author.crowded_out = in.number();
    for (std::size_t left = in.count(); left > 0; --left) {
      const Instant time = in.number();
      RequestRecord& record = author.recent[{time, in.text()}];
      record.last = Seq{in.number()};
      record.facts = in.number();
      record.body = in.text();
    }
  }
}

void encode_message(Encoder& out, const Message& message) {
  out.text(message.to);
  out.text(message.text);
  out.text(message.sender);
  out.number(message.task == no_task ? 0 : message.task.value + 1LL);
  out.number(message.channel.value);
  out.number(static_cast<std::int64_t>(message.recipients.size()));
  for (const WorkerIndex worker : message.recipients) out.number(worker.value);
  out.number((message.urgent ? 1 : 0) | (message.automatic ? 2 : 0));
  out.number(message.sent_at);
}

Message decode_message(Decoder& in, const State& state) {
  Message message;
  message.to = in.text();
  message.text = in.text();
  message.sender = in.text();
  const std::uint32_t task = in.index(state.tasks.size() + 1);
  if (task > 0) message.task = TaskIndex{task - 1};
  message.channel = AssigneeIndex{in.index(state.assignees())};
  for (std::size_t left = in.count(); left > 0; --left) {
    message.recipients.push_back(WorkerIndex{in.index(state.workers.size())});
  }
  const std::uint32_t flags = in.index(4);
  message.urgent = (flags & 1U) != 0;
  message.automatic = (flags & 2U) != 0;
  message.sent_at = in.number();
  return message;
}

void encode_messages(Encoder& out, const Messages& messages) {
  out.number(messages.last);
  out.number(static_cast<std::int64_t>(messages.live.size()));
  for (const auto& [id, message] : messages.live) {
    out.number(id);
    encode_message(out, message);
  }
  out.number(static_cast<std::int64_t>(messages.readings.size()));
  for (const auto& [worker, reading] : messages.readings) {
    out.number(worker.value);
    out.number(reading.up_to);
    out.number(static_cast<std::int64_t>(reading.single.size()));
    for (const MessageId id : reading.single) out.number(id);
  }
  out.number(static_cast<std::int64_t>(messages.followers.size()));
  for (const auto& [task, workers] : messages.followers) {
    out.number(task.value);
    out.number(static_cast<std::int64_t>(workers.size()));
    for (const WorkerIndex worker : workers) out.number(worker.value);
  }
}

void decode_messages(Decoder& in, const State& state, Messages& messages) {
  messages.last = in.number();
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const MessageId id = in.number();
    messages.live[id] = decode_message(in, state);
  }
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    Reading& reading = messages.readings[WorkerIndex{in.index(state.workers.size())}];
    reading.up_to = in.number();
    for (std::size_t ids = in.count(); ids > 0; --ids) reading.single.insert(in.number());
  }
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    std::vector<WorkerIndex>& workers = messages.followers[TaskIndex{in.index(state.tasks.size())}];
    for (std::size_t ids = in.count(); ids > 0; --ids) {
      workers.push_back(WorkerIndex{in.index(state.workers.size())});
    }
    messages.follower_count += workers.size();
  }
}

void encode_reports(Encoder& out, const Reports& reports) {
  out.number(reports.counted_from);
  out.number(static_cast<std::int64_t>(reports.of.size()));
  for (const Reporting& reporting : reports.of) {
    out.number(reporting.reported);
    out.number(reporting.overdue_since);
    out.number(reporting.level);
  }
}

void decode_reports(Decoder& in, const State& state, Reports& reports) {
  reports.counted_from = in.number();
  reports.of.resize(in.index(state.workers.size() + 1));
  for (Reporting& reporting : reports.of) {
    reporting.reported = in.number();
    reporting.overdue_since = in.number();
    reporting.level = in.number();
  }
}

void encode_records(Encoder& out, const Records& records) {
  out.number(static_cast<std::int64_t>(records.measures.size()));
  for (const auto& [key, measure] : records.measures) out.object(measure);
  out.number(records.chapters);
  out.number(records.last_mark.value);
  out.number(static_cast<std::int64_t>(records.schedules.size()));
  for (const auto& [id, schedule] : records.schedules) out.object(schedule);
}

void decode_records(Decoder& in, Records& records) {
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    Measure measure = in.object<Measure>();
    MeasureKey key{measure.name, measure.task, measure.phase};
    records.measures.insert_or_assign(std::move(key), std::move(measure));
  }
  records.chapters = in.number();
  records.last_mark = Seq{in.number()};
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    ScheduleRecord schedule = in.object<ScheduleRecord>();
    std::string id = schedule.spec.id;
    records.schedules.insert_or_assign(std::move(id), std::move(schedule));
  }
}

}  // namespace

void encode_records(Encoder& out, const State& state) {
  encode_requests(out, state);
  encode_messages(out, state.messages);
  encode_reports(out, state.reports);
  encode_records(out, state.records);
}

void decode_records(Decoder& in, State& state) {
  decode_requests(in, state);
  decode_messages(in, state, state.messages);
  decode_reports(in, state, state.reports);
  decode_records(in, state.records);
}

}  // namespace evener

#include "cli/top_reader.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <chrono>

#include "views/text.h"

namespace evener {
namespace {

constexpr Millis least_pause_ms = 200;  // between two readings, however much happens
constexpr Millis look_again_ms = 1000;  // for a pool that could not be followed
constexpr std::int64_t newest_facts = 5;

void wake(int descriptor) {
  static_cast<void>(::eventfd_write(descriptor, 1));  // fails only when it is readable already
}

}  // namespace

Result<std::unique_ptr<TopReader>> TopReader::start(const Session& session, Millis every_ms) {
  const int news = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  const int stop = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (news < 0 || stop < 0) return system_error(errno, "wait for news", "eventfd");
  std::unique_ptr<TopReader> reader(new TopReader(news, stop, every_ms));
  TRY(reader->begin(session));
  return reader;
}

Status TopReader::begin(const Session& session) {
  reading_ = TRY(session.new_client(stop_.number()));
  following_ = TRY(session.new_client(stop_.number()));
  filter_ = filter_of(TopState{});
  content_ = TRY(read(filter_));
  wake(news_.number());
  reader_ = std::thread([this] { read_on(); });
  follower_ = std::thread([this] { follow_on(); });
  return Done{};
}

TopReader::~TopReader() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  wake(stop_.number());
  changed_.notify_all();
  if (reader_.joinable()) reader_.join();
  if (follower_.joinable()) follower_.join();
}

TopContent TopReader::take() {
  eventfd_t count = 0;
  static_cast<void>(::eventfd_read(news_.number(), &count)
  );  // fails only when there is nothing new
  const std::lock_guard lock(mutex_);
  return content_;
}

void TopReader::list(const TaskFilter& filter) {
  const std::lock_guard lock(mutex_);
  filter_ = filter;
  is_stale_ = true;
  changed_.notify_all();
}

Result<TopContent> TopReader::read(const TaskFilter& filter) {
  TopContent content;
  content.status = TRY(ask_for<StatusView>(*reading_, {.kind = QueryKind::status}));
  content.workers = TRY(ask_for<WorkerListView>(*reading_, {.kind = QueryKind::workers}));
  content.tasks =
      TRY(ask_for<TaskListView>(*reading_, {.kind = QueryKind::tasks, .filter = filter}));
  content.filter = filter;
  order_tasks(content.tasks);
  Query log{.kind = QueryKind::log};
  log.after = Seq{std::max<std::int64_t>(0, content.status.last.value - newest_facts)};
  log.limit = newest_facts;
  const auto newest = TRY(ask_for<LogView>(*reading_, log));
  for (const RawJson& raw : newest.facts) {
    const Json json = TRY(parse_json(raw.text));
    std::string line = fact_line(TRY(read_fact(json)), Style{.colour = false, .width = 0});
    line.pop_back();
    content.log.push_back(std::move(line));
  }
  return content;
}

void TopReader::read_on() {
  std::unique_lock lock(mutex_);
  while (!is_over_) {
    const auto wait = [&](Millis most, const auto& until) {
      changed_.wait_for(lock, std::chrono::milliseconds(most), until);
    };
    wait(least_pause_ms, [&] { return is_over_; });
    wait(every_ms_ - least_pause_ms, [&] { return is_over_ || is_stale_; });
    if (is_over_) return;
    is_stale_ = false;
    const TaskFilter filter = filter_;
    lock.unlock();
    Result<TopContent> content = read(filter);
    lock.lock();
    if (content.ok()) {
      content_ = std::move(*content);
    } else {
      content_.problem = content.error().text();
    }
    wake(news_.number());
  }
}

// Each thing that happens makes what was read stale. Where it cannot be followed, reading every so
// often must do, until it can again.
void TopReader::follow_on() {
  for (;;) {
    Seq last;
    {
      const std::lock_guard lock(mutex_);
      last = content_.status.last;
    }
    static_cast<void>(following_->follow(last, [&](const PoolEvent&) {
      const std::lock_guard lock(mutex_);
      is_stale_ = true;
      changed_.notify_all();
      return !is_over_;
    }));
    pollfd stopped{stop_.number(), POLLIN, 0};
    if (::poll(&stopped, 1, static_cast<int>(look_again_ms)) > 0) return;
  }
}

}  // namespace evener

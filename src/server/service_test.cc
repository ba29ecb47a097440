#include "server/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <future>
#include <mutex>
#include <thread>

#include "engine/journals.h"
#include "server/serve_testing.h"

namespace evener {
namespace {

using namespace testing_serve;

// A journal in memory whose appends can be held up.
class GatedJournal : public MemoryJournal {
 public:
  Append append(const Batch& batch) override {
    const std::lock_guard held(gate);
    threads.push_back(std::this_thread::get_id());
    return MemoryJournal::append(batch);
  }

  std::mutex gate;
  std::vector<std::thread::id> threads;  // on which each append ran
};

// A service on a loop of its own, without files and sockets.
class ServiceTest : public testing::Test {
 protected:
  ~ServiceTest() override { stop(); }

  void start(EngineOptions options = {}) {
    options.serves = true;
    engine_.emplace(std::make_unique<Pool>(), Stamp{}, options, [](Seq, Seq, const FactVisitor&) {
      return Status(Done{});
    });
    engine_->begin(clock_.read());
    engine_->record("rod", {PoolCreated{.pool = "p", .card = {}}});
    const std::optional<Batch> batch = engine_->next_batch();
    EXPECT_EQ(journal_.append(*batch), Append::durable);
    engine_->appended();
    static_cast<void>(engine_->take_effects());
    journal_.threads.clear();
    feed_.emplace(
        EventFeedOptions{.epoch = 1, .last = engine_->durable()},
        [](Seq, Seq, const EventFeed::PageRead&) { return false; }
    );
    service_.emplace(
        loop_,
        ServiceParts{
            .engine = *engine_, .journal = journal_, .feed = *feed_, .clock = clock_, .on_facts = {}
        }
    );
    thread_ = std::thread([this] { ended_.set_value(service_->run()); });
  }

  void stop() {
    if (!thread_.joinable()) return;
    boost::asio::post(loop_, [this] { service_->stop(); });
    thread_.join();
  }

  static std::vector<Request> adding(const std::string& id) {
    AddTasks add;
    add.tasks.emplace_back().id = id;
    return {{.request_id = {}, .command = add}};
  }

  static std::vector<Request> claiming(const std::string& worker, Millis wait_ms) {
    Claim claim;
    claim.worker = worker;
    claim.wait_ms = wait_ms;
    return {{.request_id = {}, .command = claim}};
  }

  template <typename T>
  T on_loop(const std::function<T()>& action) {
    std::promise<T> done;
    boost::asio::post(loop_, [&] { done.set_value(action()); });
    return done.get_future().get();
  }

  const Author rod_{"rod", Scope::operate};
  SystemClock clock_;
  GatedJournal journal_;
  boost::asio::io_context loop_{1};
  std::optional<Engine> engine_;
  std::optional<EventFeed> feed_;
  std::optional<Service> service_;
  std::promise<Status> ended_;
  std::thread thread_;
};

TEST_F(ServiceTest, AppendsForOneRequestOnTheLoopAndForSeveralBesideIt) {
  start();
  std::array<std::promise<std::string>, 3> answers;
  const auto submit = [&](std::size_t i) {
    service_->submit(rod_, adding(fmt::format("t{}", i)), [&, i](Result<std::string> answer) {
      answers[i].set_value(answer.value());
    });
  };
  boost::asio::post(loop_, [&] { submit(0); });
  EXPECT_THAT(answers[0].get_future().get(), testing::HasSubstr("\"ok\":true"));
  boost::asio::post(loop_, [&] {
    submit(1);
    submit(2);
  });
  answers[1].get_future().wait();
  answers[2].get_future().wait();
  stop();
  ASSERT_EQ(journal_.threads.size(), 2U);
  EXPECT_NE(journal_.threads[0], journal_.threads[1]);
  EXPECT_EQ(service_->counts().batches, 2U);
  EXPECT_EQ(service_->counts().inline_batches, 1U);
}

TEST_F(ServiceTest, AnswersOnlyWhatIsDurableAndIsOverloadedMeanwhile) {
  start({.most_undurable = 0});
  std::unique_lock held(journal_.gate);
  std::atomic<int> answered = 0;
  std::promise<void> all;
  boost::asio::post(loop_, [&] {
    for (const char* task : {"a", "b"}) {
      service_->submit(rod_, adding(task), [&](const Result<std::string>&) {
        if (++answered == 2) all.set_value();
      });
    }
  });
  // A read sees both tasks, and so waits for them too.
  std::promise<std::string> read;
  boost::asio::post(loop_, [&] {
    service_->read(
        [](const Pool& pool, Instant) { return std::to_string(pool.state().tasks.size()); },
        [&](Result<std::string> text) { read.set_value(text.value()); }
    );
  });
  EXPECT_TRUE(on_loop<bool>([&] { return service_->engine().is_overloaded(); }));
  EXPECT_EQ(answered, 0);
  std::future<std::string> is_read = read.get_future();
  EXPECT_EQ(is_read.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  held.unlock();
  all.get_future().wait();
  EXPECT_EQ(is_read.get(), "2");
  EXPECT_FALSE(on_loop<bool>([&] { return service_->engine().is_overloaded(); }));
}

// With one request the append fails on the loop, with two beside it.
class FailedAppendTest : public ServiceTest, public testing::WithParamInterface<int> {};

TEST_P(FailedAppendTest, AnswersNothingAndEnds) {
  start();
  journal_.fail_append(1, MemoryJournal::Unknown::stored);
  std::atomic<int> answered = 0;
  boost::asio::post(loop_, [&] {
    for (int i = 0; i < GetParam(); ++i) {
      service_->submit(rod_, adding(fmt::format("t{}", i)), [&](const Result<std::string>&) {
        ++answered;
      });
    }
  });
  EXPECT_FALSE(ended_.get_future().get().ok());
  thread_.join();
  service_.reset();
  EXPECT_EQ(answered, 0);
}

INSTANTIATE_TEST_SUITE_P(Service, FailedAppendTest, testing::Values(1, 2));

TEST_F(ServiceTest, GivesUpWaitingClaimsWhenItStops) {
  start();
  std::promise<std::string> code;
  boost::asio::post(loop_, [&] {
    service_->submit(rod_, claiming("w1", 60'000), [&](Result<std::string> answer) {
      code.set_value(answer.error().code);
    });
  });
  EXPECT_EQ(on_loop<std::size_t>([&] { return service_->engine().parked(); }), 1U);
  boost::asio::post(loop_, [&] { service_->begin_stop(); });
  EXPECT_EQ(code.get_future().get(), "stopping");
  std::promise<std::string> late;
  boost::asio::post(loop_, [&] {
    service_->submit(rod_, claiming("w1", 60'000), [&](Result<std::string> answer) {
      late.set_value(answer.value());
    });
  });
  EXPECT_THAT(late.get_future().get(), testing::HasSubstr("nothing_to_claim"));
}

TEST_F(ServiceTest, AnswersWhatIsDecidedThoughWhoeverAskedIsGone) {
  start();
  std::promise<bool> forgot;
  std::promise<std::string> answered;
  boost::asio::post(loop_, [&] {
    const RequestTag tag = service_->next_tag();
    service_->submit(rod_, adding("a"), [&](Result<std::string> answer) {
      answered.set_value(answer.value());
    });
    forgot.set_value(service_->forget(tag));
  });
  EXPECT_FALSE(forgot.get_future().get());
  std::future<std::string> answer = answered.get_future();
  ASSERT_EQ(answer.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_THAT(answer.get(), testing::HasSubstr("\"ok\":true"));
}

TEST_F(ServiceTest, NeverAnswersAClaimThatItForgot) {
  start();
  std::atomic<int> answered = 0;
  EXPECT_TRUE(on_loop<bool>([&] {
    const RequestTag tag = service_->next_tag();
    std::vector<Request> requests = claiming("w1", 60'000);
    service_->submit(rod_, std::move(requests), [&](const Result<std::string>&) { ++answered; });
    return service_->forget(tag);
  }));
  EXPECT_EQ(on_loop<std::size_t>([&] { return service_->engine().parked(); }), 0U);
  boost::asio::post(loop_, [&] { service_->begin_stop(); });
  stop();
  EXPECT_EQ(answered, 0);
}

TEST_F(ServiceTest, LapsesALeaseWhenItsTimeHasCome) {
  start();
  std::promise<void> claimed;
  boost::asio::post(loop_, [&] {
    service_->submit(rod_, adding("a"), [](const Result<std::string>&) {});
    std::vector<Request> requests = claiming("w1", 0);
    std::get<Claim>(requests.front().command).lease_ms = limits::shortest_lease;
    service_->submit(rod_, std::move(requests), [&](const Result<std::string>&) {
      claimed.set_value();
    });
  });
  claimed.get_future().wait();
  // Somebody waits for the task; nothing else wakes the loop.
  std::promise<std::string> second;
  boost::asio::post(loop_, [&] {
    service_->submit(rod_, claiming("w2", 10'000), [&](Result<std::string> answer) {
      second.set_value(answer.value());
    });
  });
  EXPECT_THAT(second.get_future().get(), testing::HasSubstr("\"attempt\":2"));
}

}  // namespace
}  // namespace evener

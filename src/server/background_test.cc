#include "server/background.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace evener {
namespace {

TEST(Background, WorksInOrderAndCarriesResultsToTheLoop) {
  boost::asio::io_context loop;
  const auto guard = boost::asio::make_work_guard(loop);
  Background background(loop, 10);
  const std::thread::id ours = std::this_thread::get_id();
  std::vector<int> seen;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(background.start([&, i]() -> Background::OnLoop {
      EXPECT_NE(std::this_thread::get_id(), ours);
      return [&, i] {
        EXPECT_EQ(std::this_thread::get_id(), ours);
        seen.push_back(i);
      };
    }));
  }
  while (seen.size() < 3) loop.run_one();
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 2}));
}

// Long enough for the thread to stay awake, and then again for it to fall asleep.
TEST(Background, WorksOnWhetherItLooksAgainOrSleeps) {
  boost::asio::io_context loop;
  const auto guard = boost::asio::make_work_guard(loop);
  Background background(loop, 1, Background::Idle::looks_again);
  std::size_t done = 0;
  const auto work_once = [&] {
    EXPECT_TRUE(background.start([&]() -> Background::OnLoop { return [&] { ++done; }; }));
    const std::size_t before = done;
    while (done == before) loop.run_one();
  };
  for (std::size_t i = 0; i < 20 * Attention::enough; ++i) work_once();
  std::this_thread::sleep_for(10 * Attention::longest);
  work_once();
  EXPECT_EQ(done, 20 * Attention::enough + 1);
}

TEST(Background, TakesNoMoreThanMayWait) {
  boost::asio::io_context loop;
  std::promise<void> begun;
  std::promise<void> gate;
  Background background(loop, 1);
  background.start([&]() -> Background::OnLoop {
    begun.set_value();
    gate.get_future().wait();
    return {};
  });
  begun.get_future().wait();
  const auto nothing = []() -> Background::OnLoop { return {}; };
  EXPECT_TRUE(background.start(nothing));
  EXPECT_FALSE(background.start(nothing));
  gate.set_value();
}

TEST(Background, DropsWhatWaitsWhenItEnds) {
  boost::asio::io_context loop;
  std::promise<void> begun;
  std::promise<void> gate;
  std::atomic<bool> ran = false;
  auto background = std::make_unique<Background>(loop, 10);
  background->start([&]() -> Background::OnLoop {
    begun.set_value();
    gate.get_future().wait();
    return {};
  });
  const auto token = std::make_shared<int>();
  background->start([&ran, token]() -> Background::OnLoop {
    ran = true;
    return {};
  });
  begun.get_future().wait();
  std::thread ending([&] { background.reset(); });
  // The end has come when what waited is let go of; only then may the first work go on.
  while (token.use_count() > 1 && !ran) {
  }
  gate.set_value();
  ending.join();
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace evener

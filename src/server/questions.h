// Answers questions (views/query.h): from the pool in memory, from its history, or from both.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "server/archive.h"
#include "server/kept_views.h"
#include "server/service.h"
#include "views/query.h"

namespace evener {

class Questions {
 public:
  using Answered = std::function<void(Result<View>)>;

  // Both outlive this.
  Questions(Service& service, Archive& archive) : service_(service), archive_(archive) {}

  // Lists are cut to 10,000 rows, and say where they go on. Fails as answer_query() does, and with
  // `overloaded` or `stopping`.
  void ask(Query query, Answered answered);

  // The same, for one of many who ask: what others were answered a moment ago will do if it tells
  // of the fact `least` (kept_views.h).
  void ask_shared(Query query, Seq least, Answered answered);

 private:
  struct TaskQuestion;

  void ask_pool(Query query, Answered answered);
  void ask_history(const Query& query, Answered answered);
  void ask_forecast(const Query& query, Answered answered);
  void ask_task(const std::shared_ptr<TaskQuestion>& question);
  void read_for(const std::shared_ptr<TaskQuestion>& question);

  Service& service_;
  Archive& archive_;
  KeptViews kept_;
};

}  // namespace evener

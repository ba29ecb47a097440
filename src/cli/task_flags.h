// The flags that describe a task, the same for `add` and `edit`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace evener {

class TaskFlags {
 public:
  void add_to(CLI::App* verb);

  // Whether any was given.
  bool is_given() const;

  // The fields that were given, as a task's JSON members; an empty text clears one. Fails with
  // `bad_duration`, `bad_time`, `bad_json`, and `usage` where two contradict each other.
  Result<JsonObject> members() const;

 private:
  struct Text {
    const char* field;
    std::string value;
    CLI::Option* option = nullptr;
  };

  struct List {
    const char* field;
    std::vector<std::string> values;
    CLI::Option* option = nullptr;
  };

  Text* text(const char* field);
  List* list(const char* field);

  // Stable addresses: CLI11 keeps pointers to the values.
  std::vector<std::unique_ptr<Text>> texts_;
  std::vector<std::unique_ptr<List>> lists_;
  bool integrate_ = false;
  CLI::Option* integrate_option_ = nullptr;
};

}  // namespace evener

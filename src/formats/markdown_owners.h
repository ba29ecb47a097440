// Who works in a Markdown plan: machines, instances, people, as its headings and lines name them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "formats/markdown_sections.h"
#include "model/worker.h"

namespace evener {

class Owners {  // Invariant: names are unique and can be workers'.
 public:
  // Makes the worker known that a heading or label names, and says what its name is.
  std::string add(std::string_view words);

  // One that is known, by its words: "Instance 2", "WALNUT". "" if there is none.
  std::string find(std::string_view words) const;

  // Every known one that a text names, in the order in which they became known.
  std::vector<std::string> named_in(std::string_view text) const;

  std::vector<std::string> all() const;

  void set_role(const std::string& owner, std::string_view text);
  void add_hardware(const std::string& owner, std::string_view text);
  void add_models(const std::string& owner, std::string_view text);
  void add_focus(const std::string& owner, const std::string& path);
  void add_folder(const std::string& owner, const std::string& path);

  // Whether it says of itself that it has this model.
  bool has_model(const std::string& owner, std::string_view model) const;

  // Where all its tasks work.
  const std::vector<std::string>& folders(const std::string& owner) const;

  std::vector<WorkerSpec> workers() const { return workers_; }

 private:
  WorkerSpec* worker(const std::string& name);

  std::vector<WorkerSpec> workers_;
  std::map<std::string, std::string> words_;  // name -> the words that stand for it, in lower case
  std::map<std::string, std::vector<std::string>> folders_;
};

}  // namespace evener

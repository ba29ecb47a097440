// What conversations with Evener's server share: its commands over HTTP, and what its answers say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http_talk.h"
#include "load.h"

namespace evener {

class MeasuredSystem;

std::size_t count_of(std::string_view text, std::string_view part);

struct GrantedClaim {
  std::string task;
  std::string worker;
  std::string fence;
};

// Of each claim that an answer grants: {"task":{"id":"..." ...},"worker":"...","fence":N, ...}
std::vector<GrantedClaim> claims_in(std::string_view answer);

class EvenerTalk {
 public:
  EvenerTalk(std::string host, std::string token) : http_{std::move(host), std::move(token)} {}

  explicit EvenerTalk(const MeasuredSystem& evener);

  // {"commands":[...]}
  void post(std::string& out, std::string_view body) const;

  void get(std::string& out, std::string_view path) const { http_.get(out, path); }

  // Whole once so many commands were accepted; anything else is a problem.
  static Heard hear(std::string_view in, std::size_t accepted);

 private:
  HttpTalk http_;
};

}  // namespace evener

#include "evener_talk.h"

#include <fmt/format.h>

#include "measured_system.h"

namespace evener {

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

std::vector<GrantedClaim> claims_in(std::string_view answer) {
  constexpr std::string_view task_key = R"("task":{"id":")";
  constexpr std::string_view worker_key = R"(,"worker":")";
  constexpr std::string_view fence_key = R"(,"fence":)";
  std::vector<GrantedClaim> claims;
  const auto text_at = [&](std::size_t from) {
    return std::string(answer.substr(from, answer.find('"', from) - from));
  };
  std::size_t at = answer.find(task_key);
  while (at != std::string_view::npos) {
    const std::size_t id = at + task_key.size();
    const std::size_t worker = answer.find(worker_key, id) + worker_key.size();
    const std::size_t fence = answer.find(fence_key, worker) + fence_key.size();
    const std::size_t end = answer.find_first_not_of("0123456789", fence);
    claims.push_back({text_at(id), text_at(worker), std::string(answer.substr(fence, end - fence))}
    );
    at = answer.find(task_key, fence);
  }
  return claims;
}

EvenerTalk::EvenerTalk(const MeasuredSystem& evener)
    : EvenerTalk(fmt::format("127.0.0.1:{}", evener.port()), evener.token()) {}

void EvenerTalk::post(std::string& out, std::string_view body) const {
  http_.post(out, "/v1/pools/default/commands", body);
}

Heard EvenerTalk::hear(std::string_view in, std::size_t accepted) {
  const HttpAnswer answer = read_http_answer(in);
  if (answer.bytes == 0) return {};
  if (answer.status != 200 || count_of(answer.body(), R"({"ok":true)") != accepted) {
    return {.problem = fmt::format("evener answered: {}", in.substr(0, 2000))};
  }
  return {.bytes = answer.bytes, .is_whole = true};
}

}  // namespace evener

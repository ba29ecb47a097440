#include "client/client.h"

#include <fmt/format.h>

#include "base/random.h"

namespace evener {

Result<Answer> call_one(Client& client, Command command) {
  std::vector<Request> requests(1);
  requests.front().command = std::move(command);
  std::vector<Answer> answers = TRY(client.call(std::move(requests)));
  return std::move(answers.front());
}

std::string new_request_id(Instant wall) {
  return fmt::format("{}-{}", wall, random_hex(8));
}

}  // namespace evener

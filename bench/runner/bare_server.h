// Servers that do next to nothing, in a child of this program: what is left of a cycle when its
// queue costs nothing.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace evener {

// Listens on a free port of the loopback; ends with its owner.
class BareServer {
 public:
  // What came on a connection and is not answered yet; appends the answers to what is whole there,
  // and says how many bytes that was.
  using Answer = std::function<std::size_t(std::string_view in, std::string& out)>;

  // One thread, one loop. With a `log` it appends what was asked there, and answers all that came
  // in one turn of its loop after one flush.
  explicit BareServer(const Answer& answer, const std::string& log = {});
  ~BareServer();

  BareServer(const BareServer&) = delete;
  BareServer& operator=(const BareServer&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;
  pid_t pid_ = 0;
};

// "ok" for each line.
std::size_t answer_lines(std::string_view in, std::string& out);

// To each HTTP request of Evener's commands an answer of the size and shape of Evener's: granted,
// whatever it is. Nothing is decided, looked up or checked.
std::size_t answer_commands(std::string_view in, std::string& out);

}  // namespace evener

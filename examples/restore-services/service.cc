// A very small service, for the example to restore: it warms up, then answers GET /health with its
// name until it is ended.
//
//   example_service NAME PORT WARM_UP_MS
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

namespace {

int fail(const char* what) {
  std::fprintf(stderr, "service: cannot %s: %s\n", what, std::strerror(errno));
  return EXIT_FAILURE;
}

// Reads until the blank line that ends a request's head; what comes after does not matter here.
std::string read_head(int connection) {
  std::string head;
  char bytes[1024];
  while (head.find("\r\n\r\n") == std::string::npos && head.size() < 16'384) {
    const ssize_t count = read(connection, bytes, sizeof bytes);
    if (count <= 0) break;
    head.append(bytes, static_cast<std::size_t>(count));
  }
  return head;
}

void answer(int connection, const std::string& name) {
  const std::string head = read_head(connection);
  const bool is_health = std::string_view(head).starts_with("GET /health ");
  const std::string body = is_health ? name + " is up\n" : "not here\n";
  const std::string reply =
      std::string("HTTP/1.1 ") + (is_health ? "200 OK" : "404 Not Found") +
      "\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  send(connection, reply.data(), reply.size(), MSG_NOSIGNAL);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: example_service NAME PORT WARM_UP_MS\n");
    return 2;
  }
  const std::string name = argv[1];
  std::this_thread::sleep_for(std::chrono::milliseconds(std::atoi(argv[3])));
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return fail("make a socket");
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return fail("take its port");
  }
  if (listen(listener, 16) != 0) return fail("listen");
  std::printf("%s listens on port %s\n", name.c_str(), argv[2]);
  std::fflush(stdout);
  for (;;) {
    const int connection = accept(listener, nullptr, nullptr);
    if (connection < 0) continue;
    answer(connection, name);
    close(connection);
  }
}

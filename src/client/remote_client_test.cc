#include "client/remote_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "client/scripted_server.h"

namespace evener {
namespace {

using testing::HasSubstr;
using testing_http::Line;

// Plays one script to each caller in turn, over TLS.
class TlsServer {
 public:
  using Script = std::function<void(Line&)>;

  explicit TlsServer(std::vector<Script> scripts) {
    testing_http::speaks_tls = true;
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, any, size), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    EXPECT_EQ(::getsockname(listener_, any, &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, plays = std::move(scripts)] {
      for (const Script& play : plays) {
        Line line(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
        play(line);
      }
    });
  }

  ~TlsServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    testing_http::speaks_tls = false;
  }

  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  HttpClientOptions options() const {
    HttpClientOptions options;
    options.endpoint = {.host = "127.0.0.1", .port = port_, .is_tls = true};
    options.fingerprint = testing_http::certificate().fingerprint();
    options.token = "secret";
    return options;
  }

 private:
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

std::string answer_of(std::string_view body, std::string_view status = "200 OK") {
  return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", status, body.size(), body);
}

// The id under which a request gave its command.
std::string request_id_in(const std::string& heard) {
  constexpr std::string_view before = "\"request_id\":\"";
  const std::size_t at = heard.find(before);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + before.size();
  return heard.substr(begin, heard.find('"', begin) - begin);
}

std::size_t body_size_in(const std::string& head) {
  const std::size_t at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

class RemoteClientTest : public testing::Test {
 protected:
  SystemClock clock_;
};

TEST_F(RemoteClientTest, ShowsItsTokenAndReads) {
  std::string heard;
  const TlsServer server({[&](Line& line) {
    heard = line.hear();
    line.say(answer_of("{\"tasks\":1}"));
    line.wait_for_end();
  }});
  {
    RemoteClient client(server.options(), clock_);
    const Result<std::string> status = client.ask(Query());
    ASSERT_TRUE(status.ok()) << status.error().text();
    EXPECT_EQ(*status, "{\"tasks\":1}");
    EXPECT_EQ(client.place(), "the server at " + server.options().endpoint.text());
  }
  EXPECT_THAT(heard, HasSubstr("Authorization: Bearer secret\r\n"));
  EXPECT_THAT(heard, HasSubstr("Host: localhost\r\n")) << "it is known by its certificate";
}

TEST_F(RemoteClientTest, GivesACommandAgainUnderTheSameIdWhenItsAnswerIsLost) {
  std::vector<std::string> ids;
  const auto listen = [&](Line& line) {
    const std::string head = line.hear();
    ids.push_back(request_id_in(head + line.hear_bytes(body_size_in(head))));
  };
  {
    const TlsServer server(
        {[&](Line& line) { listen(line); },
         [&](Line& line) {
           listen(line);
           line.say(answer_of(R"({"answers":[{"ok":true,"seq":7,"result":{}}]})"));
           line.wait_for_end();
         }}
    );
    RemoteClient client(server.options(), clock_);
    const Result<Answer> answer = call_one(client, AddNote{});
    ASSERT_TRUE(answer.ok()) << answer.error().text();
    EXPECT_EQ(answer->seq.value, 7);
  }
  ASSERT_EQ(ids.size(), 2U);
  EXPECT_FALSE(ids[0].empty());
  EXPECT_EQ(ids[0], ids[1]);
}

TEST_F(RemoteClientTest, DoesNotAskAgainWhereItWasSentAway) {
  int asked = 0;
  const TlsServer server({[&](Line& line) {
    line.hear();
    ++asked;
    line.say(
        answer_of(R"({"error":{"code":"unauthorized","message":"revoked"}})", "401 Unauthorized")
    );
    line.wait_for_end();
  }});
  {
    RemoteClient client(server.options(), clock_);
    EXPECT_EQ(client.ask(Query()).error().code, "unauthorized");
  }
  EXPECT_EQ(asked, 1);
}

TEST_F(RemoteClientTest, SaysNothingToAnotherServer) {
  std::string heard;
  {
    const TlsServer server({[&](Line& line) { heard = line.hear(); }});
    HttpClientOptions options = server.options();
    options.fingerprint = std::string(64, '0');
    RemoteClient client(options, clock_);
    EXPECT_EQ(client.ask(Query()).error().code, "wrong_certificate");
  }
  EXPECT_EQ(heard, "");
}

// A task's verify command, say, takes longer than a server waits for what comes next.
TEST_F(RemoteClientTest, OfANamedServerConnectsAnewWhereAnIdleConnectionWasClosed) {
  std::promise<void> closed;
  int heard = 0;
  {
    const TlsServer server(
        {[&](Line& line) {
           heard += line.hear().empty() ? 0 : 1;
           line.say(answer_of("{\"tasks\":1}"));
           line.end_sending();
           line.hang_up();
           closed.set_value();
         },
         [&](Line& line) {
           heard += line.hear().empty() ? 0 : 1;
           line.say(answer_of("{\"tasks\":2}"));
           line.wait_for_end();
         }}
    );
    HttpClient client(server.options());
    EXPECT_EQ(client.ask(Query()).value(), "{\"tasks\":1}");
    closed.get_future().wait();
    const Result<std::string> again = client.ask(Query());
    ASSERT_TRUE(again.ok()) << again.error().text();
    EXPECT_EQ(*again, "{\"tasks\":2}");
  }
  EXPECT_EQ(heard, 2);
}

TEST_F(RemoteClientTest, GivesUpAfterItsPatience) {
  HttpClientOptions options;
  options.endpoint = {.host = "127.0.0.1", .port = 1, .is_tls = true};
  RemoteClient client(options, clock_, 150);
  const Millis begin = clock_.read().monotonic;
  EXPECT_EQ(client.ask(Query()).error().code, "unreachable");
  EXPECT_GE(clock_.read().monotonic - begin, 150);
}

}  // namespace
}  // namespace evener

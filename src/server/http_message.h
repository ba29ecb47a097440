// What travels over HTTP, as plain values: a request with who sent it, and a response. Routes work
// on these alone; the bytes on the wire are the server's business.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evener {

// Who is at the other end of a connection.
struct Peer {
  bool unix_socket = false;
  uid_t uid = static_cast<uid_t>(-1);  // by SO_PEERCRED; only of a unix socket
  bool is_tls = false;
  std::string address = {};  // "127.0.0.1:40312"; empty for a unix socket
};

// The header fields of a request in the order sent, in one buffer: a request has a dozen, and most
// are never looked at.
class HttpHeaders {
 public:
  void add(std::string_view name, std::string_view value);

  // The first value under that name, in any case of letters; empty if there is none.
  std::string_view find(std::string_view name) const;
  std::size_t count(std::string_view name) const;

  std::size_t size() const { return fields_.size(); }

  std::pair<std::string_view, std::string_view> at(std::size_t index) const;

 private:
  struct Field {
    std::uint32_t begin;
    std::uint32_t name_size;
    std::uint32_t value_size;
  };

  bool is_at(std::size_t index, std::string_view name) const;

  std::string text_;
  std::vector<Field> fields_;
};

struct HttpRequest {
  std::string method = {};
  std::string target = {};  // as sent: path and query, escapes and all
  std::string path = {};    // decoded, without the query
  std::vector<std::pair<std::string, std::string>> query = {};  // decoded
  HttpHeaders headers = {};
  std::string body = {};
  Peer peer = {};

  // The first value of that name, or empty.
  std::string_view header(std::string_view name) const { return headers.find(name); }

  std::string_view parameter(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string_view content_type = "application/json";  // a constant of the program
  std::string body = {};
  // Beyond Content-Type, Content-Length, Connection and Date, which the server writes itself.
  // Control characters in a value are replaced by spaces.
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// {"error":{"code":...,"message":...}}
HttpResponse error_response(int status, std::string_view code, std::string_view message);

}  // namespace evener

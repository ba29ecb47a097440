// The client's side of HTTP/1.1 for conversations: one question with a JSON body, and one answer,
// of known length or in chunks.
#pragma once

#include <string>
#include <string_view>

namespace evener {

struct HttpTalk {
  std::string host;   // HOST:PORT
  std::string token;  // "": none is shown

  void get(std::string& out, std::string_view path) const;
  void post(std::string& out, std::string_view path, std::string_view body) const;
};

struct HttpAnswer {
  std::size_t bytes = 0;  // of the whole answer; 0: more has to come
  int status = 0;
  std::string_view plain = {};  // where it lies
  std::string joined = {};      // what came in chunks

  std::string_view body() const { return joined.empty() ? plain : joined; }
};

HttpAnswer read_http_answer(std::string_view in);

}  // namespace evener

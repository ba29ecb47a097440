// What only browsers ask for: the dashboard's files, and to sign in and out.
#include "server/routes.h"

namespace evener {

void Routes::show_page(const PageFile& page, const HttpRequest& request, const HttpReply& reply) {
  if (request.method != "GET") return refuse_method(reply, "GET, HEAD");
  send(reply, page_response(page, request));
}

SessionAnswer Routes::session_of(const Author& who) const {
  return {
      .name = who.name,
      .scope = who.scope,
      .pool = parts_.card.pool,
      .pool_name = pool_name(),
      .version = parts_.version
  };
}

void Routes::sign_in(const std::string& pool, const HttpRequest& request, const HttpReply& reply) {
  const Result<Json> json = parse_json(request.body);
  if (!json.ok()) return refuse(reply, 400, json.error());
  const Result<SignInRequest> asked = from_json<SignInRequest>(*json);
  if (!asked.ok()) return refuse(reply, 400, asked.error());
  const Result<BrowserSessions::Opened> opened = parts_.access.sign_in(request, asked->code);
  if (!opened.ok()) return refuse_code(pool, opened.error(), reply);
  const Author who{opened->session.name, opened->session.scope};
  send(
      reply,
      {.body = to_json_text(session_of(who)),
       .headers =
           {{"Cache-Control", "no-store"},
            {"Set-Cookie", session_cookie(parts_.card.pool, opened->secret, request.peer.is_tls)}}}
  );
}

void Routes::make_code(const Caller& caller, const HttpRequest& request, const HttpReply& reply) {
  const Result<std::string> code = parts_.access.make_code(request, caller);
  if (!code.ok()) return refuse(reply, status_of(code.error()), code.error());
  send_json(
      reply,
      to_json_text(SignInCode{
          .code = *code,
          .address = parts_.pages.empty() ? "" : browser_address(parts_.card),
          .expires_ms = BrowserSessions::code_ms
      })
  );
}

void Routes::show_session(const Caller& caller, const HttpReply& reply) {
  send_json(reply, to_json_text(session_of(caller.author)));
}

void Routes::sign_out(const Caller& caller, const HttpRequest& request, const HttpReply& reply) {
  const Status ended = parts_.access.sign_out(caller);
  if (!ended.ok()) return refuse(reply, status_of(ended.error()), ended.error());
  send(
      reply,
      {.body = to_json_text(session_of(caller.author)),
       .headers =
           {{"Cache-Control", "no-store"},
            {"Set-Cookie", session_cookie(parts_.card.pool, "", request.peer.is_tls)}}}
  );
}

}  // namespace evener

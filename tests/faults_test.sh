#!/usr/bin/env bash
# Faults from end to end: the server is killed while gates open, holders of locks die, a machine comes
# back with a fence that is no longer the newest, who waits for a lock is killed, a command prints what is no text,
# and the journal is replaced under its server.
#
#   tests/faults_test.sh EVENER [ROUNDS]
set -euo pipefail

evener=${1:?usage: faults_test.sh EVENER [ROUNDS]}
rounds=${2:-12}
folder=$(mktemp -d)
server='' others=()
clean_up() {
  for pid in "${others[@]}" $server; do kill -KILL "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT
export EVENER_POOL=$folder
cd "$folder"

wrong() {
  echo "faults: $*" >&2
  "$evener" status >&2 || true
  exit 1
}

now_ms() { date +%s%3N; }

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
  local deadline=$(($(now_ms) + $1 * 1000))
  until "${@:2}"; do
    if (($(now_ms) >= deadline)); then return 1; fi
    sleep 0.02
  done
}

serve() {
  "$evener" up --listen none --quiet >server.log 2>&1 &
  server=$!
  wait_for 20 grep -q listening server.log || wrong "the server did not start: $(cat server.log)"
}

facts() { "$evener" log --type "$1" --json; }
fence_of() { facts task_claimed | grep "\"task\":\"$1\"" | tail -1 | grep -o '"fence":[0-9]*' | cut -d: -f2; }
claim() { "$evener" claim "$@" >/dev/null || wrong "it could not be claimed: $*"; }
ids_of() { grep -o "\"$1\":\"[^\"]*\"" | cut -d'"' -f4 || true; }
states() { "$evener" list --limit 0 --json "$@"; }

# ---- a server that is killed while a gate opens ----------------------------------------------------

# The gates must be open exactly where their two tasks are done, and each was told of once.
check_gates() {
  local i done_tasks opened
  done_tasks=$(states --state "done" | ids_of id)
  opened=$(facts gate_opened | ids_of gate)
  [[ -z $(sort <<<"$opened" | uniq -d) ]] || wrong "a gate was told of twice: $(sort <<<"$opened" | uniq -d)"
  "$evener" phases --json | tr '{' '\n' | sed -n 's/.*"id":"\(g[0-9]*\)".*"state":"\([a-z]*\)".*/\1 \2/p' >gates
  [[ $(wc -l <gates) -eq $rounds ]] || wrong "there are $(wc -l <gates) gates, not $rounds"
  for ((i = 1; i <= rounds; i++)); do
    if grep -qx "a$i" <<<"$done_tasks" && grep -qx "b$i" <<<"$done_tasks"; then
      grep -qx "g$i open" gates || wrong "g$i is not open although its tasks are done"
      grep -qx "g$i" <<<"$opened" || wrong "nobody was told that g$i is open"
    else
      ! grep -qx "g$i open" gates || wrong "g$i is open although its tasks are not done"
      ! grep -qx "g$i" <<<"$opened" || wrong "g$i was said to be open although its tasks are not done"
    fi
  done
}

"$evener" init --name faults --pool "$folder" >/dev/null
{
  printf '{"tasks":['
  for ((i = 1; i <= rounds; i++)); do printf '{"id":"a%s"},{"id":"b%s"}%s' "$i" "$i" "$([[ $i -eq $rounds ]] || echo ,)"; done
  printf '],"gates":['
  for ((i = 1; i <= rounds; i++)); do printf '{"id":"g%s","tasks":["a%s","b%s"]}%s' "$i" "$i" "$i" "$([[ $i -eq $rounds ]] || echo ,)"; done
  printf ']}'
} >plan.json
"$evener" import plan.json --format json >/dev/null
serve
unfinished=0
for ((i = 1; i <= rounds; i++)); do
  claim "a$i" --worker w --slots 10
  claim "b$i" --worker w --slots 10
  "$evener" finish "a$i" --worker w >/dev/null
  "$evener" finish "b$i" --worker w >/dev/null 2>&1 &
  finish=$!
  sleep "0.0$((RANDOM % 2))$((RANDOM % 10))"
  kill -KILL "$server" "$finish" 2>/dev/null || true
  wait "$server" "$finish" 2>/dev/null || true
  serve
  check_gates
  if ! grep -qx "g$i open" gates; then
    unfinished=$((unfinished + 1))
    "$evener" finish "b$i" --worker w >/dev/null || wrong "b$i could not be finished"
    check_gates
    grep -qx "g$i open" gates || wrong "g$i did not open"
  fi
done
echo "server killed $rounds times while a gate opened; $unfinished times before, never in between"

# ---- holders of locks that die -----------------------------------------------------------------------

# A runner: what its task held is offered again within the lease and a second.
"$evener" add hold --id hold --lock db --run 'sleep 60' >/dev/null
"$evener" add next --id next --lock db >/dev/null
"$evener" work --name runner --lease 1s >runner.log 2>&1 &
others+=($!)
held_by() { [[ $("$evener" locks --who db) == *"$1"* ]]; }
wait_for 20 held_by hold || wrong "the runner never held the lock: $(cat runner.log)"
[[ $("$evener" claim next --worker heir 2>&1 || true) == *"(locked)"* ]] || wrong "a lock had two holders"
kill -KILL "${others[-1]}"
began=$(now_ms)
get_next() { "$evener" claim next --worker heir >/dev/null 2>&1; }
wait_for 20 get_next || wrong "the dead runner's lock was never offered again"
took=$(($(now_ms) - began))
((took < 4000)) || wrong "the dead runner's lock was offered again after $took ms, under a lease of 1 s"
"$evener" finish next --worker heir >/dev/null
"$evener" cancel hold >/dev/null

# `evener lock`: its command ends with it, and its task leaves the pool.
"$evener" lock port:1 --worker dies -- sleep "77.0$$" &
others+=($!)
held_by_port() { [[ $("$evener" locks --who port:1) == *dies* ]]; }
wait_for 20 held_by_port || wrong "the lock was never held"
began=$(now_ms)
kill -KILL "${others[-1]}"
"$evener" lock port:1 --worker heir --wait -- true 2>/dev/null || wrong "the dead holder's lock was never free"
took=$(($(now_ms) - began))
((took < 10000)) || wrong "the dead holder's lock was free after $took ms, under a lease of 30 s"
! pgrep -f "^sleep 77[.]0$$" >/dev/null || wrong "the command outlived its lock"
echo "locks of dead holders were offered again"

# ---- who waits for a lock is killed -------------------------------------------------------------------

"$evener" lock port:2 --worker holds -- sleep 60 &
holder=$!
others+=("$holder")
held_by_holder() { [[ $("$evener" locks --who port:2) == *holds* ]]; }
wait_for 20 held_by_holder || wrong "the lock was never held"
"$evener" lock port:2 --worker waits --wait -- true 2>waiter.log &
waiter=$!
wait_for 20 grep -q '^waiting' waiter.log || wrong "it did not wait"
open_locks() { states --kind lock --state ready --state running --state waiting | ids_of id | wc -l; }
[[ $(open_locks) -eq 2 ]] || wrong "there are $(open_locks) open locks, not the holder's and the waiter's"
kill -KILL "$waiter"
wait "$waiter" 2>/dev/null || true
waiter_is_gone() { [[ $(open_locks) -eq 1 ]]; }
wait_for 10 waiter_is_gone || wrong "who waited for a lock was killed, and waits on in the pool"
held_by_holder || wrong "the holder lost its lock with the waiter"
kill -TERM "$holder"
wait "$holder" 2>/dev/null || true
[[ $(open_locks) -eq 0 ]] || wrong "a lock was left behind"
echo "a waiter that was killed left nothing behind"

# ---- a machine that comes back ------------------------------------------------------------------------

"$evener" add result --id result >/dev/null
claim result --worker away --machine m1 --lease 300ms
old=$(fence_of result)
get_result() { "$evener" claim result --worker here --machine m2 >/dev/null 2>&1; }
wait_for 20 get_result || wrong "the lease of the machine that was away never lapsed"
status=0
"$evener" finish result --worker away --fence "$old" --result 'late work' --json >late.json 2>/dev/null || status=$?
[[ $status -eq 1 ]] || wrong "a late result ended with $status"
grep -q '"code":"stale_fence"' late.json || wrong "a late result was not refused as stale: $(cat late.json)"
facts salvage_kept | grep '"task":"result"' | grep -q '"result":"late work"' || wrong "a late result was dropped"
"$evener" show result --json | grep -q 'late work' || wrong "the salvage is not shown"
"$evener" finish result --worker here --result 'good work' >/dev/null || wrong "the newest holder could not finish"
[[ $(facts attempt_finished | grep -c '"task":"result"') -eq 1 ]] || wrong "it was finished twice"
echo "a late result was refused, and kept"

# ---- a runner that is told to end, and told again -------------------------------------------------------

"$evener" add stubborn --id stubborn --run 'trap "" TERM; echo begun >stubborn; while :; do sleep 1; done' >/dev/null
"$evener" work --name stopped --until-idle >work.log 2>&1 &
runner=$!
others+=("$runner")
wait_for 20 test -f stubborn || wrong "the command did not start: $(cat work.log)"
kill -TERM "$runner"
wait_for 20 grep -q 'stopping:' work.log || wrong "the runner did not heed a signal: $(cat work.log)"
told=$(now_ms)
kill -TERM "$runner"
wait "$runner" || wrong "the runner that was told twice ended badly: $(cat work.log)"
(($(now_ms) - told < 4000)) || wrong "a second signal waits as long as one: $(($(now_ms) - told)) ms"
"$evener" list --state ready --json | grep -q '"id":"stubborn"' || wrong "its task was not given back"
echo "a second signal ended a command that heeds none"

# ---- a command that prints what is no text ----------------------------------------------------------------

"$evener" add 'Escapes' --id escapes --run "printf 'ok \\033\\303\\251t\\303\\251 \\033(B\\n'; echo >>ran; sleep 2" >/dev/null
"$evener" add 'Binary' --id binary --run "printf 'ok \\033\\377\\033\\n'; echo >>ran" >/dev/null
"$evener" hold stubborn >/dev/null
"$evener" work --name printer --slots 2 --lease 1s --until-idle >work.log 2>&1 || wrong "the runner: $(cat work.log)"
[[ $(wc -l <ran) -eq 2 ]] || wrong "the commands ran $(wc -l <ran) times: $(cat work.log)"
facts attempt_finished | grep '"task":"escapes"' | grep -q '"result":"ok été"' || wrong "what it printed is told as $(facts attempt_finished | grep escapes)"
states --state 'done' | ids_of id | grep -qx binary || wrong "bytes that are no text kept a task from being done: $(cat work.log)"
echo "what commands print is told as text"

kill -TERM "$server"
wait "$server" || wrong "the server did not end cleanly: $(cat server.log)"
server=''
"$evener" doctor >/dev/null || wrong "the pool's files are not sound"
chmod 644 .evener/tokens
"$evener" doctor >out 2>&1 && wrong "tokens that others may read are sound"
grep -q '(tokens_exposed)' out || wrong "tokens that others may read: $(cat out)"
chmod 600 .evener/tokens
mv .evener/lock .evener/lock.aside
mkdir .evener/lock
"$evener" doctor >out 2>&1 && wrong "a lock that is a folder is sound"
grep -q '(file_damaged)' out || wrong "a lock that is a folder: $(cat out)"
rmdir .evener/lock
mv .evener/lock.aside .evener/lock
"$evener" doctor >/dev/null || wrong "the pool's files are not sound when all is mended"

# ---- a journal that is replaced under its server --------------------------------------------------------

mkdir other
cd other
export EVENER_POOL=$PWD
"$evener" init >/dev/null
"$evener" add a --id a >/dev/null
cp .evener/journal.db kept
serve
rm .evener/journal.db-*
mv kept .evener/journal.db
wait_for 20 test ! -d "/proc/$server" || wrong "a server goes on although another journal was put in the place of its own"
wait "$server" && wrong "a server whose journal was replaced ends well"
grep -q 'another journal.db .*(pool_replaced)' server.log || wrong "a server whose journal was replaced says: $(cat server.log)"
rm server.log
serve
"$evener" add b --id b >/dev/null || wrong "the journal that was put back takes nothing"
rm .evener/journal.db*
wait_for 20 test ! -d "/proc/$server" || wrong "a server goes on without its journal"
wait "$server" && wrong "a server without its journal ends well"
grep -q 'journal.db was removed .*(pool_removed)' server.log || wrong "a server without its journal says: $(cat server.log)"
server=''
echo "a server whose journal was replaced ended"

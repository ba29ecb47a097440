#!/usr/bin/env bash
# Facts forwarded by a real process: with a server and without, over SIGTERM and SIGKILL, every one at
# least once and in order, with nothing left running.
#
#   tests/forward_test.sh EVENER
set -euo pipefail

evener=${1:?usage: forward_test.sh EVENER}
folder=$(mktemp -d)
server='' forwarder=''
clean_up() {
  for pid in $forwarder $server; do kill -KILL "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT
export EVENER_POOL=$folder
cd "$folder"

wrong() {
  echo "forward: $*" >&2
  for file in forward.log server.log got; do sed "s/^/$file: /" "$file" >&2 2>/dev/null || true; done
  exit 1
}

# wait_for COMMAND...: until it succeeds, at most 20 s.
wait_for() {
  local deadline=$((SECONDS + 20))
  until "$@"; do
    if ((SECONDS >= deadline)); then return 1; fi
    sleep 0.02
  done
}

add() { for task in "$@"; do "$evener" add "$task" --id "$task" >/dev/null; done; }
got() { grep -qx "$1" got 2>/dev/null; }

# The command notes what it was given; stdin and environment must agree.
cat >note.sh <<S
length=60.0$$
S
cat >>note.sh <<'S'
read -r fact
case $fact in *"\"seq\":$EVENER_FACT_SEQ,"*"\"type\":\"$EVENER_FACT_TYPE\""*) ;; *) exit 9 ;; esac
if [ -e slow ]; then echo "begun $EVENER_TASK" >>begun; sleep "$length"; fi
echo "$EVENER_TASK" >>got
S
start() {
  "$evener" forward chat --from start --on task_added --exec 'sh note.sh' >>forward.log 2>&1 &
  forwarder=$!
}
ends() {
  kill "-$1" "$forwarder"
  local status=0
  wait "$forwarder" || status=$?
  forwarder=''
  [[ $status -eq $2 ]] || wrong "SIG$1 ended it with $status"
}

"$evener" init --name forward --pool "$folder" >/dev/null
add a b
# shellcheck disable=SC2016 # that nothing expands it is what is tested
"$evener" add 'c $(touch hurt)' --id c --description '`touch hurt`"; touch hurt #' >/dev/null

start
wait_for got c || wrong "c was not forwarded from the file"
grep -q '^no server is up: leases that lapse' forward.log || wrong "it was not said that nothing falls due without a server"
[[ ! -e hurt ]] || wrong "a text became part of a shell line"
if "$evener" forward chat --exec true 2>second.log; then wrong "two processes had one name"; fi
grep -q forward_busy second.log || wrong "it was not said that the name is in use"
"$evener" forward --list --json | grep -q '"name":"chat","running":true' || wrong "it is not listed as running"

"$evener" up --quiet >server.log 2>&1 &
server=$!
wait_for grep -q listening server.log || wrong "the server did not start"
add d
wait_for got d || wrong "d was not forwarded from the server"
ends TERM 0
grep -q '^chat: .* delivered' forward.log || wrong "it did not say what it did"

add e f
start
wait_for got f || wrong "it did not go on after SIGTERM"
touch slow
add g
wait_for grep -q 'begun g' begun || wrong "g was not begun"
gone() { ! pgrep -f "^sleep 60[.]0$$" >/dev/null; }
sleeps() { ! gone; }
wait_for sleeps || wrong "the command does not run"
ends KILL 137
wait_for gone || wrong "the command outlived its forwarder"
rm slow
start
wait_for got g || wrong "it did not go on after SIGKILL"
touch slow
add h
wait_for grep -q 'begun h' begun || wrong "h was not begun"
ends TERM 0
rm slow

# Killed at random moments while facts pour in: nothing is lost, nothing overtakes.
for round in 1 2 3 4 5 6; do
  start
  add "r$round-1" "r$round-2" "r$round-3"
  sleep "0.0$((RANDOM % 9 + 1))"
  ends KILL 137
done
kill -TERM "$server"
wait "$server" || wrong "the server did not end cleanly"
server=''
start
has_all() { "$evener" forward --list --json | grep -q '"name":"chat","running":true,.*"behind":0,"error":""'; }
wait_for has_all || wrong "it did not go on without the server: $("$evener" forward --list --json)"
ends TERM 0
"$evener" log --type task_added --json | sed 's/.*"spec":{"id":"\([^"]*\)".*/\1/' >added
uniq got >once
cmp -s added once || wrong "what arrived is not what was added: $(diff added once)"
"$evener" forward --list --json | grep -q '"running":false' || wrong "it is still listed as running"
echo "forwarded $(wc -l <once) facts in order, $(($(wc -l <got) - $(wc -l <once))) of them again"

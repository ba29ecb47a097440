#!/usr/bin/env bash
# `evener top` on a real terminal, which tmux is: what it shows of a served pool, what it shows when the
# pool changes, what its keys do, and what is left of the terminal afterwards.
#
#   tests/top_test.sh EVENER
set -euo pipefail

evener=$(realpath "${1:?usage: top_test.sh EVENER}")
folder=$(mktemp -d)
socket=$folder/tmux
server=''
clean_up() {
  tmux -S "$socket" kill-server 2>/dev/null || true
  if [[ -n $server ]]; then kill "$server" 2>/dev/null || true; fi
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT
export EVENER_POOL=$folder
unset NO_COLOR
cd "$folder"

screen() { tmux -S "$socket" capture-pane -p -t top; }
wrong() {
  echo "top: $*" >&2
  screen >&2 || true
  exit 1
}
# shows TEXT: until it stands on the screen, at most 20 s.
shows() {
  local deadline=$((SECONDS + 20))
  until screen | grep -qF -- "$1"; do
    if ((SECONDS >= deadline)); then wrong "the screen never showed '$1'"; fi
    sleep 0.05
  done
}
shows_no_more() {
  local deadline=$((SECONDS + 20))
  while screen | grep -qF -- "$1"; do
    if ((SECONDS >= deadline)); then wrong "the screen went on showing '$1'"; fi
    sleep 0.05
  done
}
is_headed_by() { screen | head -1 | grep -q "^$1" || wrong "it is not headed by '$1'"; }
keys() { tmux -S "$socket" send-keys -t top "$@"; }

start_server() {
  "$evener" up --quiet >>server.log 2>&1 &
  server=$!
  until "$evener" status >status 2>&1 && [[ -f .evener/server.json ]]; do sleep 0.05; done
}

"$evener" init --name barn >out
"$evener" add 'Restore the mail' --id mail >out
"$evener" add 'Restore the <b>news</b>' --id news >out
"$evener" add 'Tell everybody' --id tell -n mail >out
start_server

export TOK=hunter22-and-more EVENER_SECRETS=TOK
tmux -S "$socket" -f /dev/null new-session -d -s top -x 110 -y 34 \
  "'$evener' top --every 1s; echo \"it ended with \$?\"; sleep 600"
unset TOK EVENER_SECRETS
shows 'open tasks (3)'
shows 'Restore the mail'
shows 'what happened'
is_headed_by barn

# What happens elsewhere is seen.
"$evener" claim mail --worker walnut-1 >out
shows 'running 1'
shows 'walnut-1'
"$evener" finish mail --worker walnut-1 >out
shows 'done 1'
shows 'open tasks (2)'

# What was chosen is gone: nothing else is acted on until somebody chooses.
shows 'mail is not listed any more'
keys c
shows 'choose another'
keys k

# Keys: open a task and come back, hold it for a reason, list all, find one.
keys Enter
shows 'Esc: back'
keys Escape
shows 'open tasks (2)'
keys h 'freeze' Enter
shows 'held 1'
shows 'done: hold'
"$evener" list --state held | grep -q '^' || wrong 'nothing is held'

# It stays chosen though its row has moved; and what is not held is not resumed.
keys u
shows "done: resume"
shows_no_more 'held 1'
"$evener" log | grep -q 'resumed' || wrong 'nothing was resumed'
keys u
shows 'is not held: '

# What is typed loses the values of secrets, as with every verb.
keys n 'by top: hunter22-and-more' Enter
shows 'done: noted on'
if "$evener" log --json | grep -qF 'hunter22-and-more'; then wrong 'a secret stands in the log'; fi
"$evener" log --json | grep -qF 'by top: [secret TOK]' || wrong 'the note is not in the log'
"$evener" hold news --reason freeze >out
shows 'held 1'
keys s
shows 'all tasks (3)'
keys / 'tell' Enter
shows 'all tasks (1)'
keys Escape
shows 'all tasks (3)'
keys '?'
shows 'Keys'
keys Escape

# A smaller terminal, then a larger one.
tmux -S "$socket" resize-window -t top -x 60 -y 14
shows 'all tasks (3)'
tmux -S "$socket" resize-window -t top -x 140 -y 40
shows 'what happened'

# Without a server it says nothing false, and goes on when there is one again, or the file.
kill "$server"
wait "$server" || true
"$evener" add 'Added without a server' --id later >out
shows 'all tasks (4)'
start_server
"$evener" add 'Added through the next one' --id last >out
shows 'all tasks (5)'
shows_no_more 'may be old'

# Held, it moves below the other, and stays the one that the keys act on.
"$evener" add 'Part one' --id part-one >out
"$evener" add 'Part two' --id part-two >out
shows 'all tasks (7)'
keys / 'part' Enter
shows 'all tasks (2)'
keys h 'not yet' Enter
shows 'done: hold part-one'
keys u
shows 'done: resume part-one'

keys q
shows 'it ended with 0'

# Where nothing can be drawn, the status comes as lines.
TERM=dumb "$evener" top --every 50ms >lines 2>&1 &
plain=$!
sleep 0.5
kill "$plain"
wait "$plain" || true
grep -q 'tasks' lines || { cat lines; echo 'top: no plain status' >&2; exit 1; }
echo 'top: all as it should be'

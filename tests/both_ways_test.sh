#!/usr/bin/env bash
# One story of a cluster, told three times: on the pool's own file, through a server of this machine,
# and from a folder that has joined over TLS. What the commands print and how they end must be the
# same; only times, durations and who the author is may differ.
#
#   tests/both_ways_test.sh EVENER
set -euo pipefail
export LC_ALL=C.UTF-8 NO_COLOR=1

evener=${1:?usage: both_ways_test.sh EVENER}
folder=$(mktemp -d)
server=''
clean_up() {
  if [[ -n $server ]]; then kill -KILL "$server" 2>/dev/null || true; fi
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT
unset EVENER_POOL EVENER_SERVER EVENER_WORKER

wrong() { echo "both ways: $*" >&2; exit 1; }

# serve ARGUMENT...: in the pool's folder, until its server answers.
serve() {
  "$evener" up --quiet "$@" >server.log 2>&1 &
  server=$!
  local waited
  for ((waited = 0; waited < 400; ++waited)); do
    if "$evener" --server "unix:$PWD/.evener/server.sock" version >/dev/null 2>&1 &&
      grep -q listening server.log; then return; fi
    sleep 0.05
  done
  wrong "the server did not start: $(cat server.log)"
}

# The story. Each command, what it prints, and how it ends.
tell() {
  local status=0
  echo "\$ evener $*"
  "$evener" "$@" 2>&1 || status=$?
  echo "= $status"
}

story() {
  # Assignments: to a role, to a machine, soft and hard; who may not is told why.
  tell machine walnut --cores 8 --memory-mb 16384 --gpu A100 --model llama-70b --domain rack-1
  tell machine ironwood --cores 4 --memory-mb 8192
  tell machines
  tell workers
  tell add 'Build it' --id build --label core --estimate 5m --path 'src/**'
  tell add 'Train it' --id train --requires gpu --assignee machine:walnut
  tell add 'Tune it' --id tune --requires 'ram_gb>=64' --requires 'ram_gb<=512'
  tell add 'Tune it more' --requires 'ram_gb>64'
  tell claim tune --worker walnut-1 --machine walnut --capability ram_gb=32
  tell why tune
  tell cancel tune
  tell add 'Look at it' --id look --assignee walnut-1 --assignee-delay 1h -n build
  tell claim train --worker ironwood-1 --machine ironwood
  tell claim train --worker walnut-1 --machine walnut
  tell list
  tell list --unassigned
  tell list --sort title --descending --limit 2
  tell why look
  tell why --worker ironwood-1

  # Phases, gates and approval.
  tell phase design --title 'First alone'
  tell phase ship --after design --approver role:coordinator
  tell add 'Draw it' --id draw --phase design
  tell add 'Ship it' --id ship-it --phase ship
  tell gate joined build draw --between 'walnut,ironwood'
  tell phases
  tell list --unphased --sort id
  tell claim ship-it --worker ironwood-1
  tell claim draw --worker ironwood-1
  tell finish draw --worker ironwood-1
  tell phases
  tell approve ship --worker ironwood-1
  tell approve ship --reason 'the drawing is good'
  tell approve ship
  tell approve nowhere
  tell reopen draw
  tell phases
  tell claim draw --worker ironwood-1
  tell finish draw --worker ironwood-1

  # Blockers.
  tell block build 'no disk left' --severity high --stops finish --worker walnut-1
  tell blockers
  tell claim build --worker walnut-1 --slots 3
  tell finish build --worker walnut-1
  tell why build
  tell resolve build --worker walnut-1
  tell resolve build
  tell blockers

  # Locks: what a running task holds, and what waits for it.
  tell add 'Change it too' --id change --path 'src/main.cc'
  tell add 'Use the port' --id port --lock port:5432
  tell claim change --worker ironwood-1
  tell why change
  tell locks
  tell locks --who src/main.cc
  tell lock port:5432 --worker ironwood-1 -- sh -c 'echo held; exit 7'

  # Messages, followers, leading.
  tell follow build --worker ironwood-1
  tell send ironwood-1 'the port is 5433 now' --as walnut-1
  tell send task:build 'nearly there' --urgent --as walnut-1
  tell send role:nobody 'is anybody there'
  tell send everyone 'tea'
  tell inbox --worker ironwood-1
  tell ack 1 --worker ironwood-1
  tell ack --all --worker ironwood-1
  tell inbox --worker ironwood-1
  tell lead coordinator --who
  tell lead coordinator --worker walnut-1 -- true

  # Notes, findings, measures, marks, schedules.
  tell note build 'it needs a flag' --finding --worker walnut-1
  tell measure coverage 62 --goal 80 --unit % --worker walnut-1
  tell measure coverage 81.5
  tell measures
  tell mark 'the second chapter'
  tell marks
  tell schedule merge --every 1h --title 'Merge it'
  tell schedule check --on task_done:build --title 'Check it'
  tell schedules
  tell tick build 1 --worker walnut-1
  tell progress build 40 'compiling' --worker walnut-1
  tell release build --worker walnut-1 --reason 'somebody else can'
  tell claim build --worker ironwood-1
  tell finish build --worker walnut-1 --fence 1
  tell finish build --worker ironwood-1
  tell schedules
  tell show build

  # Healing, settings, nonsense.
  tell configure --report-every 45m --escalate high=2h
  tell add 'Fail it' --id bad --retries 0 -n nothing-like-it
  tell add 'Fail it' --id bad --retries 0
  tell claim bad --worker walnut-1
  tell fail bad --worker walnut-1 --reason 'it breaks'
  tell drain ironwood-1
  tell hold port --reason 'not yet'
  tell claim --worker ironwood-1
  tell edit port --title $'a line\nand another'
  tell cancel port
  tell show nowhere
  tell claim --worker 'a b'
  tell claim --worker 'a b' --json
  tell claim --worker walnut-1 --slots 0
  tell claim --worker walnut-1 --lease 500h --role builder
  tell note 'x y' 'a note'
  tell machine 'a b'
  tell hold 'a b'
  tell lock x --ttl 1ms --worker walnut-1 -- true
  tell status
  tell journal
  tell marks --limit 1
  tell measures coverage --history --points 5
  tell report --chapter last | sed '/taken/,$d'
  tell log --task build
  tell log --type task_added --limit 3
  tell estimates
  tell estimates --skill
  tell forecast --runs 20 | sed '/WORKERS/,$d'
  tell forecast --workers many
  tell plan check
  tell plan decompose 'Two halves' --apply --with \
    'echo "{\"tasks\": [{\"id\": \"left\"}, {\"id\": \"right\", \"needs\": [\"left\"]}]}"'
  tell export --format json
}

# Times, durations and what is made of them may differ, the width of columns, who the author is, ids made
# by chance, and the numbers of facts: a server writes down its start.
alike() {
  sed -E \
    -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}(T| )[0-9:]{5,8}(\.[0-9]+)?Z?/<time>/g' \
    -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}/<day>/g; s/^  [0-9]{2}:[0-9]{2}  /  <hour>  /' \
    -e 's/\b[0-9]+(\.[0-9]+)?(ms|s|m|h|d)( [0-9]+(ms|s|m|h))?\b/<took>/g' \
    -e 's/"([a-z_]*(_at|_ms))": ?[0-9]+/"\1": <number>/g' \
    -e 's/\b[0-9a-f]{16}\b/<id>/g' \
    -e 's/^[0-9]+ +<time>/<seq> <time>/; s/fact [0-9]+/fact <seq>/; s/factor of [0-9.]+/factor of <number>/' \
    -e "s/\\b($author|hickory)\\b/<me>/g" \
    -e 's/ +/ /g'
}

ways=(file server joined)
for way in "${ways[@]}"; do
  mkdir -p "$folder/$way/pool" "$folder/$way/other"
  cd "$folder/$way/pool"
  "$evener" init --name tour >/dev/null
  author=$(id -un)
  if [[ $way != joined ]]; then "$evener" machine hickory --detect >/dev/null; fi # joining does it too
  case $way in
    server) serve --listen none ;;
    joined)
      serve --listen 127.0.0.1:0 --tls
      "$evener" invite hickory --scope operator 2>/dev/null | grep '^evener join' >../line
      cd ../other
      PATH=$(dirname "$evener"):$PATH sh ../line >joined.log 2>&1 || wrong "joining: $(cat joined.log)"
      author=hickory
      ;;
  esac
  story >"$folder/$way.raw"
  alike <"$folder/$way.raw" >"$folder/$way.txt"
  if [[ -n $server ]]; then
    kill -TERM "$server"
    wait "$server" || wrong "the server ended with $?"
    server=''
  fi
  cd "$folder/$way/pool"
  "$evener" doctor >/dev/null || wrong "doctor finds fault after the story ($way)"
done

for way in server joined; do
  diff -u "$folder/file.txt" "$folder/$way.txt" ||
    wrong "what is said on the file (-) is not what is said by way of the $way (+)"
done
echo "both ways: $(grep -c '^\$ ' "$folder/file.txt") commands said the same on the file, by the server, and from a joined folder"

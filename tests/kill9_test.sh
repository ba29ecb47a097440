#!/usr/bin/env bash
# kill -9 at random moments, and what was acknowledged is still there: eight claimers at once, first
# on the pool's own file with their own commands being killed, then through a server that is killed.
# What the claimers were told is held against the log.
#
#   tests/kill9_test.sh EVENER [KILLS_EACH]
set -euo pipefail

evener=${1:?usage: kill9_test.sh EVENER [KILLS_EACH]}
kills_each=${2:-25}
claimers=8
tasks=1600
folder=$(mktemp -d)
server=''
clean_up() {
  touch "$folder/stop"
  if [[ -n $server ]]; then kill -KILL "$server" 2>/dev/null || true; fi
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT
export EVENER_POOL=$folder
cd "$folder"

wrong() { echo "kill9: $*" >&2; exit 1; }

# Runs a command; two times in five it is killed after a few milliseconds. Its output goes to a file.
maybe_kill() {
  local out=$1 pid
  shift
  if ((may_kill == 0 || RANDOM % 5 > 1)); then
    "$@" >"$out" 2>/dev/null
    return
  fi
  "$@" >"$out" 2>/dev/null &
  pid=$!
  sleep "0.0$((RANDOM % 2))$((RANDOM % 10))"
  kill -KILL "$pid" 2>/dev/null || true
  kills=$((kills + 1))
  wait "$pid" 2>/dev/null
}

# Claims and finishes, and writes down what it was told. It ends after so many kills, when it is told
# to stop, or when nothing is left.
claimer() {
  local worker=w$1 out=$folder/out.$1 kills=0 may_kill=$2 task fence status
  local acks=$folder/acks.$1
  while [[ ! -e $folder/stop ]] && ((may_kill == 0 || kills < kills_each)); do
    status=0
    maybe_kill "$out" "$evener" claim --worker "$worker" --slots 1000 --json || status=$?
    if ((status == 4)); then break; fi
    if ((status != 0)); then continue; fi
    task=$(grep -o '"id":"[^"]*"' "$out" | head -n 1 | cut -d'"' -f4)
    fence=$(grep -o '"fence":[0-9]*' "$out" | head -n 1 | cut -d: -f2)
    echo "claim $task $fence" >>"$acks"
    status=0
    maybe_kill "$out" "$evener" finish "$task" --worker "$worker" --fence "$fence" --json || status=$?
    if ((status == 0)); then echo "finish $task $fence" >>"$acks"; fi
  done
  echo "$kills" >"$folder/kills.$1"
}

check() {
  "$evener" doctor >/dev/null || wrong "the pool's files are not sound"
  "$evener" log --type task_claimed --json |
    sed 's/.*"task":"\([^"]*\)".*"fence":\([0-9]*\).*/\1 \2/' >claimed
  "$evener" log --type attempt_finished --json |
    sed 's/.*"task":"\([^"]*\)".*"fence":\([0-9]*\).*/\1 \2/' >finished
  cut -d' ' -f2 claimed | sort -nc 2>/dev/null || wrong "fences do not rise"
  [[ $(cut -d' ' -f2 claimed | sort -u | wc -l) -eq $(wc -l <claimed) ]] || wrong "a fence was given twice"
  [[ -z $(cut -d' ' -f1 claimed | sort | uniq -d) ]] || wrong "a task was claimed twice"
  [[ -z $(cut -d' ' -f1 finished | sort | uniq -d) ]] || wrong "a task was finished twice"
  cat acks.* | sed -n 's/^claim //p' | sort >acked.claims
  cat acks.* | sed -n 's/^finish //p' | sort >acked.finishes
  [[ -z $(comm -23 acked.claims <(sort claimed)) ]] || wrong "an acknowledged claim is lost"
  [[ -z $(comm -23 acked.finishes <(sort finished)) ]] || wrong "an acknowledged finish is lost"
}

"$evener" init --pool "$folder" --name kill9 >/dev/null
{
  echo '['
  for i in $(seq 1 $((tasks / 2))); do echo "{\"id\":\"t$i\"},"; done
  for i in $(seq 1 $((tasks / 2))); do echo "{\"id\":\"u$i\",\"needs\":[\"t$i\"]}$([[ $i -eq $((tasks / 2)) ]] || echo ,)"; done
  echo ']'
} >plan.txt
{ printf '{"tasks":'; cat plan.txt; printf '}'; } >plan.json
"$evener" import plan.json --format json >/dev/null

for i in $(seq 1 $claimers); do claimer "$i" 1 & done
wait
check
killed=$(cat kills.* | paste -sd+ | bc 2>/dev/null || awk '{s += $1} END {print s}' kills.*)
echo "commands killed: $killed; claims $(wc -l <claimed), acknowledged $(wc -l <acked.claims)"
((killed >= claimers * kills_each)) || wrong "only $killed commands were killed"

serve() {
  "$evener" up --listen none --quiet >server.log 2>&1 &
  server=$!
  for _ in {1..400}; do
    if grep -q listening server.log; then return; fi
    sleep 0.02
  done
  wrong "the server did not start: $(cat server.log)"
}
serve
for i in $(seq 1 $claimers); do claimer "$i" 0 & done
for _ in $(seq 1 12); do
  sleep "0.$((RANDOM % 4 + 1))"
  kill -KILL "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  serve
done
touch stop
for job in $(jobs -p); do if [[ $job != "$server" ]]; then wait "$job" || true; fi; done
kill -TERM "$server"
wait "$server" || wrong "the server did not end cleanly: $(cat server.log)"
server=''
check
echo "server killed 12 times; claims $(wc -l <claimed), acknowledged $(wc -l <acked.claims)"

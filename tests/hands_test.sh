#!/usr/bin/env bash
# What happens to people and agents who work by hand, and to those who run servers and runners in a terminal:
# tickets, names, signals, a folder that is gone.
#
#   tests/hands_test.sh EVENER
set -euo pipefail

evener=$(realpath "${1:?usage: hands_test.sh EVENER}")
folder=$(mktemp -d)
processes=()
clean_up() {
  local process
  for process in "${processes[@]}"; do kill -KILL "$process" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT
unset EVENER_POOL EVENER_SERVER EVENER_TOKEN EVENER_WORKER EVENER_FENCE EVENER_TASK
cd "$folder"

wrong() {
  echo "hands: $*" >&2
  exit 1
}

# until_true COMMAND...: within ten seconds.
until_true() {
  local i
  for ((i = 0; i < 200; ++i)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.05
  done
  return 1
}

# pool NAME TASK...: a new one, in a folder of that name, with these tasks.
pool() {
  local task
  mkdir "$folder/$1"
  cd "$folder/$1"
  "$evener" init >/dev/null
  shift
  for task in "$@"; do "$evener" add "Task $task" --id "$task" >/dev/null; done
}

# serve [FLAG...]: as `server`.
serve() {
  "$evener" up --quiet "$@" >server.log 2>&1 &
  server=$!
  processes+=("$server")
  until_true test -f .evener/server.json || wrong "no server: $(cat server.log)"
}

state_is() { "$evener" show "$1" --json | grep -q "\"state\":\"$2\""; }

echo "hands: tickets"
pool tickets a b c lapses other
export EVENER_WORKER=ada
for task in a b; do
  "$evener" claim "$task" --json >/dev/null
  "$evener" finish --json >/dev/null || wrong "finish without a name, after one with --json"
done
"$evener" claim c --json >/dev/null
"$evener" release --json >/dev/null
[[ -z $(ls .evener/tickets) ]] || wrong "tickets of what is over: $(cat .evener/tickets/*)"

"$evener" claim lapses --lease 1s >/dev/null
until_true state_is lapses ready || wrong "the lease does not lapse"
"$evener" claim lapses --worker bob >/dev/null
"$evener" finish lapses --worker bob >/dev/null
"$evener" claim other >/dev/null
status=0
"$evener" finish >out 2>err || status=$?
[[ $status == 2 ]] && grep -q 'lapses is not held any more; name one: other' err ||
  wrong "what is not held any more is not told: $(cat out err)"
[[ $("$evener" finish) == 'done other' ]] || wrong "a ticket whose attempt another finished is in the way"

echo "hands: many claims at once"
serve --listen none
for ((i = 1; i <= 24; ++i)); do "$evener" add "Many $i" --id "many-$i" >/dev/null; done
"$evener" claim many-1 --slots 30 >/dev/null
seq 2 24 | xargs -P 8 -I{} "$evener" claim many-{} >/dev/null
for ((i = 1; i <= 24; ++i)); do
  "$evener" finish "many-$i" >/dev/null || wrong "no ticket for many-$i"
done
unset EVENER_WORKER

echo "hands: names"
"$evener" add 'In a terminal' --id tty >/dev/null
script -qec "'$evener' claim tty && '$evener' finish tty </dev/null >finished 2>&1" /dev/null >claimed ||
  wrong "a terminal has another name when it is redirected: $(cat claimed finished)"
status=0
setsid -w "$evener" finish nothing >out 2>err || status=$?
[[ $status == 2 ]] && grep -q 'export EVENER_WORKER=NAME' err || wrong "no advice without a terminal: $(cat err)"

echo "hands: two runners in one terminal"
for task in first second; do
  "$evener" add "The $task" --id "$task" --run "touch begun-$task; until [ -e go ]; do sleep 0.05; done" >/dev/null
done
runners=()
for log in one.log two.log; do
  "$evener" work --until-idle >"$log" 2>&1 &
  runners+=("$!")
  processes+=("$!")
done
until_true test -f begun-first -a -f begun-second || wrong "one waits for the other: $(cat one.log two.log)"
touch go
wait "${runners[@]}" || wrong "the runners: $(cat one.log two.log)"

echo "hands: a terminal that is closed, and a reader that goes first"
for signal in HUP INT; do
  "$evener" add 'Long' --id "long-$signal" \
    --run "trap 'echo told >told-$signal; exit 1' TERM; echo ready >ready-$signal; while :; do sleep 0.05; done" >/dev/null
  # Its output goes to somebody who has gone by the time of the signal.
  "$evener" work --name "closed-$signal" > >(head -c 1 >/dev/null) 2>&1 &
  runner=$!
  processes+=("$runner")
  until_true test -f "ready-$signal" || wrong "the command does not run"
  kill -"$signal" "$runner"
  wait "$runner" || [[ $? == 3 ]] || wrong "after SIG$signal the runner exits with $?"  # its output was lost
  [[ -f told-$signal ]] || wrong "after SIG$signal the command was not asked to end"
  state_is "long-$signal" ready || wrong "after SIG$signal the task was not given back"
  "$evener" cancel "long-$signal" >/dev/null
done
kill -HUP "$server"
wait "$server" || wrong "after SIGHUP the server exits with $?: $(cat server.log)"
[[ ! -e .evener/server.json ]] || wrong "the server left its card behind"

echo "hands: a port that is taken, a log that was emptied, a folder that is gone"
pool first
serve --listen 127.0.0.1:0
taken=$(sed 's/.*"address":"\([^"]*\)".*/\1/' .evener/server.json)
pool second a
before=$("$evener" log | wc -l)
"$evener" up --quiet --listen "$taken" >log 2>&1 && wrong "two servers at one port"
[[ $("$evener" log | wc -l) == "$before" ]] || wrong "a server that could not listen wrote facts: $("$evener" log)"

echo 'no socket' >.evener/evener.sock
"$evener" up --quiet --listen none >log 2>&1 && wrong "a file that is no socket was taken for one"
[[ $("$evener" log | wc -l) == "$before" ]] || wrong "a server without a socket wrote facts: $("$evener" log)"
rm .evener/evener.sock

serve --listen none
"$evener" add 'Acknowledged' --id late >/dev/null
kill -KILL "$server"
wait "$server" 2>/dev/null || true
: >.evener/journal.db-wal
"$evener" doctor >out 2>&1 && wrong "an emptied write-ahead log is taken for whole"
grep -q 'journal_damaged' out || wrong "an emptied write-ahead log: $(cat out)"

pool shorter a
cp -a .evener kept
for ((i = 1; i <= 3; ++i)); do "$evener" add "More $i" --id "more-$i" >/dev/null; done
mkdir -p .evener/snapshots
: >.evener/snapshots/99.snapshot
"$evener" doctor >out 2>&1 && wrong "a snapshot from beyond the journal is no wonder"
grep -q 'its newest facts are lost' out || wrong "a snapshot from beyond the journal: $(cat out)"
rm .evener/snapshots/99.snapshot
: >.evener/snapshots/2.snapshot
"$evener" doctor | grep -q 'passed over' || wrong "doctor says nothing of a damaged snapshot"
"$evener" --pool kept doctor >/dev/null || wrong "a backup of another name is no pool"
"$evener" add 'Prints' --id prints --run 'seq 20000' >/dev/null
"$evener" work --until-idle >work.log 2>&1 || wrong "the runner: $(cat work.log)"
"$evener" doctor | grep -q 'outputs  1 named' || wrong "doctor sees no output: $("$evener" doctor)"
rm -r .evener/blobs
"$evener" doctor >out 2>&1 && wrong "an output that is missing is not missed"
grep -q 'blob_missing' out || wrong "an output that is missing: $(cat out)"

pool third
serve --listen none
rm -rf .evener
until_true test ! -d "/proc/$server" || wrong "a server goes on without its folder"
wait "$server" && wrong "a server without its folder ends well"
grep -q 'pool_removed' server.log || wrong "a server without its folder says: $(cat server.log)"

pool replaced a
cp -a .evener kept
serve --listen none
mv .evener broken
cp -a kept .evener
until_true test ! -d "/proc/$server" || wrong "a server goes on beside the backup that was put back"
wait "$server" && wrong "a server whose folder was replaced ends well"
grep -q 'pool_replaced' server.log || wrong "a server whose folder was replaced says: $(cat server.log)"
serve --listen none
"$evener" add 'Again' --id again >/dev/null || wrong "a backup that was put back takes nothing"

echo "hands: without a folder"
pool served
"$evener" add 'Checked' --id checked --verify "test -z \"\$EVENER_POOL\" && $evener note checked 'from its verify'" >/dev/null
serve --listen none
mkdir "$folder/elsewhere"
(
  cd "$folder/elsewhere"
  export EVENER_SERVER="unix:$folder/served/.evener/evener.sock" XDG_STATE_HOME="$folder/state"
  "$evener" claim checked --worker bob >/dev/null
  "$evener" finish checked --worker bob >out 2>&1 || wrong "a task with a verify command, by a server: $(cat out)"
)
state_is checked done || wrong "a task with a verify command is not done: $("$evener" show checked)"

echo "hands: a pool that was named, beside a server that is not its own"
pool named
"$evener" add 'Notes' --id notes --run "$evener note notes 'from its command'" >/dev/null
(
  cd "$folder"
  EVENER_SERVER=127.0.0.1:1 "$evener" --pool named work --name w1 --until-idle >named/work.log 2>&1
) || wrong "a runner of a pool that was named: $(cat work.log)"
state_is notes done || wrong "a command of a pool that was named goes elsewhere: $(cat work.log)"

echo "hands: work that is done and may not be finished yet"
pool finish
serve --listen none
"$evener" add 'Held' --id held --run 'echo run >>runs' --retries 0 >/dev/null
"$evener" block held 'nobody has signed' --stops finish >/dev/null
"$evener" work --name holder --lease 2s >work.log 2>&1 &
runner=$!
processes+=("$runner")
until_true grep -q 'held is done, but cannot be finished yet' work.log || wrong "a held result: $(cat work.log)"
sleep 3
state_is held running || wrong "the lease of a held result is not renewed: $("$evener" log)"
"$evener" resolve 1 >/dev/null
until_true state_is held done || wrong "a held result is not told: $(cat work.log)"
kill -TERM "$runner"
wait "$runner" || wrong "the runner that held a result ends with $?: $(cat work.log)"
[[ $(wc -l <runs) == 1 ]] || wrong "work that was done was done again"

"$evener" add 'Kept' --id kept --run 'echo run >>kept-runs' --retries 0 >/dev/null
"$evener" block kept 'nobody signs' --stops finish >/dev/null
status=0
timeout 30 "$evener" work --name holder --lease 1s --until-idle >work.log 2>&1 || status=$?
[[ $status == 1 ]] && grep -q 'not told 1' work.log || wrong "a result that is kept, $status: $(cat work.log)"
[[ $(wc -l <kept-runs) == 1 ]] || wrong "work whose result is kept was done again"
"$evener" cancel kept >/dev/null

"$evener" add 'Waits' --id waits --run true >/dev/null
"$evener" block waits 'not yet' >/dev/null
timeout 30 "$evener" work --until-idle >work.log 2>&1 || wrong "it waits for people: $(cat work.log)"

echo "hands: a runner that is stopped, and a lock that is"
echo 'while :; do echo "$1" >>turns; sleep 0.05; done' >turns.sh
"$evener" add 'Turns' --id turns --run 'sh turns.sh "$EVENER_WORKER"' >/dev/null
"$evener" work --name first --lease 2s >first.log 2>&1 &
first=$!
processes+=("$first")
until_true grep -q first turns || wrong "the first runner runs nothing: $(cat first.log)"
kill -STOP "$first"
"$evener" work --name second --lease 2s >second.log 2>&1 &
processes+=("$!")
until_true grep -q second turns || wrong "the second runner runs nothing: $(cat second.log)"
sleep 0.5
sed '1,/second/d' turns | grep -q first && wrong "a stopped runner's command runs beside the next one's"
kill -CONT "$first"
until_true grep -q 'lost turns' first.log || wrong "a stopped runner does not see its loss: $(cat first.log)"
kill -TERM "$first" "${processes[-1]}"
wait "$first" "${processes[-1]}" || wrong "the runners: $(cat first.log second.log)"
rm turns

"$evener" lock db --worker first --ttl 2s -- sh turns.sh first >first.log 2>&1 &
first=$!
processes+=("$first")
until_true grep -q first turns || wrong "the lock is not held: $(cat first.log)"
kill -STOP "$first"
timeout 30 "$evener" lock db --worker second --wait -- sh -c 'echo second >>turns; sleep 0.5' >second.log 2>&1 ||
  wrong "the second lock: $(cat second.log)"
sed '1,/second/d' turns | grep -q first && wrong "a stopped lock's command runs beside the next one's"
kill -CONT "$first"
status=0
wait "$first" || status=$?
[[ $status == 1 ]] || wrong "a stopped lock that was lost ends with $status: $(cat first.log)"

echo "hands: a lock within an attempt that dies"
"$evener" cancel turns >/dev/null
command="'$evener' lock leftover --ttl 10m -- sh -c 'touch held; exec sleep 600' &
until [ -e held ]; do sleep 0.05; done; exit 1"
"$evener" add 'Leaves its lock' --id leaver --retries 0 --run "$command" >/dev/null
timeout 60 "$evener" work --until-idle --name third >third.log 2>&1 ||
  wrong "a runner waits for a dead attempt's lock: $(cat third.log)"
grep -q 'failed leaver' third.log || wrong "it has not failed: $(cat third.log)"
leftover_is_free() { "$evener" locks --who leftover | grep -q 'nothing is held'; }
until_true leftover_is_free || wrong "a dead attempt holds its lock: $("$evener" locks)"

echo "hands: all held"

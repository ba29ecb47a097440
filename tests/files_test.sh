#!/usr/bin/env bash
# Files beside a pool: those that a server keeps are true from its start, and lines of a file that is
# followed arrive whatever becomes of the file.
#
#   tests/files_test.sh EVENER
set -euo pipefail
export LC_ALL=C.UTF-8 NO_COLOR=1

evener=${1:?usage: files_test.sh EVENER}
folder=$(mktemp -d)
started=''
watch=''
end() {
  local process
  for process in $started $watch; do kill -TERM "$process" 2>/dev/null || true; done
  wait 2>/dev/null || true
  started=''
  watch=''
}
trap 'end; rm -rf "$folder"' EXIT
unset EVENER_POOL EVENER_SERVER EVENER_WORKER

wrong() { echo "files: $*" >&2; exit 1; }

# wait_for COMMAND...: at most 10 s.
wait_for() {
  local tries
  for ((tries = 0; tries < 200; ++tries)); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.05
  done
  return 1
}

cd "$folder"
"$evener" init --name files >/dev/null
"$evener" add --id a >/dev/null
"$evener" claim a --worker w >/dev/null

# ---- from the start ------------------------------------------------------------------------------

listen=none
up() {
  "$evener" up --listen "$listen" --quiet "$@" >up.log 2>&1 &
  started=$!
}

mkdir c
echo '{"stale":true}' >d.json
echo 'somebody:today' >c/other.claim
up --dashboard-file d.json --claims-dir c --status-dir s
wait_for grep -q in_progress d.json || wrong "the dashboard file is not true after the start: $(cat d.json up.log)"
wait_for test -s c/a.claim || wrong "a claim is missing after the start: $(cat up.log)"
[[ -s c/other.claim ]] || wrong "a file of somebody else was deleted"
wait_for grep -q w s/CLUSTER_STATUS.md || wrong "the status files are not true after the start"
end

up --dashboard-file nosuch/folder/d.json
wait_for grep -q 'warning.*nosuch' up.log || wrong "nothing said that the dashboard file cannot be written: $(cat up.log)"
end

# ---- a followed file -----------------------------------------------------------------------------

has() { "$evener" show "$1"; }
echo '{"id":"aa1"}' >t.jsonl
"$evener" import --follow t.jsonl >follow.log 2>&1 &
started=$!
wait_for has aa1 || wrong "the first line did not arrive: $(cat follow.log)"
: >t.jsonl
printf '{"id":"aa2"}\n{"id":"aa3"}\n' >>t.jsonl
wait_for has aa3 || wrong "a line after a truncation did not arrive: $(cat follow.log)"
has aa2 >/dev/null 2>&1 || wrong "the first line after a truncation was lost: $(cat follow.log)"
rm t.jsonl
echo '{"id":"late","dependencies":["aa9"]}' >t.jsonl
wait_for grep -q 'waiting.*late' follow.log || wrong "nothing said that a line waits: $(cat follow.log)"
echo '{"id":"aa9"}' >>t.jsonl
wait_for has late || wrong "a line that waited did not arrive: $(cat follow.log)"
grep -q 'from its beginning' follow.log || wrong "nothing said that the file was written anew: $(cat follow.log)"
end

# ---- a watched file ------------------------------------------------------------------------------

printf '[[task]]\nid = "behind"\nneeds = ["later"]\n' >w.toml
"$evener" import w.toml --watch >watch.log 2>&1 &
started=$!
wait_for grep -q need_missing watch.log || wrong "nothing said that a watched file was refused: $(cat watch.log)"
"$evener" add --id later >/dev/null
wait_for has behind || wrong "a watched file that was refused was not tried again: $(cat watch.log)"
[[ $(grep -c need_missing watch.log) == 1 ]] || wrong "a refusal was said again: $(cat watch.log)"
cp w.toml good.toml
printf '[[task]]\nid = "behind"\nneeds = ["nosuch"]\n' >w.toml
wait_for grep -q nosuch watch.log || wrong "nothing said that a watched file was refused: $(cat watch.log)"
cp good.toml w.toml
wait_for grep -q 'unchanged 1' watch.log || wrong "what stood before a failure was not imported again: $(cat watch.log)"
end

token=$("$evener" token add importer --scope operator --json 2>/dev/null | grep -o '"token":"[^"]*' | cut -d'"' -f4)
listen=127.0.0.1:0
up
wait_for grep -q 'on http:' up.log || wrong "no server: $(cat up.log)"
address=$(grep -o 'on http://.*' up.log | cut -c11-)
end
echo '{"id":"a","status":"completed"}' >w.jsonl
EVENER_TOKEN=$token "$evener" --server "$address" import w.jsonl --watch >away.log 2>&1 &
watch=$!
wait_for grep -q unreachable away.log || wrong "nothing said that no server answers: $(cat away.log)"
listen=$address
up
wait_for grep -q '^added' away.log || wrong "what no server answered to was not tried again: $(cat away.log)"
grep -q 'note: a stays running' away.log || wrong "a note was lost while no server answered: $(cat away.log)"
end
echo "files are true from the start, and no line was lost"

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
end() {
  if [[ -n $started ]]; then kill -TERM "$started" 2>/dev/null || true; fi
  wait 2>/dev/null || true
  started=''
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

up() {
  "$evener" up --listen none --quiet "$@" >up.log 2>&1 &
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
echo "files are true from the start, and no line was lost"

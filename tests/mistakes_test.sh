#!/usr/bin/env bash
# The mistakes that people make at the command line: each gets one clear error and the right exit code,
# with and without a server, and changes nothing.
#
#   tests/mistakes_test.sh EVENER
set -euo pipefail

evener=${1:?usage: mistakes_test.sh EVENER}
folder=$(mktemp -d)
server=''
clean_up() {
  if [[ -n $server ]]; then kill -KILL "$server" 2>/dev/null || true; fi
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT
unset EVENER_POOL EVENER_SERVER EVENER_TOKEN EVENER_WORKER EVENER_FENCE EVENER_TASK
cd "$folder"

wrong() {
  echo "mistakes: $*" >&2
  exit 1
}

# fails EXIT TEXT ARGUMENT...: what evener says to it, in words and as JSON.
fails() {
  local expected=$1 text=$2 status=0
  shift 2
  "$evener" "$@" >out 2>err || status=$?
  [[ $status == "$expected" ]] || wrong "evener $* exits with $status, not $expected: $(cat out err)"
  grep -qF -- "$text" err || wrong "evener $* does not say '$text': $(cat out err)"
  status=0
  "$evener" "$@" --json >out 2>err || status=$?
  [[ $status == "$expected" ]] || wrong "evener $* --json exits with $status, not $expected"
  iconv -f UTF-8 -t UTF-8 out >/dev/null || wrong "evener $* --json answers what is no UTF-8"
  grep -q '"ok":false' out || wrong "evener $* --json does not say that it failed: $(cat out)"
}

facts() { "$evener" log --limit 0 --json | grep -c '"type"' || true; }

try_mistakes() {
  local before
  before=$(facts)
  fails 2 "there is no verb 'clam'; did you mean claim?" clam
  fails 2 "there is no verb 'ls'; did you mean list?" --pool . ls --limit 3
  fails 2 "there is no verb 'xyzzy'; evener --help names all" xyzzy
  fails 2 'which task?' show ''
  fails 2 'no UTF-8' show $'\xff'
  fails 2 '--fence is no fence' beat t --worker w --fence 0
  fails 2 '--fence is no fence' finish t --worker w --fence ''
  fails 2 '--fence is no fence' finish t --worker w --fence 18446744073709551616
  fails 2 '--retries' configure --retries -1
  fails 2 '--lapse-limit' configure --lapse-limit -1
  fails 2 '--fail-limit' configure --fail-limit -1
  fails 2 '--limit' list --sort id --limit -5
  fails 2 '--after' log --after -1
  fails 1 "there is no chapter '7'" report --chapter 7
  fails 2 'no number' measure m x
  fails 1 "''" claim --worker v --capability ''
  [[ $(facts) == "$before" ]] || wrong "a mistake was written down: $("$evener" log | tail -3)"
}

"$evener" init --name mistakes >/dev/null
"$evener" add 'One' --id t >/dev/null
"$evener" claim t --worker w >/dev/null
try_mistakes
[[ $(echo '[]' | "$evener" add --stdin) == 'added nothing' ]] || wrong "an empty list of tasks"
"$evener" edit t --title '' >/dev/null
"$evener" show t --json | grep -q '"title":"One"' && wrong "an empty title did not clear it"
ln -s loop loop
fails 3 'loop' import loop

"$evener" up --listen none --quiet >server.log 2>&1 &
server=$!
for ((i = 0; i < 400; i++)); do
  if grep -q listening server.log; then break; fi
  sleep 0.05
done
try_mistakes
"$evener" doctor | grep -q 'through the server' || wrong "doctor does not find the server"
kill -KILL "$server"
wait "$server" 2>/dev/null || true
server=''
"$evener" doctor | grep -q 'through the server' && wrong "doctor believes in a server that was killed"

# All worktrees of a repository share the pool of its main one, as git lays them out.
mkdir -p main/.git/worktrees/linked linked/below
echo '../..' >main/.git/worktrees/linked/commondir
echo "gitdir: $folder/main/.git/worktrees/linked" >linked/.git
mv .evener main/.evener
(cd linked/below && "$evener" show t >/dev/null) || wrong "a linked worktree does not find the pool"
rm -rf main/.evener
(cd linked && "$evener" init --name shared >/dev/null)
[[ -d main/.evener ]] || wrong "init in a linked worktree makes the pool elsewhere: $(find . -name .evener)"
echo "mistakes: each was answered"

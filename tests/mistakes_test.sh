#!/usr/bin/env bash
# The mistakes that people make at the command line: each gets one clear error and the right exit code,
# with and without a server, and changes nothing.
#
#   tests/mistakes_test.sh EVENER
set -euo pipefail

evener=${1:?usage: mistakes_test.sh EVENER}
folder=$(mktemp -d)
out=$folder/out err=$folder/err
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
  "$evener" "$@" >"$out" 2>"$err" || status=$?
  [[ $status == "$expected" ]] || wrong "evener $* exits with $status, not $expected: $(cat "$out" "$err")"
  grep -qF -- "$text" "$err" || wrong "evener $* does not say '$text': $(cat "$out" "$err")"
  status=0
  "$evener" "$@" --json >"$out" 2>"$err" || status=$?
  [[ $status == "$expected" ]] || wrong "evener $* --json exits with $status, not $expected"
  iconv -f UTF-8 -t UTF-8 "$out" >/dev/null || wrong "evener $* --json answers what is no UTF-8"
  grep -q '"ok":false' "$out" || wrong "evener $* --json does not say that it failed: $(cat "$out")"
}

# serve: in the pool's folder, until its server listens.
serve() {
  "$evener" up --listen none --quiet >server.log 2>&1 &
  server=$!
  for ((i = 0; i < 400; i++)); do
    if grep -q listening server.log; then return; fi
    sleep 0.05
  done
  wrong "the server did not start: $(cat server.log)"
}

kill_server() {
  kill -KILL "$server"
  wait "$server" 2>/dev/null || true
  server=''
}

facts() { "$evener" log --limit 0 --json | grep -c '"type"' || true; }

try_mistakes() {
  local before
  before=$(facts)
  fails 2 "there is no verb 'clam'; did you mean claim?" clam
  fails 2 "there is no verb 'ls'; did you mean list?" --pool . ls --limit 3
  fails 2 "there is no verb 'lsit'; did you mean list?" lsit
  fails 2 "there is no verb 'xyzzy'; evener --help names all" xyzzy
  fails 2 'there is no verb' "a$(printf 'é%.0s' {1..40})"
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
  fails 2 "expected a whole number from 0, found '5m'" list --limit 5m
  fails 2 'not expected: the image; a text of several words stands in quotes' add Build the image
  fails 2 "token has no part 'lsit'; did you mean list?" token lsit
  fails 1 "there is no chapter '7'" report --chapter 7
  fails 2 'no number' measure m x
  fails 1 "''" claim --worker v --capability ''
  "$evener" add 'Not this' --version >/dev/null || wrong "no version of a verb"
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

serve
try_mistakes
"$evener" doctor | grep -q 'through the server' || wrong "doctor does not find the server"
kill_server
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

# A bare repository has no main worktree: its own folder holds the pool, and its neighbour has another.
for name in a b; do
  mkdir -p "src/$name.git/worktrees/$name-tree" "$name-tree/below"
  echo '../..' >"src/$name.git/worktrees/$name-tree/commondir"
  echo "gitdir: $folder/src/$name.git/worktrees/$name-tree" >"$name-tree/.git"
  (cd "$name-tree" && "$evener" init --name "$name" >/dev/null) || wrong "init in a worktree of $name.git"
  [[ -d src/$name.git/.evener ]] || wrong "the pool of $name.git is elsewhere: $(find . -name .evener)"
  (cd "$name-tree/below" && "$evener" add 'Only here' --id "$name" >/dev/null) || wrong "no pool in $name-tree"
done
(cd a-tree && "$evener" show b >/dev/null 2>&1) && wrong "two bare repositories share a pool"

# A copy of a folder that is served is a pool of its own; one that was moved is served where it lies now.
mkdir original
cd original
"$evener" init --name original >/dev/null
serve
cp -a . ../copy
"$evener" add 'One' --id one >/dev/null
(cd ../copy && "$evener" add 'Two' --id two >/dev/null && "$evener" show two >/dev/null) ||
  wrong "a copy does not show what was added to it"
(cd ../copy && "$evener" show one >/dev/null 2>&1) && wrong "a copy shows what was added to its original"
"$evener" show two >/dev/null 2>&1 && wrong "what was added to a copy is in its original"
cd ..
mv original moved
(cd moved && "$evener" add 'Three' --id three >/dev/null && "$evener" show three >/dev/null) ||
  wrong "a folder that was moved while it is served takes nothing more"
"$evener" --pool moved doctor >"$out" || wrong "doctor finds fault with a moved folder: $(cat "$out")"
grep -q 'through the server' "$out" || wrong "doctor does not find the server of a moved folder: $(cat "$out")"
kill_server

# The current folder was removed: what has no need of it works.
mkdir gone
cd gone
rmdir ../gone
fails 3 'the current folder is gone' list
fails 3 'the current folder is gone' init
fails 3 'the current folder is gone' --pool copy list
fails 3 'the current folder is gone' --pool copy init
"$evener" --pool "$folder/copy" show two >/dev/null || wrong "a pool named by its whole path is not found"
cd "$folder"

# init makes the pool where the other verbs will look for it.
mkdir named first
EVENER_POOL=$folder/named fails 3 'make one with: evener init, or unset EVENER_POOL' list
fails 3 "/named init" --pool named list
EVENER_SERVER=127.0.0.1:1 fails 3 'unset EVENER_SERVER' status
for own in 'token list' 'files st' 'configure --status-dir st --retries 9' doctor; do
  read -ra words <<<"$own"
  EVENER_SERVER=127.0.0.1:1 fails 2 'unset EVENER_SERVER, or name the pool with --pool' "${words[@]}"
done
EVENER_POOL=$folder/named "$evener" init >/dev/null
[[ -d named/.evener ]] || wrong "init does not heed EVENER_POOL: $(find . -name .evener)"
EVENER_POOL=$folder/named "$evener" list >/dev/null || wrong "no pool where init made it"
EVENER_POOL=$folder/named/.evener fails 1 'there is a pool here already' init
EVENER_POOL=$folder/named "$evener" --pool first init >/dev/null
[[ -d first/.evener ]] || wrong "EVENER_POOL goes before --pool"
"$evener" --pool not/there init >/dev/null || wrong "init does not make the folder that it was told"
[[ -d not/there/.evener ]] || wrong "init made the pool elsewhere"

# A pool below another one takes the commands that went there: whoever makes it is told.
mkdir -p outer/inner/below outer/named outer/named-too
(cd outer && "$evener" init >/dev/null 2>"$err")
[[ ! -s $err ]] || wrong "init of a first pool says: $(cat "$err")"
(cd outer/inner && "$evener" init >/dev/null 2>"$err")
grep -q '^note: .*/outer has a pool too; below this folder commands use the new one$' "$err" ||
  wrong "init below a pool does not tell of it: $(cat "$err")"
(cd outer/inner/below && "$evener" init --json >"$out" 2>"$err")
grep -q '^note: .*/outer/inner has a pool too; ' "$err" || wrong "init --json tells nothing: $(cat "$err")"
grep -q '"ok":true' "$out" || wrong "init --json below a pool answers: $(cat "$out")"
"$evener" --pool outer/named init >/dev/null 2>"$err"
[[ ! -s $err ]] || wrong "init says of a place that was named: $(cat "$err")"
(cd outer && EVENER_POOL=$folder/outer/named-too "$evener" init >/dev/null 2>"$err")
[[ ! -s $err ]] || wrong "init says of a place that EVENER_POOL named: $(cat "$err")"
echo "mistakes: each was answered"

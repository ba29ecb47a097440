#!/usr/bin/env bash
# Runs the examples that stand in our documents, and compares what they print with what the
# document says they print: an example that has stopped being true fails the tests.
#
#   tests/docs.sh [EVENER] [FILE.md...]
#
# EVENER is the program (or set EVENER_BIN); the files are README.md and docs/*.md unless named.
#
# Fenced blocks that open with ```console are run; with ```console skip they are not.
#   $ command          A command. A line that ends in \ goes on in the next; so do lines that begin
#                      with "> " directly below it, as here-documents need.
#   $ command # exit 4 The exit code to expect; 0 unless it is said.
#   anything else      What the command above prints, stdout and stderr together, line by line.
#   <name>             In such a line: any text that is not empty. Also <...>.
#   ...                Alone on a line: any number of lines, also none.
# Blank lines at the end of the output do not count, nor does space at the end of a line.
#
# All blocks of one file run in order in one shell, in a new folder, with a home of its own and
# `evener` on its PATH. Each file has DOCS_SECONDS (120) to finish. What it left running is ended.
set -uo pipefail
export LC_ALL=C.UTF-8 # patterns match characters, not bytes

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
limit=${DOCS_SECONDS:-120}
scratch=''
mark='' # stands in the environment of every process that an example starts
failures=0

fail() {
  printf '%s\n' "$@"
  failures=$((failures + 1))
}

# --- Reading a document -------------------------------------------------------------------------

# The commands of the document at hand, by number: text, line, expected exit code, expected output
# (lines joined by newlines), the line where that begins.
command_text=() command_line=() command_exit=() expected_text=() expected_line=()

add_command() {
  command_text+=("$1") command_line+=("$2") command_exit+=(0) expected_text+=('') expected_line+=(0)
}

# Reads one line of a console block into the arrays. `open` says that the last command may go on.
read_console_line() {
  local text=$1 number=$2 last=$((${#command_text[@]} - 1))
  if [[ $open == 1 && ${command_text[last]} == *\\ ]]; then
    command_text[last]+=$'\n'${text#> }
  elif [[ $open == 1 && ($text == '> '* || $text == '>') ]]; then
    text=${text#>}
    command_text[last]+=$'\n'${text# }
  elif [[ $text == '$ '* ]]; then
    add_command "${text#\$ }" "$number"
    open=1
  elif ((last < first_of_block)); then
    fail "$file:$number: expected a line that begins with \"\$ \", found: $text"
  else
    if ((expected_line[last] == 0)); then expected_line[last]=$number; fi
    expected_text[last]+=${text%"${text##*[![:space:]]}"}$'\n'
    open=0
  fi
}

read_exit_codes() {
  local i line
  for i in "${!command_text[@]}"; do
    while IFS= read -r line; do
      if [[ $line =~ [[:space:]]#\ exit\ ([0-9]+)[[:space:]]*$ ]]; then
        command_exit[i]=${BASH_REMATCH[1]}
      fi
    done <<<"${command_text[i]}"
  done
}

# Fills the arrays from $file. Blocks of other languages are passed over as a whole, so that a
# document may show what a console block looks like.
read_document() {
  local text number=0 fence='' indent='' opened=0 kind='' open=0 first_of_block=0
  command_text=() command_line=() command_exit=() expected_text=() expected_line=()
  while IFS= read -r text || [[ -n $text ]]; do
    number=$((number + 1))
    if [[ -z $fence ]]; then
      if [[ $text =~ ^([[:space:]]*)(\`{3,})([^\`]*)$ ]]; then
        indent=${BASH_REMATCH[1]} fence=${BASH_REMATCH[2]} kind=${BASH_REMATCH[3]}
        kind=${kind%"${kind##*[![:space:]]}"}
        opened=$number open=0 first_of_block=${#command_text[@]}
        if [[ $kind == console?* && $kind != 'console skip' ]]; then
          fail "$file:$number: expected \"console\" or \"console skip\", found: $kind"
        fi
      fi
    elif [[ $text =~ ^[[:space:]]*(\`{3,})[[:space:]]*$ && ${BASH_REMATCH[1]} == "$fence"* ]]; then
      fence=''
    elif [[ $kind == console ]]; then
      read_console_line "${text#"$indent"}" "$number"
    fi
  done <"$file"
  if [[ -n $fence ]]; then fail "$file:$opened: this block is never closed"; fi
  read_exit_codes
}

# --- Running it ---------------------------------------------------------------------------------

# Runs every command of the arrays; command I leaves $scratch/state/I.out and I.rc. A missing I.rc
# says that the shell ended, or ran out of time, in command I.
run_session() {
  local i
  for i in "${!command_text[@]}"; do printf '%s\n' "${command_text[i]}" >"$scratch/state/$i"; done
  cat >"$scratch/session" <<'EOF'
__docs_next=0 __docs_status=0
__docs_exit_code() { return "$__docs_status"; }
while [[ -f $DOCS_STATE/$__docs_next ]]; do
  __docs_exit_code
  source "$DOCS_STATE/$__docs_next" >"$DOCS_STATE/$__docs_next.out" 2>&1 </dev/null
  __docs_status=$?
  echo "$__docs_status" >"$DOCS_STATE/$__docs_next.rc"
  __docs_next=$((__docs_next + 1))
done
EOF
  (
    cd "$scratch/project" &&
      exec env -i PATH="$scratch/bin:$PATH" HOME="$scratch/home" USER="$(id -un)" SHELL=/bin/bash \
        LANG=C.UTF-8 TZ=UTC TERM=dumb NO_COLOR=1 COLUMNS=100 \
        GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org GIT_CONFIG_NOSYSTEM=1 \
        GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.org \
        GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=init.defaultBranch GIT_CONFIG_VALUE_0=main \
        DOCS_STATE="$scratch/state" DOCS_MARK="$mark" \
        timeout --foreground -k 5 "$limit" bash --norc "$scratch/session"
  ) </dev/null >"$scratch/session.out" 2>&1
}

marked_processes() {
  grep -lszxF "DOCS_MARK=$mark" /proc/[0-9]*/environ | cut -d/ -f3
}

# Ends what the examples left running, daemons included: TERM, and after 3 s KILL.
end_marked_processes() {
  local try signal=TERM pids
  [[ -n $mark ]] || return 0
  for ((try = 0; try < 60; try++)); do
    mapfile -t pids < <(marked_processes)
    ((${#pids[@]} > 0)) || return 0
    if ((try == 30)); then signal=KILL; fi
    if ((try % 30 == 0)); then kill -s "$signal" "${pids[@]}" 2>/dev/null; fi
    sleep 0.1
  done
}

# --- Comparing ----------------------------------------------------------------------------------

# An expected line as a pattern of [[ == ]], into `pattern`: placeholders match, all else is literal.
to_pattern() {
  local rest=$1 piece
  local placeholder='<([a-zA-Z][a-zA-Z0-9 _-]*|[.][.][.])>'
  pattern=''
  while [[ $rest =~ $placeholder ]]; do
    piece=${rest%%"${BASH_REMATCH[0]}"*} rest=${rest#*"${BASH_REMATCH[0]}"}
    add_literal "$piece"
    pattern+='?*'
  done
  add_literal "$rest"
}

add_literal() {
  local text=${1//\\/\\\\}
  text=${text//\*/\\*} text=${text//\?/\\?} text=${text//\[/\\[} text=${text//\(/\\(}
  pattern+=$text
}

# Compares the arrays `expected` and `found`. On a mismatch `reached` and `reached_found` index the
# first lines, after the longest agreement, that do not agree.
outputs_agree() {
  local e=0 f=0 star=-1 star_found=0 pattern
  reached=0 reached_found=0
  while ((f < ${#found[@]})); do
    if ((e < ${#expected[@]})); then
      if [[ ${expected[e]} == ... ]]; then
        star=$e star_found=$f e=$((e + 1))
        continue
      fi
      to_pattern "${expected[e]}"
      # shellcheck disable=SC2053  # the right side is a pattern
      if [[ ${found[f]} == $pattern ]]; then
        e=$((e + 1)) f=$((f + 1))
        if ((e > reached)); then reached=$e reached_found=$f; fi
        continue
      fi
    fi
    ((star >= 0)) || return 1
    star_found=$((star_found + 1))
    f=$star_found e=$((star + 1))
    if ((e > reached)); then reached=$e reached_found=$f; fi
  done
  while [[ $e -lt ${#expected[@]} && ${expected[e]} == ... ]]; do e=$((e + 1)); done
  if ((e > reached)); then reached=$e reached_found=$f; fi
  ((e == ${#expected[@]}))
}

# Lines of stdin into the array named $1, without space at their ends or blank lines at the end.
read_lines() {
  local -n lines=$1
  mapfile -t lines < <(sed 's/[[:space:]]*$//')
  while ((${#lines[@]} > 0)) && [[ -z ${lines[-1]} ]]; do unset 'lines[-1]'; done
}

check_command() {
  local i=$1 expected found reached reached_found rc at
  local shown="\$ ${command_text[i]%%$'\n'*}"
  rc=$(<"$scratch/state/$i.rc")
  read_lines found <"$scratch/state/$i.out"
  read_lines expected <<<"${expected_text[i]}"
  if ((rc != command_exit[i])); then
    fail "$file:${command_line[i]}: $shown" \
      "  expected: exit ${command_exit[i]}" "  found:    exit $rc" "${found[@]/#/  | }"
  elif ! outputs_agree; then
    at=${command_line[i]}
    if ((reached < ${#expected[@]})); then at=$((expected_line[i] + reached)); fi
    fail "$file:$at: $shown" \
      "  expected: ${expected[reached]-(no more output)}" \
      "  found:    ${found[reached_found]-(no more output)}" \
      "  its whole output:" "${found[@]/#/  | }"
  fi
}

check_document() {
  local i began=$SECONDS
  local -r failures_before=$failures
  read_document
  if ((failures > failures_before)); then return; fi
  rm -rf "${scratch:?}"/{project,home,state}
  mkdir -p "$scratch"/{project,home,state}
  mark=$$.$RANDOM$RANDOM
  if ((${#command_text[@]} > 0)); then
    run_session
    for i in "${!command_text[@]}"; do
      if [[ ! -f $scratch/state/$i.rc ]]; then
        fail "$file:${command_line[i]}: the shell ended here, or $limit s were over:" \
          "  \$ ${command_text[i]}" "$(sed 's/^/  | /' "$scratch/state/$i.out" "$scratch/session.out")"
        break
      fi
      check_command "$i"
    done
    end_marked_processes
  fi
  if ((failures == failures_before)); then
    printf '%s: %d commands as written, %d s\n' "$file" "${#command_text[@]}" $((SECONDS - began))
  fi
}

clean_up() {
  end_marked_processes
  if [[ -n $scratch ]]; then rm -rf "$scratch"; fi
}

main() {
  local program=${EVENER_BIN:-} file files=()
  if (($# > 0)) && [[ $1 != *.md ]]; then
    program=$1
    shift
  fi
  files=("$@")
  if (($# == 0)); then
    cd "$here" || exit 2
    for file in README.md docs/*.md; do
      if [[ -f $file ]]; then files+=("$file"); fi
    done
  fi
  if [[ ! -x $program ]]; then
    echo "docs.sh: the program '$program' cannot be run; name it first or set EVENER_BIN" >&2
    exit 2
  fi
  if ((${#files[@]} == 0)); then
    echo "docs.sh: found neither README.md nor docs/*.md in $here" >&2
    exit 2
  fi
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/docs.XXXXXX")
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  mkdir "$scratch/bin"
  ln -s "$(realpath "$program")" "$scratch/bin/evener"
  for file in "${files[@]}"; do
    if [[ -r $file ]]; then check_document; else fail "$file: cannot be read"; fi
  done
  if ((failures > 0)); then
    echo "docs.sh: $failures examples are not as written"
    exit 1
  fi
}

main "$@"

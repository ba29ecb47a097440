#!/usr/bin/env bash
# tests/docs.sh accepts a document whose examples are true, and names the place in one where they
# are not. A small shell script stands for the program.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

cat >"$scratch/program" <<'EOF'
#!/bin/sh
case $1 in
  list) printf '%s\n' 'restore-8000  ready    high' 'restore-8010  waiting  normal' '' '2 tasks' ;;
  claim) printf 'walnut-1 holds restore-8000 until %s [fence (41)]\n' "$(date -u +%H:%M:%S)" ;;
  refuse) echo "evener: stale_fence: a*b?" >&2; exit 4 ;;
  serve) echo $$ >"$2"; exec sleep 300 ;;
esac
EOF
chmod +x "$scratch/program"

# The document is stdin; its blocks are fenced with ~~~ here, to keep this file readable.
document() {
  sed '/^ *~~~/s/~/`/g' >"$scratch/page.md"
}

# accepts NAME COUNT: the run passes, after COUNT commands.
accepts() {
  local name=$1 count=$2 output
  if ! output=$("$here/docs.sh" "$scratch/program" "$scratch/page.md" 2>&1); then
    printf 'FAILED: %s: expected to pass, found:\n%s\n' "$name" "$output"
    failures=$((failures + 1))
  elif [[ $output != *": $count commands as written"* ]]; then
    printf 'FAILED: %s: expected %s commands, found:\n%s\n' "$name" "$count" "$output"
    failures=$((failures + 1))
  fi
}

# refuses NAME TEXT...: the run fails, and each TEXT stands in what it says.
refuses() {
  local name=$1 output text
  shift
  if output=$("$here/docs.sh" "$scratch/program" "$scratch/page.md" 2>&1); then
    printf 'FAILED: %s: expected a failure, found:\n%s\n' "$name" "$output"
    failures=$((failures + 1))
    return
  fi
  for text in "$@"; do
    if [[ $output != *"$text"* ]]; then
      printf 'FAILED: %s: expected "%s" in:\n%s\n' "$name" "$text" "$output"
      failures=$((failures + 1))
    fi
  done
}

document <<'EOF'
Text with `code`, and a block that shows what to write:

~~~~md
~~~console
$ this is not run
~~~
~~~~

~~~console
$ evener list
restore-8000  ready    high
restore-8010  <state>  normal

2 tasks

$ evener claim
walnut-1 holds <id> until <time> [fence (<fence>)]
$ evener refuse   # exit 4
evener: stale_fence: a*b?
$ echo $?
4
~~~

~~~console skip
$ rm -rf everything
~~~

~~~sh
$ nor this
~~~

1. In a list, in the same shell and folder:
   ~~~console
   $ mkdir plans && cd plans && name=walnut
   $ cat > plan.md <<'END'
   > - [ ] one
   > - [ ] two
   > END
   $ cat plan.md
   ...
   - [ ] two
   ~~~

~~~console
$ pwd; echo "$name" \
     and more
<...>/project/plans
walnut and more
$ evener list
...
restore-8010  <state>  <priority>
...
$ evener list | head -1
...
restore-8000  ready    high
...
~~~
EOF
accepts 'a true document' 10

document <<'EOF'
~~~console
$ evener list
restore-8000  ready    high
restore-8010  ready    normal

2 tasks
~~~
EOF
refuses 'a line that differs' 'page.md:4: $ evener list' \
  'expected: restore-8010  ready    normal' 'found:    restore-8010  waiting  normal'

document <<'EOF'
~~~console
$ evener list
restore-8000  ready    high
~~~
EOF
refuses 'output that goes on' 'page.md:2: ' 'expected: (no more output)' 'found:    restore-8010  waiting'

document <<'EOF'
~~~console
$ evener list
...
3 tasks
~~~
EOF
refuses 'a line after ... that never comes' 'page.md:4: ' 'expected: 3 tasks'

document <<'EOF'
~~~console
$ evener claim
walnut-1 holds restore-8000 until <time>[fence (41)]<more>
~~~
EOF
refuses 'a placeholder for nothing' 'page.md:3: '

document <<'EOF'
~~~console
$ evener refuse # exit 4
evener: stale_fence: axbc
~~~
EOF
refuses 'characters that only a pattern would match' 'page.md:3: ' 'found:    evener: stale_fence: a*b?'

document <<'EOF'
~~~console
$ evener refuse
evener: stale_fence: a*b?
~~~
EOF
refuses 'an exit code that was not said' 'page.md:2: ' 'expected: exit 0' 'found:    exit 4'

document <<'EOF'
~~~console
$ exit 3
$ evener list
~~~
EOF
refuses 'a shell that ends' 'page.md:2: the shell ended here'

document <<'EOF'
~~~console
evener list
~~~
EOF
refuses 'a command without its prompt' 'page.md:2: expected a line that begins with "$ "'

document <<'EOF'
~~~console skp
$ evener list
~~~
EOF
refuses 'a misspelt skip' 'page.md:1: expected "console" or "console skip", found: console skp'

document <<'EOF'
~~~console
$ evener list
EOF
refuses 'a block without an end' 'page.md:1: this block is never closed'

document <<'EOF'
~~~console
$ sleep 300
~~~
EOF
DOCS_SECONDS=1 refuses 'an example that hangs' 'page.md:2: ' 'or 1 s were over'

# Also one that has left its shell's session, as a daemon does.
document <<EOF
~~~console
$ evener serve $scratch/one.pid &
$ setsid evener serve $scratch/two.pid &
$ while ! [ -s $scratch/one.pid ] || ! [ -s $scratch/two.pid ]; do sleep 0.01; done
~~~
EOF
accepts 'background processes' 3
for pid_file in "$scratch"/{one,two}.pid; do
  # One that has ended but is not yet reaped has no command line.
  if grep -qs . "/proc/$(<"$pid_file")/cmdline"; then
    echo "FAILED: a background process was left running"
    kill "$(<"$pid_file")"
    failures=$((failures + 1))
  fi
done

((failures == 0)) && echo "docs: all as expected"
exit $((failures > 0))

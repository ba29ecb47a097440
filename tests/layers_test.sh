#!/usr/bin/env bash
# scripts/check-layers passes this tree, and refuses each kind of include that it must refuse.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

# A copy of the tree, so that each planted line stands among the real ones.
fresh_copy() {
  rm -rf "$scratch/src"
  cp -R src "$scratch/src"
  mkdir -p "$scratch"/src/{base,core,client,views,cli}
}

# refuses FILE LINE TEXT: with LINE planted in FILE, the check fails and says FILE:1 and TEXT.
refuses() {
  local file=$1 line=$2 text=$3 output
  fresh_copy
  mkdir -p "$(dirname "$scratch/$file")"
  printf '%s\n' "$line" >"$scratch/$file"
  if output=$(scripts/check-layers "$scratch" 2>&1); then
    echo "FAILED: accepted $line in $file"
    failures=$((failures + 1))
  elif [[ $output != *"$file:1: $text"* ]]; then
    printf 'FAILED: for %s in %s expected "%s", found:\n%s\n' "$line" "$file" "$text" "$output"
    failures=$((failures + 1))
  fi
}

accepts() {
  local file=$1 line=$2 output
  fresh_copy
  printf '%s\n' "$line" >"$scratch/$file"
  if ! output=$(scripts/check-layers "$scratch" 2>&1); then
    printf 'FAILED: refused %s in %s:\n%s\n' "$line" "$file" "$output"
    failures=$((failures + 1))
  fi
}

if ! scripts/check-layers; then
  echo "FAILED: this tree breaks its own layers"
  exit 1
fi

refuses src/base/planted.h '#include "model/task.h"' \
  '"model/task.h": base may include base; not model'
refuses src/core/planted.cc '  #  include "engine/loop.h"  // why not' \
  '"engine/loop.h": core may include core, base, model; not engine'
refuses src/core/planted_test.cc '#include "journal/journal.h"' \
  '"journal/journal.h": core may include core, base, model; not journal'
refuses src/views/planted.cc '#include <client/client.h>' \
  '<client/client.h>: our own headers are included in quotes'
refuses src/core/planted.cc '#include <chrono>' '<chrono>: core is pure'
refuses src/core/planted.h '#include <sys/stat.h>' '<sys/stat.h>: core is pure'
refuses src/base/planted.cc '#include "../model/task.h"' '"../model/task.h": quotes are for our own'
refuses src/base/planted.cc '#include "result.h"' '"result.h": quotes are for our own'
refuses src/misc/planted.cc '// nothing' 'src/misc/ is not in the table'

accepts src/client/planted.cc '#include "views/status.h"'
accepts src/cli/planted.cc '#include "server/server.h"'
accepts src/core/planted_test.cc '#include <random>'
accepts src/core/planted.cc '// #include "engine/loop.h"'
accepts src/main.cc '#include "cli/run.h"'

mkdir "$scratch/empty"
if scripts/check-layers "$scratch/empty" 2>/dev/null; then
  echo "FAILED: a tree without sources passed"
  failures=$((failures + 1))
fi

((failures == 0)) && echo "layers: all as expected"
exit $((failures > 0))

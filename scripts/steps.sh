# shellcheck shell=bash
# What the scripts share: how they speak, how a step is timed, how many jobs this machine carries.
# Sourced; leaves the caller in the root of the repository.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

# Objects are found again in a clone elsewhere, and behind precompiled headers.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# 75 -> "1m 15s"
elapsed() {
  if (($1 < 60)); then printf '%ds' "$1"; else printf '%dm %02ds' $(($1 / 60)) $(($1 % 60)); fi
}

# step NAME COMMAND...: runs the command, says when it began, how it ended and how long it took.
step() {
  local name=$1 began=$SECONDS status=0
  shift
  printf '== %s\n' "$name"
  "$@" || status=$?
  if ((status == 0)); then
    printf '== %s: done in %s\n' "$name" "$(elapsed $((SECONDS - began)))"
  else
    printf '== %s: FAILED after %s (exit %d)\n' \
      "$name" "$(elapsed $((SECONDS - began)))" "$status" >&2
  fi
  return "$status"
}

# One job a processor, but no more than there is memory for: a large source file takes about
# 1.5 GB to compile with sanitizers.
job_count() {
  local jobs by_memory
  jobs=$(nproc)
  by_memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo 2>/dev/null)
  if [[ -n $by_memory ]] && ((by_memory < jobs)); then jobs=$by_memory; fi
  echo $((jobs > 0 ? jobs : 1))
}

# Our own C++ sources, NUL-separated, in a stable order.
cxx_sources() {
  local folders=() folder
  for folder in src sim proof bench tests; do
    if [[ -d $folder ]]; then folders+=("$folder"); fi
  done
  find "${folders[@]}" \( -name '*.cc' -o -name '*.h' \) -type f -print0 | LC_ALL=C sort -z
}

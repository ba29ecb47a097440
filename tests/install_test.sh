#!/usr/bin/env bash
# scripts/install asks apt for what is missing and for nothing else. Fakes of dpkg-query, apt-get,
# id and sudo stand for the machine; nothing is installed.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0
status=0
output=''

mkdir "$scratch/bin" "$scratch/no-sudo"
# The packages that a test says are installed, in the format that the script asks for.
cat >"$scratch/bin/dpkg-query" <<'EOF'
#!/bin/sh
for package in $FAKE_INSTALLED; do echo "installed $package"; done
echo "config-files curl"
exit 1
EOF
# Notes each call; fails as FAKE_APT says: `locked` the first two times, `broken` always.
cat >"$scratch/bin/apt-get" <<'EOF'
#!/bin/sh
echo "$DEBIAN_FRONTEND $*" >>"$FAKE_CALLS"
calls=$(wc -l <"$FAKE_CALLS")
if [ -e "$EVENER_INSTALL_POLICY" ]; then echo "policy $(tail -n 1 "$EVENER_INSTALL_POLICY")" >>"$FAKE_CALLS"; fi
case $FAKE_APT in
  locked) [ "$calls" -gt 2 ] || { echo "E: Could not get lock /var/lib/apt/lists/lock"; exit 100; } ;;
  broken) echo "E: Unable to locate package"; exit 100 ;;
  stale) case $* in *update*) echo "E: no network"; exit 100 ;; esac ;;
esac
EOF
cat >"$scratch/bin/id" <<'EOF'
#!/bin/sh
echo "${FAKE_USER:-0}"
EOF
cat >"$scratch/bin/sudo" <<'EOF'
#!/bin/sh
shift  # -n
exec "$@"
EOF
chmod +x "$scratch"/bin/*

# Node.js and a browser are there by whatever way.
for program in npm chromium; do ln -s /bin/true "$scratch/bin/$program"; done

# A PATH where sudo cannot be found, whatever this machine has.
for program in "$scratch"/bin/{dpkg-query,apt-get,id}; do ln -s "$program" "$scratch/no-sudo/"; done
for program in bash env dirname awk grep mkdir tail sleep cat wc sh; do
  ln -s "$(command -v "$program")" "$scratch/no-sudo/"
done

# install [NAME=VALUE...] GROUP...: runs the script among the fakes; sets `status` and `output`.
install() {
  : >"$scratch/calls"
  output=$(env PATH="$scratch/bin:$PATH" FAKE_CALLS="$scratch/calls" EVENER_SKIP_INSTALL= \
    EVENER_INSTALL_LOG="$scratch/log" EVENER_INSTALL_PAUSE=0 EVENER_INSTALL_POLICY="$scratch/policy" \
    "${settings[@]}" "$here/scripts/install" "$@" 2>&1 </dev/null)
  status=$?
}

expect() {
  local name=$1 expected=$2 found=$3
  # shellcheck disable=SC2053  # the right side is a pattern
  if [[ $found != $expected ]]; then
    printf 'FAILED: %s: expected: %s\nfound: %s\n' "$name" "$expected" "$found"
    failures=$((failures + 1))
  fi
}

calls() { paste -sd '|' "$scratch/calls"; }

settings=(FAKE_INSTALLED='libgtest-dev libgmock-dev libbenchmark-dev librapidcheck-dev tmux')
install test
expect 'all is there' 0 "$status"
expect 'all is there: it says nothing' '' "$output"
expect 'all is there: apt is not called' '' "$(calls)"

settings=(FAKE_INSTALLED='libgtest-dev librapidcheck-dev tmux')
install test
expect 'two are missing' 0 "$status"
expect 'two are missing: only these' \
  'noninteractive *update|noninteractive *install --no-install-recommends libgmock-dev libbenchmark-dev' \
  "$(calls)"
expect 'two are missing: it says so' '*2 Debian packages: libgmock-dev libbenchmark-dev*' "$output"

# What may have come by another way is asked for only where it cannot be found.
settings=(FAKE_INSTALLED='' PATH="$scratch/no-sudo:$scratch/bare")
mkdir "$scratch/bare"
for program in realpath env paste; do ln -s "$(command -v "$program")" "$scratch/bare/"; done
install build test
expect 'no Node.js and no browser' '*install*nodejs npm*chromium*' "$(calls)"

# A package that was removed but has left its configuration is missing.
settings=(FAKE_INSTALLED='')
install build
expect 'removed packages are missing' '*install*curl*' "$(calls)"

settings=(FAKE_APT=locked)
install format
expect 'another apt at work' 0 "$status"
expect 'another apt at work: it waits' '*another apt holds the lock*' "$output"

settings=(FAKE_APT=broken)
install format
expect 'apt fails' 1 "$status"
expect 'apt fails: its last words are shown' '*Unable to locate package*could not install: clang-format-19*' \
  "$output"

settings=(FAKE_APT=stale)
install format
expect 'no fresh lists, yet installable' 0 "$status"
expect 'no fresh lists: it says so' '*update failed*' "$output"

settings=(FAKE_USER=1000)
install format
expect 'with sudo' 0 "$status"
expect 'with sudo: frontend is kept' 'noninteractive *update|noninteractive *' "$(calls)"

settings=(FAKE_USER=1000 PATH="$scratch/no-sudo")
install format
expect 'neither root nor sudo' 1 "$status"
expect 'neither root nor sudo: it says what to do' '*missing: clang-format-19. Run as root, or install sudo*' \
  "$output"
expect 'neither root nor sudo: apt is not called' '' "$(calls)"

# Debian would start the servers that Evener is measured beside.
settings=(FAKE_APT=)
install peers
expect 'servers stay down while they are installed' \
  'noninteractive *update|noninteractive *install*redis-server*|policy exit 101' "$(calls)"
expect 'servers stay down: what kept them so is gone' no "$([[ -e $scratch/policy ]] && echo yes || echo no)"

echo 'exit 0' >"$scratch/policy"
install peers
expect 'a policy that was there stays' 'exit 0' "$(cat "$scratch/policy")"
rm "$scratch/policy"

settings=(EVENER_SKIP_INSTALL=1)
install build
expect 'told to skip' '0' "$status$(calls)"

settings=(FAKE_APT=)
install everything
expect 'an unknown group' 1 "$status"
expect 'an unknown group is named' "*unknown group 'everything'*" "$output"
expect 'an unknown group: apt is not called' '' "$(calls)"

((failures == 0)) && echo "install: all as expected"
exit $((failures > 0))

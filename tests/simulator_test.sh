#!/usr/bin/env bash
# Some hundreds of runs of the simulator, of every kind, always the same, and its crash points: a failure names its
# seed, and the command that plays it again.
#
#   tests/simulator_test.sh EVENER_SIM
set -uo pipefail

simulator=${1:?usage: tests/simulator_test.sh EVENER_SIM}
failures=0

# runs SCENARIO SEEDS
runs() {
  "$simulator" --scenario "$1" --seed 1000 --seeds "$2" || failures=$((failures + 1))
}

"$simulator" --crash-points || failures=$((failures + 1))
runs mixed 250
runs calm 30
runs network 50
runs disk 80
runs clock 50
runs crowd 30
runs no-server 10
((failures == 0))

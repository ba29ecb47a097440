#!/usr/bin/env bash
# Runs of the simulator, of every kind, always the same, and its crash points: a failure names its seed, and the command
# that plays it again. In two parts, so that two run beside each other.
#
#   tests/simulator_test.sh EVENER_SIM points|seeds
set -uo pipefail

simulator=${1:?usage: tests/simulator_test.sh EVENER_SIM points|seeds}
part=${2:?usage: tests/simulator_test.sh EVENER_SIM points|seeds}
failures=0

# runs SCENARIO SEEDS
runs() {
  "$simulator" --scenario "$1" --seed 1000 --seeds "$2" || failures=$((failures + 1))
}

case $part in
  points)
    "$simulator" --crash-points || failures=$((failures + 1))
    runs disk 200
    runs calm 100
    runs territory 120
    ;;
  seeds)
    runs mixed 1000
    runs teams 600
    runs network 250
    runs clock 200
    runs crowd 100
    runs no-server 50
    ;;
  *)
    echo "there is no part '$part'" >&2
    exit 2
    ;;
esac
((failures == 0))

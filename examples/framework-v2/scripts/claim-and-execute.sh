#!/usr/bin/env bash
# claim-and-execute.sh [SESSION]: claims tasks and runs them until none is left.
set -euo pipefail
exec evener work --until-idle ${1:+--name "$1"}

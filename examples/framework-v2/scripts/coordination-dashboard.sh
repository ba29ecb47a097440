#!/usr/bin/env bash
# coordination-dashboard.sh: where the work stands, redrawn until Ctrl-C; --once shows it once.
set -euo pipefail
if [[ ${1:-} == --once ]]; then exec evener status; fi
exec evener status --watch

#!/usr/bin/env bash
# list-tasks.sh: the tasks that can be claimed now; --all lists every task.
set -euo pipefail
if [[ ${1:-} == --all ]]; then exec evener list; fi
exec evener list --state ready

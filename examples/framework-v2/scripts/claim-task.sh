#!/usr/bin/env bash
# claim-task.sh [TASK] [SESSION]: claims the task, or the best one. Its id is printed; the exit code
# is 0 only if this session holds it now.
set -euo pipefail
exec evener claim ${1:+"$1"} ${2:+--worker "$2"}

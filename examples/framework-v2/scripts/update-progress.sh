#!/usr/bin/env bash
# update-progress.sh TASK STATUS [SESSION]: completed, failed, in_progress or available; anything else
# is noted as a line of progress.
set -euo pipefail
task=${1:?usage: update-progress.sh TASK STATUS [SESSION]} status=${2:?}
who=(${3:+--worker "$3"})
case $status in
  completed) exec evener finish "$task" "${who[@]}" ;;
  failed) exec evener fail "$task" "${who[@]}" ;;
  available) exec evener release "$task" "${who[@]}" ;;
  in_progress) exec evener beat "$task" "${who[@]}" ;;
  *) exec evener progress "$task" --line "$status" "${who[@]}" ;;
esac

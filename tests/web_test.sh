#!/usr/bin/env bash
# The dashboard: its types are the server's own, its logic is tested without a browser, and it is used
# in one, against a real server with real workers.
#
#   tests/web_test.sh EVENER      EVENER_SHOTS=DIR keeps pictures of every page
set -euo pipefail
export EVENER
EVENER=$(realpath "${1:?usage: web_test.sh EVENER}")
cd "$(dirname "${BASH_SOURCE[0]}")/../web"
unset EVENER_POOL EVENER_SERVER EVENER_WORKER EVENER_TOKEN

node scripts/types.mjs "$EVENER"
node_modules/.bin/svelte-check --tsconfig ./tsconfig.json --fail-on-warnings --output human
node_modules/.bin/vitest run
node --test --test-reporter spec e2e/dashboard.test.mjs e2e/acting.test.mjs e2e/forecast.test.mjs e2e/many.test.mjs \
  e2e/ways.test.mjs

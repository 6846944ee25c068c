#!/usr/bin/env bash
# On a machine with a graphics card: the tests that need one, then the timings; in under eight minutes.
#   Testing/gpu/run.sh [RESULTS.json]      PYTHON chooses the interpreter
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
python=${PYTHON:-python3}
export PYTHONPATH="$PWD/RayEmbRegistration${PYTHONPATH:+:$PYTHONPATH}"
status=0
timeout 240 "$python" -m pytest -q -ra -p no:cacheprovider Testing/gpu || status=1
timeout 200 "$python" Testing/gpu/timings.py "$@" || status=1
exit "$status"

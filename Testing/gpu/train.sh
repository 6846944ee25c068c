#!/usr/bin/env bash
# Starts or continues the training of the general weights on a machine with a graphics card.
#   Testing/gpu/train.sh OUTPUT.safetensors [MINUTES] [CT ...]
# CTs are files that 'prepare' wrote (--weights none), or CT files; procedural anatomy is mixed in by half. VALIDATE names a CT
# to choose the best weights by, never trained on. Run again with the same OUTPUT, it goes on where it stopped: give more
# MINUTES, which count from the first start. PYTHON chooses the interpreter, INIT the weights to start from, RATE the highest
# learning rate; CREDIT says whose the CTs are and under which licence, which the weights keep.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
output=$1 minutes=${2:-8}
shift $(($# < 2 ? $# : 2))
cts=()
for ct in "$@"; do cts+=(--ct "$ct"); done
export PYTHONPATH="$PWD/RayEmbRegistration${PYTHONPATH:+:$PYTHONPATH}" OMP_NUM_THREADS=1
exec "${PYTHON:-python3}" -m RayEmbRegistrationLib train --procedural "${cts[@]}" ${VALIDATE:+--validate-ct "$VALIDATE"} \
    ${RATE:+--learning-rate "$RATE"} ${CREDIT:+--credit "$CREDIT"} --init "${INIT:-none}" --workers "$(($(nproc) > 2 ? $(nproc) - 2 : 1))" --minutes "$minutes" --device auto --resume \
    --output "$output"

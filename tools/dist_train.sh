#!/usr/bin/env bash
# Train on several GPUs (or CPU processes): tools/dist_train.sh CONFIG GPUS [flags of tools/train.py]
# With MAX_RESTARTS=3 and --resume, processes that die are replaced and the run goes on from its last checkpoint.
set -euo pipefail
CONFIG=${1:?usage: dist_train.sh CONFIG GPUS [flags]}
GPUS=${2:?usage: dist_train.sh CONFIG GPUS [flags]}

PYTHONPATH="$(dirname "$0")/..:${PYTHONPATH:-}" \
${PYTHON:-python} -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$GPUS" \
    --max-restarts="${MAX_RESTARTS:-0}" \
    "$(dirname "$0")/train.py" "$CONFIG" --launcher pytorch "${@:3}"

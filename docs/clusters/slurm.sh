#!/usr/bin/env bash
#SBATCH --job-name=tf_rloss
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --gpus-per-node=1
#SBATCH --time=12:00:00
#SBATCH --requeue
set -euo pipefail

export RUN="tf-rloss-scribble --dataset=folder --data_dir=$HOME/my_data \
  --strategy=multi_worker --output_dir=$HOME/runs/mine"
PORT=$((20000 + SLURM_JOB_ID % 20000))
WORKERS=$(scontrol show hostnames "$SLURM_JOB_NODELIST" |
  sed "s/.*/\"&:$PORT\"/" | paste -sd,)
export WORKERS

# Each node runs the command with its own number. A lost node fails the step; the job
# is then queued again and goes on from the last checkpoint.
srun --kill-on-bad-exit=1 bash -c '
  export TF_CONFIG="{\"cluster\": {\"worker\": [$WORKERS]},
    \"task\": {\"type\": \"worker\", \"index\": $SLURM_PROCID}}"
  exec $RUN' || scontrol requeue "$SLURM_JOB_ID"

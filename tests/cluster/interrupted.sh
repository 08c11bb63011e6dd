#!/usr/bin/env bash
# Runs the grid with one task cancelled and one requeued in the middle, then submits what is missing.
set -euo pipefail
source "$(dirname "$0")/wait.sh"
cd "$1"
job=$(sbatch --parsable slurm-train.sh)
training 1
training 2
scancel "${job}_1"
scontrol requeue "${job}_2"
all_ended
sbatch --parsable --array=1 slurm-train.sh
all_ended

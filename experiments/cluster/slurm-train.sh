#!/usr/bin/env bash
# Trains preset @PRESET@ in @SLICES@ slices, each a task of one array. By hand:
#
#   sbatch slurm-train.sh
#
# A task that is cancelled, preempted or stopped by its time limit keeps its finished trials; the next
# run of the same slice goes on from there.
#SBATCH --job-name=@PRESET@
#SBATCH --array=1-@SLICES@
#SBATCH --cpus-per-task=@CORES@ --mem=@MEMORY@M
#SBATCH --requeue --open-mode=append
#SBATCH --output=slice-%a.txt
set -euo pipefail
cd @PACKAGE@
# Deno's cache does not work over NFS. Where the home folder is on one, give each node a copy of its own:
#   export DENO_DIR=/tmp/$USER-deno; cp --recursive --no-clobber ~/.cache/deno "$DENO_DIR"
# By exec, and without npx: Slurm's signals reach the process that it knows, and no other.
exec @DENO@ task train --preset @PRESET@@FLAGS@ --jobs @CORES@ --slice "$SLURM_ARRAY_TASK_ID/@SLICES@"

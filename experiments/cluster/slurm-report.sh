#!/usr/bin/env bash
# Builds the report of preset @PRESET@ from the records that are there. By hand, after the array:
#
#   sbatch --dependency=afterany:<job> slurm-report.sh
#
# afterany, not afterok, which waits for ever once a task has failed, though it was run again.
#SBATCH --job-name=@PRESET@-report
#SBATCH --cpus-per-task=1 --mem=@REPORT@M
#SBATCH --open-mode=append
#SBATCH --output=report.txt
set -euo pipefail
cd @PACKAGE@
exec @DENO@ task report --preset @PRESET@@FLAGS@ --no-train

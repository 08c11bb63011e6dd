#!/usr/bin/env bash
# Trains preset @PRESET@ in @SLICES@ slices by GNU parallel, as many at a time as there are cores for.
# With --sshlogin host1,host2 it runs them on machines that share this folder, which has the same path.
set -euo pipefail
cd @PACKAGE@
parallel --jobs "$((100 / @CORES@ > 0 ? 100 / @CORES@ : 1))%" --workdir . --line-buffer --quote "$@" \
  @DENO@ task train --preset @PRESET@@FLAGS@ --jobs @CORES@ --slice {}/@SLICES@ ::: $(seq @SLICES@)

#!/usr/bin/env bash
# Trains preset @PRESET@ in @SLICES@ slices by GNU parallel, as many at a time as there are cores for.
# With --sshlogin host1,host2 it runs them on machines that share this folder.
set -euo pipefail
cd "@PACKAGE@"
parallel --jobs "$(($(nproc) / @CORES@ > 0 ? $(nproc) / @CORES@ : 1))" --line-buffer "$@" \
  '"@DENO@" task train --preset @PRESET@ --jobs @CORES@ --slice {}/@SLICES@' ::: $(seq @SLICES@)

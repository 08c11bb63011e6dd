# What tests say to a Slurm: to be read by `source`.

# Waits until no job is left, and prints how each task ended.
all_ended() {
  while [ -n "$(squeue -h -t PENDING,RUNNING,SUSPENDED,COMPLETING,CONFIGURING -o %i)" ]; do
    sleep 0.3
  done
  squeue -h -r -t all -o '%i %T' | sort
}

# Waits until a task has begun its training.
training() { until grep -q Running "slice-$1.txt" 2> /dev/null; do sleep 0.2; done; }

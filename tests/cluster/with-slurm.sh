#!/usr/bin/env bash
# with-slurm.sh COMMAND ...: runs a command inside a Slurm of two one-CPU nodes, then stops it; its exit status is the command's
set -euo pipefail
dir=$(mktemp -d) host=$(hostname -s) user=$(id -un) pids=()
chmod 755 "$dir"; mkdir "$dir"/{state,spool-n1,spool-n2}
head -c 128 /dev/urandom > "$dir/munge.key"; chmod 600 "$dir/munge.key"
cat > "$dir/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmUser=$user
SlurmdUser=$user
AuthInfo=socket=$dir/munge.socket,cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool-%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdPidFile=$dir/slurmd-%n.pid
SlurmdLogFile=$dir/slurmd-%n.log
ProctrackType=proctrack/linuxproc
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
EnforcePartLimits=ALL
ReturnToService=2
KillWait=10
MinJobAge=3600
NodeName=n[1-2] NodeHostname=$host NodeAddr=127.0.0.1 Port=[16818-16819] CPUs=1 RealMemory=4000
PartitionName=main Nodes=ALL Default=YES
CONF
export SLURM_CONF=$dir/slurm.conf
stop() {
  scancel --user="$user" || true
  for _ in $(seq 150); do [ -z "$(squeue -h)" ] && break; sleep 0.1; done
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do kill "${pids[i]}" || true; wait "${pids[i]}" || true; done
  rm -rf "$dir"
}
trap stop EXIT
munged -F --key-file="$dir/munge.key" --socket="$dir/munge.socket" --pid-file="$dir/munged.pid" --seed-file="$dir/munge.seed" --log-file="$dir/munged.log" 2> /dev/null & pids+=($!)
for _ in $(seq 100); do munge -n -S "$dir/munge.socket" > /dev/null 2>&1 && break; sleep 0.1; done
slurmctld -D 2> /dev/null & pids+=($!)
for node in n1 n2; do slurmd -D -N $node 2> /dev/null & pids+=($!); done
for _ in $(seq 100); do [ "$(sinfo -h -t idle -o %D 2> /dev/null)" = 2 ] && break; sleep 0.1; done
[ "$(sinfo -h -t idle -o %D)" = 2 ] || { tail -n 20 "$dir"/*.log >&2; exit 1; }
"$@"

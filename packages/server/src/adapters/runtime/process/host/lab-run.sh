#!/bin/sh
# lab-run NAME RUN_FOLDER LOG CGROUPS PROCESSES COMMAND…
#
# Stands over one workload and outlives the server. Says who it is in RUN_FOLDER/pid, sends the output straight to the end of LOG, and
# leaves the exit code in RUN_FOLDER/exit, also when that folder is moved meanwhile. CGROUPS are folders, one a line. PROCESSES is how
# many its user may have, or nothing where a cgroup counts them. NAME is for people reading process lists.
# Everything is inside a function, so that the shell has read the whole file before it starts: an update may replace the file.
main() {
  log=$3 cgroups=$4 processes=$5 here=$PWD
  cd -- "$2" || return 1
  shift 5
  set -f
  read -r stat </proc/$$/stat && read -r boot </proc/sys/kernel/random/boot_id || return 1
  # The name of a process may hold spaces; what follows its last bracket does not. Field 22 is the start time.
  stat=${stat##*) }
  started=$(field20 $stat)
  # Fails if the folder is gone: then this start was given up, and another one may already be running.
  printf '%s %s %s\n' $$ "$started" "$boot" >pid.self && command -p mv pid.self pid || return 1
  spaces=$IFS IFS='
'
  for cgroup in $cgroups; do echo $$ >"$cgroup/cgroup.procs"; done
  IFS=$spaces
  echo 300 >/proc/self/oom_score_adj
  ulimit -c 0
  # Enough for everything, and an end for what never closes. Fails where less is allowed, and that stays.
  (ulimit -n 65536) && ulimit -n 65536
  # By this name in dash and busybox, by that in bash; says nothing to root.
  [ -z "$processes" ] || { (ulimit -p "$processes") && ulimit -p "$processes"; } || ulimit -u "$processes"
  # Caught, not ignored: the command gets the default back. In the foreground: in the background it would ignore SIGINT.
  trap : HUP INT QUIT TERM
  # In a subshell that becomes the command: this shell's own "Terminated" stays out of the log.
  (cd -- "$here" && exec "$@" </dev/null >>"$log" 2>&1)
  code=$?
  # In place: works on a full disk too.
  printf '%-20s\n' "$code" 1<>exit
}

field20() {
  echo "${20}"
}

main "$@" 2>/dev/null; exit 0

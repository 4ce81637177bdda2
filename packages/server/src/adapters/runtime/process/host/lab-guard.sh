#!/bin/sh
# lab-guard INSTANCES LOG_LIMIT_KIB FLOOR_KIB
#
# Looks after the disk while no server does: waits until the pipe on its input closes, which it does with the server, however that ends.
# Then it keeps logs small, and ends who writes most when less than FLOOR_KIB is free. Ends itself with the last instance; the next server
# ends it too.
main() {
  instances=$1 limit=$2 floor=$3
  while read -r _; do :; done
  while look; do sleep 2; done
}

# Fails when nothing runs any more.
look() {
  running='' tight='' culprit='' most=8388608
  free=$(df --output=avail -k "$instances" | tail -n 1) || return 1
  [ "$free" -lt $((floor * 2)) ] && tight=yes && count_written
  for run in "$instances"/*/run-*; do
    read -r pid started boot <"$run/pid" || continue
    lives "$pid" "$started" || continue
    running=yes
    trim "${run%/*}/log"
    [ "$tight" ] || continue
    eval "now=\${written_$pid:-0} before=\${before_$pid:-$now} before_$pid=\${written_$pid:-0}"
    [ $((now - before)) -gt "$most" ] && most=$((now - before)) culprit=$run culprit_pid=$pid
  done
  [ "$culprit" ] && [ "$free" -lt "$floor" ] && end_culprit
  [ "$running" ]
}

lives() { # PID START
  read -r stat <"/proc/$1/stat" || return 1
  set -- "$2" ${stat##*) }
  [ "$1" = "${21}" ]
}

# The front of a log goes back to the file system; offsets stay. First the note of where it begins, for readers.
trim() { # LOG
  set -- "$1" $(stat -c '%s %b' "$1")
  [ $(($3 / 2)) -gt $((limit + limit / 4)) ] || return 0
  first=$((($2 - limit * 1024) / 4096 * 4096))
  [ $first -gt 0 ] && printf %s $first >"$1.first.tmp" && mv "$1.first.tmp" "$1.first" && fallocate -p -o 0 -l $first "$1"
}

# Sets written_N for every session N: a wrapper leads one.
count_written() {
  for process in /proc/[0-9]*; do
    read -r stat <"$process/stat" || continue
    set -- ${stat##*) }
    bytes=$(sed -n 's/^write_bytes: //p' "$process/io")
    eval "seen=\${look_$4:-} sum=\${sum_$4:-0}"
    [ "$seen" = "$round" ] || sum=0
    eval "look_$4=$round sum_$4=$((sum + ${bytes:-0})) written_$4=$((sum + ${bytes:-0}))"
  done
  round=$((round + 1))
}

end_culprit() {
  detail="The disk was almost full ($((free / 1024)) MiB left, $((floor / 1024)) MiB are kept free), and it wrote the most."
  printf '{"reason":"disk-full","detail":"%s","at":%s000}' "$detail" "$(date +%s)" >"$culprit/note.json.tmp"
  mv "$culprit/note.json.tmp" "$culprit/note.json"
  group=$(sed -n 's/.*"groups":{"main":"\([^"]*\)".*/\1/p' "${culprit%/*}/instance.json")
  { [ "$group" ] && echo 1 >"$group/cgroup.kill"; } || kill -9 -- "-$culprit_pid"
}

round=1
main "$@" 2>/dev/null; exit 0

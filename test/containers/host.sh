#!/bin/sh
# A host for containers within this one, of which nothing can be left behind: mount, pid, network and cgroup namespaces of its own. What runs in
# it dies with its first process, which ends when standard input closes; mounts and networks go with it; its cgroups all lie below one
# group of each hierarchy, named for the process that made it (host.ts removes them, of dead makers too).
# Usage: host.sh GROUP. Needs root and cgroup v1 with the memory controller. Prints "ready" when it is.
set -eu

top=/sys/fs/cgroup
hierarchies() { awk '$3 == "cgroup" { print $2 }' /proc/self/mounts; }

if [ "${2:-}" != inside ]; then
  for mount in $(hierarchies); do
    mkdir "$mount/$1"
    for file in cpuset.cpus cpuset.mems; do # empty in a new group, and then no process may enter
      if [ -e "$mount/$file" ]; then cat "$mount/$file" >"$mount/$1/$file"; fi
    done
    echo $$ >"$mount/$1/cgroup.procs"
  done
  exec unshare --mount --pid --net --cgroup --fork --kill-child --mount-proc --propagation private "$0" "$1" inside
fi

# Inside, the own group is the top: mounted anew, each hierarchy begins there.
for mount in $(hierarchies); do
  options=$(awk -v mount="$mount" '$2 == mount { print $4 }' /proc/self/mounts | sed 's/\(rw\|nosuid\|nodev\|noexec\|relatime\),//g')
  umount "$mount"
  mount -t cgroup -o "$options" cgroup "$mount"
done
# podman and crun take a machine with a v2 mount beside v1 for one of v2
if grep -q " $top/unified cgroup2 " /proc/self/mounts; then umount $top/unified; fi
for folder in /run /dev/shm; do mount -t tmpfs tmpfs $folder; done
echo ready
cat >/dev/null # a child of this shell, which waits for it, and takes up the orphans of the namespace while it does

#!/bin/sh
# boot.sh FOLDER: boots a machine that is this one with FOLDER/stage laid over it. Its systemd is the first process of a world of its own (processes,
# mounts, network, names), and what it writes is lost, but for FOLDER/told. It runs check.service and ends. Needs root.
set -eu

if [ $# = 1 ]; then
  # A group for its processes, so that they are counted apart from ours.
  groups=$(awk '/ - cgroup2 /{ print $5; exit }' /proc/self/mountinfo)
  group=${groups:?no cgroup2 is mounted here}$(sed -n 's/^0:://p' /proc/self/cgroup)/book-$$
  mkdir "$group"
  trap 'find "$group" -depth -type d -exec rmdir {} +' EXIT
  (
    echo 0 > "$group/cgroup.procs"
    exec timeout -k 5 120 unshare --mount --pid --fork --kill-child --net --uts --ipc --cgroup \
      --propagation private sh "$0" "$1" inside
  )
  exit
fi

world=$1/world
mkdir "$world"
mount -t tmpfs tmpfs "$world"
mkdir "$world/upper" "$world/work" "$world/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$world/upper,workdir=$world/work" "$world/root"
cd "$world/root"

# What this machine starts, that one need not.
rm -rf etc/systemd/system usr/lib/systemd/system/*.target.wants
mkdir told
cp -a "$1/stage/." .
mount --bind "$1/told" told

mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs dev
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx

mkdir old
pivot_root . old
umount -l old
# systemd hands keys to services by a mount that they share.
mount --make-rshared /
exec env -i container=other PATH=/usr/sbin:/usr/bin TERM=dumb \
  /lib/systemd/systemd --system --unit=check.target --log-target=null --show-status=no

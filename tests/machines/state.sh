#!/usr/bin/env bash
# What a machine is like, in sections: a line `== NAME`, then one line for each thing, sorted. Reads only.
# Numbers that never stay the same (process ids, counters) are left out. Needs root; ends with a failure where a tool
# gives no answer: an empty answer would look like a machine without anything.
set -euo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export SYSTEMD_BUS_TIMEOUT=600s # an emulated machine needs longer than the usual 25 s

section() { # NAME, the lines on standard input
    echo "== $1"
    sort -u
}
without() { # PATTERN: lines that do not match; no line at all is an answer, too
    grep -vE "$1" || [ $? = 1 ]
}
below() { # FOLDER ... [-TESTS]: what vanishes while find looks is no failure
    find "$@" 2>/dev/null || [ $? = 1 ]
}

# what runs, without kernel threads and without the session that asks
ps -e -o ppid=,pid=,args= | awk '$1 != 2 && $2 != 2' | sed -E 's/^ *[0-9]+ +[0-9]+ //' |
    without '^(ps|awk|sed|sort|bash|grep) |^sshd: |^(sh|bash|sort)$|/lib/systemd/systemd --user|^\[?\((sd-pam|udev-worker)\)' |
    section processes
# mount point, file system, source, options
awk '{for (i = 7; $i != "-"; i++); print $5, $(i + 1), $(i + 2), $6}' /proc/1/mountinfo | section mounts
# how many namespaces of each kind, and those that have a name
{
    for kind in cgroup ipc mnt net pid user uts time; do
        echo "$kind $(below /proc/[0-9]*/ns/$kind -maxdepth 0 -printf '%l\n' | sort -u | wc -l)"
    done
    ip netns list | sed 's/^/named /'
} | section namespaces
below /sys/fs/cgroup -mindepth 1 -type d |
    without '/(session-[0-9]+\.scope|user@[0-9]+\.service.*|user-[0-9]+\.slice)(/|$)' | section cgroups
if [ -e /sys/kernel/security/apparmor/profiles ]; then cat /sys/kernel/security/apparmor/profiles; fi | section apparmor
if command -v nft >/dev/null; then
    nft list ruleset | sed -E 's/packets [0-9]+ bytes [0-9]+//' | awk '/^table/ {table = $2 " " $3} {print table ": " $0}'
fi | section nft
for file in /proc/net/ip_tables_names /proc/net/ip6_tables_names; do
    if [ -e $file ]; then cat $file; fi
done | section legacy-tables
{ sysctl -a 2>/dev/null || [ $? = 1 ]; } | # 1: some settings can only be written
    without '^(fs\.(dentry-state|file-nr|inode-(nr|state)|quota\.)|kernel\.(random\.|ns_last_pid|pty\.nr|sched_domain|tainted|perf)|net\.netfilter\.nf_conntrack_count|dev\.cdrom)' |
    section sysctl
ip -o link | sed -E 's/^[0-9]+: ([^:@]+).*/\1/' | section links
{ ip -4 addr; ip -6 addr; } | awk '/inet/ && !/fe80/ {print $2, $NF}' | section addresses
{ ip route show table all; ip -6 route show table all; ip rule; ip -6 rule; } |
    sed -E 's/ expires [0-9]+sec//; s/ +$//' | section routes
systemctl list-units --all --plain --no-legend --state=active,failed --type=service,socket,timer,path |
    awk '{print $1, $3}' |
    without '^(user|user-runtime-dir)@|^systemd-(tmpfiles-clean|hostnamed|timedated|localed)|^(apt|dpkg|e2scrub|fstrim|logrotate|man-db)' |
    section units
systemctl list-unit-files --plain --no-legend --state=enabled | awk '{print $1, $2}' | section enabled
{ getent passwd; getent group; } | section accounts
below /etc/apparmor.d /etc/sysctl.d /etc/modules-load.d /etc/docker /etc/systemd /var/lib/lantu /var/lib/docker \
    /var/lib/containerd /opt /srv /usr/local /tmp /run -xdev |
    without '^/run/(user|systemd|udev|sshd|sudo|log|utmp|lock|initctl|network|initramfs)|^/tmp/systemd-private|^/run/.*\.pid$' |
    section files
if [ -e /proc/modules ]; then cut -d' ' -f1 /proc/modules; fi | section modules
dpkg-query --show --showformat='${Package} ${Version}\n' | section packages

#!/bin/sh
# Record this machine for the preflight's tests: sh record.sh FOLDER (as root, so that nothing is left out).
# Copies what scripts/lab/preflight reads: files as a small tree, and answers of commands into machine.json. Long lists
# are cut to what the reader looks for. Host names, addresses of archives and keys are not kept.
set -eu
to=$1
mkdir -p "$to"

keep() { # FILE: copied if it can be read
    [ -r "$1" ] && [ -f "$1" ] || return 0
    mkdir -p "$to/$(dirname "$1")"
    cat "$1" >"$to/$1" 2>/dev/null || rm -f "$to/$1"
}

some() { # FILE PATTERN: only the lines that the reader looks for
    [ -r "$1" ] || return 0
    mkdir -p "$to/$(dirname "$1")"
    grep -E "$2" "$1" >"$to/$1" || true
}

cd /
for file in etc/os-release etc/apt/sources.list etc/apt/sources.list.d/*.list etc/apt/sources.list.d/*.sources \
    etc/ufw/ufw.conf proc/filesystems proc/cgroups proc/version proc/net/if_inet6 proc/net/route proc/net/ipv6_route \
    proc/self/mounts proc/self/uid_map proc/sys/kernel/osrelease proc/sys/kernel/pid_max proc/sys/kernel/threads-max \
    proc/sys/kernel/modules_disabled proc/sys/kernel/unprivileged_userns_clone \
    proc/sys/kernel/apparmor_restrict_unprivileged_userns proc/sys/kernel/keys/root_maxkeys proc/sys/fs/file-max \
    proc/sys/fs/inotify/max_user_instances proc/sys/user/max_*_namespaces proc/sys/net/core/devconf_inherit_init_net \
    proc/sys/net/ipv6/conf/all/disable_ipv6 proc/sys/net/ipv6/conf/default/disable_ipv6 run/systemd/container \
    sys/fs/cgroup/cgroup.controllers sys/fs/selinux/enforce sys/module/apparmor/parameters/enabled; do
    keep "$file"
done
# where a machine gets its packages from is its own business
find "$to/etc/apt" -type f -exec sed -i -E 's#(https?://)[^/ ]+#\1archive.example#' {} + 2>/dev/null || true
some proc/self/status '^CapEff'
some proc/self/limits '^(Limit|Max open files)'
some proc/meminfo '^(MemTotal|SwapTotal)'
some proc/cpuinfo '^(processor|flags)'
container=$({ tr '\0' '\n' <proc/1/environ; } 2>/dev/null | grep '^container=') && {
    mkdir -p "$to/proc/1"
    echo "$container" >"$to/proc/1/environ"
}

release=$(uname -r)
modules='/(overlay|bridge|veth|vxlan|nf_tables|nf_conntrack)\.ko'
for list in builtin dep; do
    [ -r "lib/modules/$release/modules.$list" ] || continue
    mkdir -p "$to/lib/modules/$release"
    sed 's/:.*/:/' "lib/modules/$release/modules.$list" | grep -E "$modules" >"$to/lib/modules/$release/modules.$list" || true
done
for module in overlay bridge veth vxlan nf_tables nf_conntrack; do
    [ ! -d sys/module/$module ] || { mkdir -p "$to/sys/module/$module"; : >"$to/sys/module/$module/recorded"; }
done
[ ! -d sys/kernel/security/apparmor ] || { mkdir -p "$to/sys/kernel/security/apparmor"; : >"$to/sys/kernel/security/apparmor/recorded"; }
[ ! -e dev/kvm ] || { mkdir -p "$to/dev"; : >"$to/dev/kvm"; }
[ ! -e snap/docker/current ] || { mkdir -p "$to/snap/docker/current"; : >"$to/snap/docker/current/recorded"; }
[ ! -e etc/systemd/system/sysinit.target.wants/nftables.service ] ||
    { mkdir -p "$to/etc/systemd/system/sysinit.target.wants"; : >"$to/etc/systemd/system/sysinit.target.wants/nftables.service"; }
if [ -r var/lib/dpkg/status ]; then
    mkdir -p "$to/var/lib/dpkg"
    awk -v RS= '/^Package: (podman-docker|docker-ce|docker-ce-cli|docker-ce-rootless-extras|containerd\.io)\n/' var/lib/dpkg/status |
        grep -E '^(Package|Status):' >"$to/var/lib/dpkg/status" || true
fi
for comm in proc/[0-9]*/comm; do
    case $(cat "$comm" 2>/dev/null) in
        dockerd | containerd | podman | crio | kubelet | k3s | lxd | incusd | rootlesskit | firewalld)
            process=$(dirname "$comm")
            keep "$comm"
            keep "$process/cmdline"
            some "$process/status" '^NSpid'
            ;;
    esac
done

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
missing=
tools=
for tool in apt-get containerd dockerd dpkg-deb ip iptables mmdebstrap mount nft nsenter runc setpriv setsid ssh ssh-keygen sysctl tar unshare apparmor_parser; do
    if file=$(command -v $tool); then
        tools="$tools${tools:+, }\"$tool\": {\"path\": \"$(readlink -f "$file")\", \"owner\": $(stat -Lc %u "$file")}"
    else
        missing="$missing $tool"
    fi
done
version=$(dockerd --version 2>/dev/null || true)
room=$(df -Pk /var/lib | awk 'NR == 2 { print int($4 / 1024) }')
inodes=$(df -Pi /var/lib | awk 'NR == 2 { print $4 }')
cat >"$to/machine.json" <<END
{
  "about": "recorded $(date -u +%Y-%m-%d), Linux $release",
  "user": $(id -u), "architecture": "$(uname -m)", "bits": $(getconf LONG_BIT), "cpus": $(nproc),
  "mb": $room, "inodes": $inodes, "dockerd": "$version",
  "tools": {$tools}
}
END
echo "recorded in $to; missing:$missing"

# Makes the tree of one recipe. Runs in mount and process namespaces of its own: see build.py, which sets all variables.
set -euo pipefail

tree=$HOME_FOLDER/tree

apt_conf() { # how apt works on $tree from outside, with the machine's own way to its sources
    cat "$WORK/fetching.conf"
    cat <<END
Dir "$tree";
Dir::Etc::SourceList "$WORK/$SUITE.sources";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$WORK/lists-$SUITE";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
DPkg::Chroot-Directory "$tree";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
END
}

lists() { # once for all layers of a suite
    if [ ! -d "$WORK/lists-$SUITE" ]; then
        mkdir -p "$WORK/lists-$SUITE/partial"
        apt-get update --error-on=any
    fi
}

mkdir -p "$tree"
case $ROOT in
debian)
    # documentation and translations are most of what nobody reads on a host; licences stay
    mmdebstrap --mode=root --variant=minbase --format=directory --include="${PACKAGES// /,}" \
        --aptopt="$WORK/fetching.conf" --aptopt='Acquire::Languages "none"' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        "$SUITE" "$tree" "$WORK/$SUITE.sources"
    # the way to the sources is the machine's, not the hosts'
    rm -rf "$tree"/etc/apt/sources.list "$tree"/etc/apt/sources.list.d/* "$tree"/etc/apt/apt.conf.d/99mmdebstrap
    ;;
layer)
    mkdir "$HOME_FOLDER/upper" "$HOME_FOLDER/scratch"
    mount -t overlay overlay "$tree" \
        -o "lowerdir=$LOWER,upperdir=$HOME_FOLDER/upper,workdir=$HOME_FOLDER/scratch,index=off,metacopy=off,redirect_dir=off"
    ;;
nothing)
    chmod 755 "$tree"
    ;;
esac

export APT_CONFIG=$HOME_FOLDER/apt.conf
apt_conf >"$APT_CONFIG"

if [ "$ROOT" != nothing ]; then
    mount -t proc proc "$tree/proc"
    mount --bind /dev "$tree/dev"
    mount -t tmpfs tmpfs "$tree/var/cache/apt"
fi
if [ "$ROOT" = layer ] && [ -n "$PACKAGES" ]; then
    lists
    printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
    chmod 755 "$tree/usr/sbin/policy-rc.d"
    # shellcheck disable=SC2086 # words on purpose
    apt-get install --yes --no-install-recommends $PACKAGES
    rm "$tree/usr/sbin/policy-rc.d"
fi
while read -r package paths; do
    lists
    (cd "$HOME_FOLDER" && apt-get -o Dir::State::status=/dev/null download "$package")
    # shellcheck disable=SC2086
    dpkg-deb --fsys-tarfile "$HOME_FOLDER/$package"_*.deb | tar --extract -C "$tree" $paths
done <"$HOME_FOLDER/unpack"

if [ -d "$FILES" ]; then
    # modes as git keeps them, whatever this checkout's umask was; owner root
    tar --create -C "$FILES" --owner=0 --group=0 --mode='u=rwX,go=rX' . | tar --extract --no-overwrite-dir -C "$tree"
fi
if [ -d "$HOME_FOLDER/archives" ]; then
    install -d -m 755 "$tree/usr/share/lantu"
    install -m 644 "$HOME_FOLDER"/archives/* "$tree/usr/share/lantu/"
fi
for unit in $MASK; do chroot "$tree" systemctl mask --quiet "$unit"; done
for unit in $ENABLE; do chroot "$tree" systemctl enable --quiet "$unit"; done
if [ -s "$HOME_FOLDER/commands" ] && [ "$ROOT" != nothing ]; then chroot "$tree" sh -eu <"$HOME_FOLDER/commands"; fi

if [ "$ROOT" != nothing ]; then
    umount "$tree/var/cache/apt" "$tree/dev" "$tree/proc"
    # what the installation wrote down for itself
    rm -rf "$tree"/var/log/{apt,dpkg.log,alternatives.log,bootstrap.log} "$tree"/var/cache/debconf/*-old \
        "$tree"/var/cache/ldconfig/aux-cache "$tree"/var/lib/dpkg/*-old "$tree"/var/lib/apt/lists/* "$tree"/tmp/*
fi

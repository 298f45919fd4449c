#!/bin/sh
# Makes a bootable machine of a fresh Debian tree: run by mmdebstrap as a customize hook, with the tree as $1.
# Needs FILES (a tree to lay over it), KEY (public SSH key) and NAME.
set -eu
tree=$1
cp -r --no-preserve=ownership "$FILES/." "$tree/"
chmod 644 "$tree/etc/environment"
chroot "$tree" update-ca-certificates >/dev/null

# an ordinary user with sudo, as cloud images have it
chroot "$tree" useradd --create-home --shell /bin/bash --groups sudo debian
echo 'debian ALL=(ALL) NOPASSWD:ALL' >"$tree/etc/sudoers.d/debian"
chmod 440 "$tree/etc/sudoers.d/debian"
for user in root debian; do
    home=$(chroot "$tree" getent passwd "$user" | cut -d: -f6)
    install -d -m 700 "$tree$home/.ssh"
    echo "$KEY" >"$tree$home/.ssh/authorized_keys"
    chroot "$tree" chown -R "$user:" "$home/.ssh"
done

echo "$NAME" >"$tree/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost ip6-localhost ip6-loopback\n' "$NAME" >"$tree/etc/hosts"
echo '/dev/vda / ext4 errors=remount-ro 0 1' >"$tree/etc/fstab"
mkdir -p "$tree/etc/systemd/network"
printf '[Match]\nName=en* eth*\n[Network]\nDHCP=ipv4\n' >"$tree/etc/systemd/network/lan.network"
rm -f "$tree/etc/resolv.conf"
echo 'nameserver 192.168.76.3' >"$tree/etc/resolv.conf"   # QEMU's own forwarder
chroot "$tree" systemctl enable systemd-networkd ssh serial-getty@ttyS0 >/dev/null
# nothing of its own accord: a timer that fetches packages would show as a difference, and hold apt's lock
chroot "$tree" systemctl disable apt-daily.timer apt-daily-upgrade.timer >/dev/null 2>&1 || true
: >"$tree/etc/machine-id"

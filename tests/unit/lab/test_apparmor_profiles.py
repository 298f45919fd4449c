"""The hosts' AppArmor profiles: which file systems a host may mount, and which settings it may change."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest
from lab.apparmor import NAMES, PROFILES

ALLOWED = {
    "lantu-host": {"cgroup", "cgroup2", "devpts", "mqueue", "proc", "ramfs", "sysfs", "tmpfs"},
    "lantu-node": {"cgroup", "cgroup2", "devpts", "mqueue", "overlay", "proc", "ramfs", "sysfs", "tmpfs"},
}
KERNEL = [  # every name in the kernel's fs/ and drivers/ of 6.12, as /proc/filesystems would list it
    "9p",
    "adfs",
    "affs",
    "afs",
    "aio",
    "anon_inodefs",
    "apparmorfs",
    "autofs",
    "bcachefs",
    "bdev",
    "befs",
    "bfs",
    "binder",
    "binfmt_misc",
    "bpf",
    "btrfs",
    "ceph",
    "cgroup",
    "cgroup2",
    "cifs",
    "coda",
    "configfs",
    "cpuset",
    "cramfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "drm",
    "ecryptfs",
    "efivarfs",
    "efs",
    "erofs",
    "exfat",
    "ext2",
    "ext3",
    "ext4",
    "f2fs",
    "functionfs",
    "fuse",
    "fuseblk",
    "fusectl",
    "gadgetfs",
    "gfs2",
    "hfs",
    "hfsplus",
    "hostfs",
    "hpfs",
    "hugetlbfs",
    "iso9660",
    "jffs2",
    "jfs",
    "minix",
    "mqueue",
    "msdos",
    "mtd_inodefs",
    "nfs",
    "nfs4",
    "nfsd",
    "nilfs2",
    "nsfs",
    "ntfs",
    "ntfs3",
    "ocfs2",
    "omfs",
    "orangefs",
    "overlay",
    "pidfs",
    "pipefs",
    "proc",
    "pstore",
    "qnx4",
    "qnx6",
    "ramfs",
    "reiserfs",
    "resctrl",
    "romfs",
    "rpc_pipefs",
    "secretmem",
    "securityfs",
    "selinuxfs",
    "smackfs",
    "smb3",
    "sockfs",
    "squashfs",
    "sysfs",
    "sysv",
    "tmpfs",
    "tracefs",
    "ubifs",
    "udf",
    "ufs",
    "vboxsf",
    "vfat",
    "virtiofs",
    "vxfs",
    "xenfs",
    "xfs",
    "zonefs",
]


def denied_types(profile: str) -> list[str]:
    text = (PROFILES / profile).read_text()
    match = re.search(r"deny mount fstype=\((.*?)\),", text, re.DOTALL)
    assert match is not None
    return [word.replace("[^", "[!") for word in re.split(r"[,\s]+", match[1].strip())]


@pytest.mark.parametrize("profile", NAMES)
def test_of_all_file_systems_exactly_the_allowed_ones_can_be_mounted(profile: str) -> None:
    patterns = denied_types(profile)
    passes = {name for name in KERNEL if not any(fnmatchcase(name, pattern) for pattern in patterns)}
    assert passes == ALLOWED[profile]
    longer = {name + "x" for name in ALLOWED[profile]} - ALLOWED[profile]
    assert all(any(fnmatchcase(name, pattern) for pattern in patterns) for name in longer)


@pytest.mark.parametrize("profile", NAMES)
def test_only_the_network_s_settings_can_be_written(profile: str) -> None:
    text = (PROFILES / profile).read_text()
    rules = [rule.replace("[^", "[!").removesuffix("/**") for rule in re.findall(r"deny (/proc/sys/\S+) wlkx,", text)]
    written = {
        folder: not any(fnmatchcase(f"/proc/sys/{folder}", rule) for rule in rules)
        for folder in ("abi", "debug", "dev", "fs", "kernel", "net", "sunrpc", "user", "vm")
    }
    assert [folder for folder, allowed in written.items() if allowed] == ["net"]


@pytest.mark.parametrize("profile", NAMES)
def test_a_profile_names_itself_as_its_only_peer(profile: str) -> None:
    text = (PROFILES / profile).read_text()
    assert re.findall(r"^profile (\S+)", text, re.MULTILINE) == [profile]
    assert set(re.findall(r"peer=([\w-]+)", text)) == {profile}

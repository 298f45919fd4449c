"""What the preflight refuses about a machine, LAB030 to LAB059, in both languages."""

from __future__ import annotations

from lab.texts import CatalogueEntry, Text

ANOTHER = Text(
    "换一台机器（例如运行 Debian 12 或 13 的虚拟机）。",
    "Use another machine, for example a virtual machine with Debian 12 or 13.",
)

FOLDER = "/sys/fs/cgroup/systemd"
NAMED_HIERARCHY = f"mkdir -p {FOLDER} && mount -t cgroup -o none,name=systemd cgroup {FOLDER}"

MACHINE: dict[str, CatalogueEntry] = {
    "LAB030": CatalogueEntry(
        Text("不支持的处理器架构或 32 位用户空间", "unsupported architecture or 32-bit userland"),
        Text("{architectures}，64 位用户空间", "{architectures} with a 64-bit userland"),
        Text("安装 64 位系统。", "Install a 64-bit system."),
    ),
    "LAB031": CatalogueEntry(
        Text("内核版本过低", "the kernel is too old"),
        Text("Linux {oldest} 或更高", "Linux {oldest} or newer"),
        Text("升级内核或发行版后重启。", "Upgrade the kernel or the distribution, then reboot."),
    ),
    "LAB032": CatalogueEntry(
        Text("当前环境是容器（{kind}）", "this environment is a container ({kind})"),
        Text(
            "物理机或虚拟机：容器引擎需要完整的内核、控制组和 AppArmor",
            "a physical or virtual machine: engines need the whole kernel, its cgroups and AppArmor",
        ),
        Text(
            "在虚拟机或宿主机上运行同一命令。", "Run the same command in a virtual machine or on the container's host."
        ),
    ),
    "LAB033": CatalogueEntry(
        Text("{kind} 不是 Linux 内核", "{kind} is not a Linux kernel"),
        Text("真正的 Linux 内核", "a real Linux kernel"),
        Text("使用虚拟机；在 Windows 上可用 Hyper-V 虚拟机。", "Use a virtual machine; on Windows, one of Hyper-V."),
    ),
    "LAB034": CatalogueEntry(
        Text("root 只在用户命名空间内有效", "root is root of a user namespace only"),
        Text(
            "初始用户命名空间（/proc/self/uid_map 为 0 0 4294967295）",
            "the initial user namespace (/proc/self/uid_map is 0 0 4294967295)",
        ),
        Text(
            "在命名空间之外（不经 rootless 引擎或 unshare）以 root 运行同一命令。",
            "Run the same command as root outside, not through a rootless engine or unshare.",
        ),
    ),
    "LAB035": CatalogueEntry(
        Text("root 缺少权能", "root lacks capabilities"),
        Text("具有 {capabilities}", "{capabilities}"),
        Text(
            "以完整权能的 root 运行；在受限容器中换到虚拟机。",
            "Run as root with all capabilities; from a confined container, move to a virtual machine.",
        ),
    ),
    "LAB036": CatalogueEntry(
        Text("SELinux 处于强制模式", "SELinux is enforcing"),
        Text(
            "SELinux 关闭或为宽容模式：本项目没有 SELinux 策略，不会代为放宽",
            "SELinux disabled or permissive: Lantu has no SELinux policy and does not relax yours",
        ),
        Text(
            "在没有 SELinux 的机器上运行；或由管理员改为宽容模式（setenforce 0）。",
            "Use a machine without SELinux, or have its administrator set permissive mode (setenforce 0).",
        ),
    ),
    "LAB037": CatalogueEntry(
        Text("AppArmor 已启用，但看不到其策略接口", "AppArmor is enabled, but its policy interface is not visible"),
        Text(
            "/sys/kernel/security/apparmor 存在（已挂载 securityfs）",
            "/sys/kernel/security/apparmor exists (securityfs is mounted)",
        ),
        Text(
            "运行：mount -t securityfs securityfs /sys/kernel/security",
            "Run: mount -t securityfs securityfs /sys/kernel/security",
        ),
    ),
    "LAB038": CatalogueEntry(
        Text("内核没有 {modules}", "the kernel has no {modules}"),
        Text("{modules} 内置于内核，或可作为模块加载", "{modules} built in or loadable as modules"),
        Text("改用发行版的标准内核。", "Use the distribution's standard kernel."),
    ),
    "LAB039": CatalogueEntry(
        Text("正在运行的内核的模块已不在磁盘上", "the modules of the running kernel are no longer on the disk"),
        Text("存在 {folder}", "{folder} exists"),
        Text(
            "内核升级后尚未重启：重启后再运行同一命令。",
            "The kernel was upgraded without a reboot: reboot and run the same command again.",
        ),
    ),
    "LAB040": CatalogueEntry(
        Text(
            "内核禁止加载模块，而 {modules} 尚未加载", "the kernel loads no more modules, and {modules} are not loaded"
        ),
        Text(
            "kernel.modules_disabled 为 0，或所需模块已加载", "kernel.modules_disabled is 0, or the modules are loaded"
        ),
        Text(
            "该参数只能靠重启恢复：重启时先加载这些模块，再锁定。",
            "Only a reboot resets it: load these modules at boot before the setting is applied.",
        ),
    ),
    "LAB041": CatalogueEntry(
        Text("控制组 {version} 缺少控制器 {controllers}", "cgroups {version} lack the controllers {controllers}"),
        Text("根控制组提供 {needed}", "the root cgroup offers {needed}"),
        Text(
            "从内核命令行去掉 cgroup_disable=…（内存控制器在部分系统上需要 cgroup_enable=memory），然后重启。",
            "Remove cgroup_disable=… from the kernel's command line (some need cgroup_enable=memory) and reboot.",
        ),
    ),
    "LAB042": CatalogueEntry(
        Text("控制组 v1 没有 systemd 命名层级", "cgroups v1 have no named hierarchy for systemd"),
        Text(
            "已挂载 name=systemd：主机中的 systemd 需要它",
            "a mount with name=systemd, which systemd in the hosts needs",
        ),
        Text(f"运行：{NAMED_HIERARCHY}", f"Run: {NAMED_HIERARCHY}"),
    ),
    "LAB043": CatalogueEntry(
        Text("控制组文件系统只读", "the cgroup file system is read-only"),
        Text("{mount} 可写", "{mount} is writable"),
        ANOTHER,
    ),
    "LAB044": CatalogueEntry(
        Text("IPv6 不可用", "IPv6 is not available"),
        Text(
            "内核启用 IPv6，新建的网络命名空间也启用：各网段均为双栈",
            "IPv6 in the kernel and in new network namespaces: every segment is dual-stack",
        ),
        Text(
            "去掉内核参数 ipv6.disable=1；或令 net.core.devconf_inherit_init_net=0，"
            "使本机的 disable_ipv6 不影响命名空间。",
            "Remove ipv6.disable=1 from the kernel's command line; or set net.core.devconf_inherit_init_net=0, so "
            "that the machine's own disable_ipv6 does not reach namespaces.",
        ),
    ),
    "LAB045": CatalogueEntry(
        Text(
            "{path} 所在的文件系统（{kind}）不能存放容器镜像层", "{path} lies on {kind}, which cannot hold image layers"
        ),
        Text(
            "本地文件系统，如 ext4、xfs、btrfs：overlayfs 的上层须在其上",
            "a local file system such as ext4, xfs or btrfs, for overlayfs to write on",
        ),
        Text("用 {variable} 指定本地磁盘上的目录。", "Name a folder on a local disk in {variable}."),
    ),
    "LAB046": CatalogueEntry(
        Text("{path} 所在的文件系统只读", "the file system of {path} is read-only"),
        Text("{path} 可写", "{path} is writable"),
        Text("以可写方式重新挂载{or_variable}。", "Mount it writable{or_variable}."),
    ),
    "LAB047": CatalogueEntry(
        Text("{path} 以 {options} 挂载", "{path} is mounted with {options}"),
        Text(
            "不带 {options}：其中的程序要执行，镜像构建要用设备节点",
            "without {options}: programs run from there, and image builds use device nodes there",
        ),
        Text("用 LANTU_CACHE 指定别的目录。", "Name another folder in LANTU_CACHE."),
    ),
    "LAB048": CatalogueEntry(
        Text("{path} 所在的文件系统 inode 不足", "too few free inodes where {path} lies"),
        Text("至少 {need} 个空闲", "at least {need} free"),
        Text(
            "删除不需要的小文件，或用 LANTU_STATE、LANTU_CACHE 指定别的磁盘。",
            "Remove small files that nobody needs, or name another disk in LANTU_STATE, LANTU_CACHE.",
        ),
    ),
    "LAB049": CatalogueEntry(
        Text("内存不足", "too little memory"),
        Text("内存与交换空间合计至少 {need} MB（{parts}）", "memory and swap of at least {need} MB ({parts})"),
        Text("增加内存或交换空间，或减少蓝图中的主机。", "Add memory or swap, or plan fewer hosts in the blueprint."),
    ),
    "LAB050": CatalogueEntry(
        Text("Docker 由 snap 安装", "Docker comes from a snap"),
        Text(
            "dockerd 来自 deb 软件包：snap 受限运行，不能使用 {path}",
            "dockerd from a deb package: the snap is confined and cannot use {path}",
        ),
        Text(
            "自行安装 docker.io 软件包（docker 命令将改由它提供），或移除 snap（snap remove docker），再运行同一命令。",
            "Install the package docker.io yourself (the command docker is then its own), or remove the snap "
            "(snap remove docker); then run the same command again.",
        ),
    ),
    "LAB051": CatalogueEntry(
        Text(
            "安装 {package} 会移除已有的软件包 {installed}",
            "to install {package} would remove the installed {installed}",
        ),
        Text("不移除任何已有软件包", "no installed package is removed"),
        Text(
            "自行决定：移除 {installed}，或补装它所属的那套引擎（例如 docker-ce），再运行同一命令。",
            "Decide yourself: remove {installed}, or complete the engine that it belongs to (for example docker-ce); "
            "then run the same command again.",
        ),
    ),
    "LAB052": CatalogueEntry(
        Text(
            "PATH 上的 dockerd 属于普通用户（如 rootless 安装）",
            "the dockerd on PATH belongs to a plain user (as a rootless one)",
        ),
        Text(
            "dockerd 属于 root：以 root 运行的程序不能由他人改写",
            "a dockerd that root owns: nobody else may change what root runs",
        ),
        Text(
            "安装软件包 docker.io，或从 root 的 PATH 中去掉该目录。",
            "Install the package docker.io, or take that folder out of root's PATH.",
        ),
    ),
    "LAB053": CatalogueEntry(
        Text("Docker 引擎版本过低", "the Docker engine is too old"),
        Text(
            "{oldest} 或更高（私有控制组命名空间、控制组 v2）",
            "{oldest} or newer (private cgroup namespaces, cgroups v2)",
        ),
        Text("升级 docker.io 软件包。", "Upgrade the package docker.io."),
    ),
    "LAB054": CatalogueEntry(
        Text("Docker 引擎版本过高", "the Docker engine is too new"),
        Text(
            "低于 {first}：{first} 起引擎默认拒绝 1.44 之前的接口版本，而本项目使用 1.41",
            "older than {first}: from then on, engines refuse API versions below 1.44 by default; Lantu speaks 1.41",
        ),
        Text(
            "安装 {first} 之前的引擎，例如 Debian 的 docker.io 或固定在 28.5 的 docker-ce。",
            "Install an engine before {first}: Debian's docker.io, or docker-ce pinned to 28.5.",
        ),
    ),
    "LAB055": CatalogueEntry(
        Text("缺少 {tools}，且本机没有 apt", "{tools} are missing, and this machine has no apt"),
        Text(
            "Debian 系的发行版：所缺工具与主机镜像都由 apt 取得",
            "a distribution of the Debian family: apt brings missing tools, and the host images",
        ),
        ANOTHER,
    ),
    "LAB056": CatalogueEntry(
        Text("内核限额 {key} 过低", "the kernel's limit {key} is too low"),
        Text("至少 {need}（{source}）", "at least {need} ({source})"),
        Text(
            "由管理员调高：sysctl -w {key}={need}；实验环境从不改动本机参数。",
            "Have the administrator raise it: sysctl -w {key}={need}; a lab never touches the machine's settings.",
        ),
    ),
    "LAB057": CatalogueEntry(
        Text("{path} 不能运行或版本不明", "{path} does not run, or its version is unknown"),
        Text("`dockerd --version` 给出版本号", "`dockerd --version` prints a version"),
        Text(
            "重新安装它所属的软件包（例如 apt-get install --reinstall docker.io）。",
            "Install its package again (for example apt-get install --reinstall docker.io).",
        ),
    ),
    "LAB058": CatalogueEntry(
        Text("没有可用的硬件虚拟化（KVM）", "hardware virtualisation (KVM) is not available"),
        Text("/dev/kvm 可用：{parts} 需要虚拟机", "a usable /dev/kvm: {parts} need virtual machines"),
        Text(
            "在 BIOS 或上层虚拟机管理器中启用（嵌套）虚拟化，并加载 kvm_intel 或 kvm_amd。",
            "Enable (nested) virtualisation in the BIOS or in the hypervisor above, and load kvm_intel or kvm_amd.",
        ),
    ),
    "LAB059": CatalogueEntry(
        Text("允许打开的文件过少（硬上限）", "too few open files are allowed (the hard limit)"),
        Text("至少 {need}（{source}）", "at least {need} ({source})"),
        Text(
            "由 root 运行 ulimit -n {need} 后再运行同一命令；由 systemd 启动时用 LimitNOFILE={need}。",
            "Run ulimit -n {need} as root, then the same command; started by systemd, set LimitNOFILE={need}.",
        ),
    ),
}

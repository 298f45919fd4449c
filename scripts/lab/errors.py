"""What can go wrong in the lab, with a stable code, in both languages."""

from __future__ import annotations

from collections.abc import Callable

from lab.machine_errors import MACHINE
from lab.texts import CatalogueEntry as Entry
from lab.texts import Text

Say = Callable[[Text], None]  # how long work tells what it is doing


def silent(_: Text) -> None:
    """The Say of somebody who does not listen."""


class LabError(Exception):
    """A user's problem, never ours: shown as it is, without a traceback.

    `code` is one of CATALOGUE, `found` is the evidence (a path, a tool's last words), `names` fill the sentences.
    """

    def __init__(self, code: str, found: str, **names: object) -> None:
        self.code = code
        self.found = found
        self.names = names
        super().__init__(self.text("en"))

    def sentence(self, part: str, language: str) -> str:
        """One of `what`, `expected`, `remedy`, in `zh` or `en`."""
        text: Text = getattr(CATALOGUE[self.code], part)
        sentence: str = getattr(text, language)
        words = {
            name: getattr(value, language) if isinstance(value, Text) else value for name, value in self.names.items()
        }
        return sentence.format(**words)

    @property
    def expected(self) -> Text:
        return Text(self.sentence("expected", "zh"), self.sentence("expected", "en"))

    @property
    def remedy(self) -> Text:
        return Text(self.sentence("remedy", "zh"), self.sentence("remedy", "en"))

    def text(self, language: str) -> str:
        """The whole message, four lines: code and event, found, expected, remedy."""
        found, expected, remedy = ("现状", "应为", "处理") if language == "zh" else ("found", "expected", "remedy")
        return "\n".join(
            [
                f"{self.code} {self.sentence('what', language)}",
                f"  {found}: {self.found}",
                f"  {expected}: {self.sentence('expected', language)}",
                f"  {remedy}: {self.sentence('remedy', language)}",
            ]
        )


AGAIN = Text(
    "排除原因后再次运行同一命令，它会接着修复。",
    "Remove the cause and run the same command again; it repairs what is left.",
)

CATALOGUE: dict[str, Entry] = {
    **MACHINE,
    "LAB001": Entry(
        Text("需要 root 权限", "the lab needs root"),
        Text("用户号 0：网络命名空间和容器引擎都要求如此", "user id 0: network namespaces and engines ask for it"),
        Text("用 sudo 运行同一命令。", "Run the same command with sudo."),
    ),
    "LAB002": Entry(
        Text("{kind}名不合规", "a {kind} name that is not one"),
        Text(
            "小写字母开头，只含小写字母和数字，至多 12 个字符",
            "a lower-case letter, then letters and digits, at most 12",
        ),
        Text("换一个名字。", "Choose another name."),
    ),
    "LAB003": Entry(
        Text("套接字路径太长", "a socket path that is too long"),
        Text("至多 {most} 个字节（内核的限制）", "at most {most} bytes (the kernel's limit)"),
        Text("用 LANTU_RUN 指定较短的目录。", "Name a shorter folder in LANTU_RUN."),
    ),
    "LAB004": Entry(
        Text("缺少工具 {tool}", "the tool {tool} is missing"),
        Text("{tool} 在 PATH 上（软件包 {package}）", "{tool} on PATH (package {package})"),
        Text("安装软件包 {package}。", "Install the package {package}."),
    ),
    "LAB005": Entry(
        Text("apt 没有装上软件包", "apt did not install the packages"),
        Text("已安装：{packages}", "installed: {packages}"),
        AGAIN,
    ),
    "LAB006": Entry(
        Text("内核缺少实验环境所需的能力：{ability}", "the kernel lacks what the lab needs: {ability}"),
        Text("命令成功：{command}", "this command succeeds: {command}"),
        Text("换一台机器，或启用该内核功能。", "Use another machine, or enable that part of the kernel."),
    ),
    "LAB007": Entry(
        Text("外部命令失败：{command}", "a tool failed: {command}"),
        Text("退出状态为 0，用时不超过 {seconds} 秒", "exit status 0 within {seconds} seconds"),
        AGAIN,
    ),
    "LAB008": Entry(
        Text("另一次运行正占用 {what}", "another run holds {what}"),
        Text("{seconds} 秒内空出来", "free within {seconds} seconds"),
        Text("等那次运行结束后再试。", "Wait for that run to end, then try again."),
    ),
    "LAB010": Entry(
        Text("{location} 的引擎没有启动", "the engine of {location} did not start"),
        Text("{seconds} 秒内在 {socket} 上应答", "an answer on {socket} within {seconds} seconds"),
        Text(
            "查看日志 {log}，排除原因后再次运行同一命令。",
            "Read the log {log}, remove the cause, run the same command again.",
        ),
    ),
    "LAB011": Entry(
        Text("{location} 的引擎没有应答", "the engine of {location} gives no answer"),
        Text("套接字 {socket} 上有引擎应答", "an engine answers on the socket {socket}"),
        Text("运行 `lantu up`，它会重新启动引擎。", "Run `lantu up`; it starts the engine again."),
    ),
    "LAB012": Entry(
        Text("没能清除 {what}", "could not remove {what}"),
        Text("没有进程再使用它", "nothing uses it any more"),
        AGAIN,
    ),
    "LAB013": Entry(
        Text("磁盘已满：{path}", "the disk is full: {path}"),
        Text("至少有 {need} MB 空闲", "at least {need} MB free"),
        Text(
            "腾出空间（或用 LANTU_STATE、LANTU_CACHE 指定别的磁盘），再次运行同一命令。",
            "Make room (or name another disk in LANTU_STATE, LANTU_CACHE) and run the same command again.",
        ),
    ),
    "LAB014": Entry(
        Text("内核参数 {key} 没有保持", "the kernel setting {key} did not hold"),
        Text("在命名空间 {namespace} 中为 {value}", "{value} in the namespace {namespace}"),
        AGAIN,
    ),
    "LAB016": Entry(
        Text("网段 {prefix}（{network}）已被占用", "the address range {prefix} ({network}) is taken"),
        Text("该地址范围在 {location} 的引擎中空闲", "a range that is free in the engine of {location}"),
        Text(
            "删除占用它的网络，或在蓝图中改用别的网段。",
            "Remove the network that holds it, or plan another range in the blueprint.",
        ),
    ),
    "LAB018": Entry(
        Text(
            "观察点 {vantage} 要接入的网桥 {bridge} 不存在",
            "the bridge {bridge} for the vantage point {vantage} does not exist",
        ),
        Text("{location} 的引擎里有网桥 {bridge}", "a bridge {bridge} in the engine of {location}"),
        Text("先建网络（`lantu up` 会按次序做）。", "Create the networks first (`lantu up` does so in order)."),
    ),
    "LAB020": Entry(
        Text("镜像配方写错了：{file}", "a wrong image recipe: {file}"),
        Text("{wanted}", "{wanted}"),
        Text("改正配方，再用 {renew} 重新核准。", "Correct the recipe, then approve it again: {renew}"),
    ),
    "LAB021": Entry(
        Text("镜像配方 {kind} 未经核准", "the image recipe {kind} is not approved"),
        Text("核准的散列值：{approved}", "the approved hash: {approved}"),
        Text("审阅配方的改动，再运行：{renew}", "Review the change of the recipe, then run: {renew}"),
    ),
    "LAB022": Entry(
        Text("本机没有可用的 Debian {suite} 软件源", "this machine has no Debian {suite} package source"),
        Text(
            "{folder} 中有一个由 Debian 签名、含 {suite} main 的软件源",
            "a source of {suite} main signed by Debian in {folder}",
        ),
        Text("先为本机配置 Debian 软件源。", "Configure the machine's Debian package sources first."),
    ),
    "LAB023": Entry(
        Text("镜像 {kind} 没有做成", "the image {kind} was not built"),
        Text("配方的每一步都成功", "every step of the recipe succeeds"),
        Text(
            "查看日志 {log}，排除原因后再次运行同一命令。",
            "Read the log {log}, remove the cause, run the same command again.",
        ),
    ),
    "LAB024": Entry(
        Text("引擎没有收下镜像 {kind}", "the engine did not take the image {kind}"),
        Text("引擎中有镜像 {image}", "the engine has the image {image}"),
        AGAIN,
    ),
    "LAB025": Entry(
        Text("{location} 的主机没有启动", "hosts of {location} do not start"),
        Text("所有主机都在运行", "every host runs"),
        Text(
            "运行 `lantu up`：起不来的主机会按计划重建。",
            "Run `lantu up`: hosts that cannot start are made again as planned.",
        ),
    ),
    "LAB026": Entry(
        Text(
            "本机的 inotify 实例不够再启动 {hosts} 台主机", "too few inotify instances left to start {hosts} hosts more"
        ),
        Text("还有 {need} 个空闲（fs.inotify.max_user_instances）", "{need} free (fs.inotify.max_user_instances)"),
        Text(
            "先用 `lantu down` 拆除另一个实验环境，或自行调高该参数；实验环境从不改动本机参数。",
            "Take another lab down by `lantu down`, or raise that setting yourself; a lab never touches it.",
        ),
    ),
}

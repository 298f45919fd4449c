"""`lantu new`: write the blueprint of a new district, valid and almost empty."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inventory.texts.text import Text, printable, written
from lantu.console import Exit, Lang, leave, say, word
from lantu.options import DEFAULT_LANG, Language

APPROVAL = "待填批准文号 / to be filled in"
DONE = Text(
    "已写出 {folder}。检查：lantu check --blueprint {folder}",
    "wrote {folder}. Check it: lantu check --blueprint {folder}",
)
EXISTS = Text(
    "{folder} 已存在；lantu new 不覆盖任何文件，请用 --into 指定新目录",
    "{folder} exists already; lantu new overwrites nothing: name a new folder with --into",
)


def _id(value: str) -> str:
    """The id names the folder too, so it is checked before anything is written."""
    from inventory.model.forms import ID, fits, words_of

    if not fits(ID, value):
        raise typer.BadParameter(f"{printable(value)}: {words_of(ID).en} / {words_of(ID).zh}")
    return value


DistrictId = Annotated[
    str, typer.Argument(metavar="DISTRICT", help="Id of the district, like yunhe. 区的编号", callback=_id)
]
Into = Annotated[
    Path | None, typer.Option("--into", help="New folder to write. 写到哪个新目录", show_default="inventory/ID")
]
NameZh = Annotated[str, typer.Option("--name-zh", help="The district's name in Chinese. 中文名称")]
NameEn = Annotated[
    str | None, typer.Option("--name-en", help="Its name in English. 英文名称", show_default="from its id")
]
CityZh = Annotated[str, typer.Option("--city-zh", help="Its city in Chinese. 所属城市中文名称")]
CityEn = Annotated[str, typer.Option("--city-en", help="Its city in English. 所属城市英文名称")]
Domain = Annotated[
    str | None, typer.Option("--domain", help="The portal's domain. 门户域名", show_default="ID.example")
]


def new(
    district: DistrictId,
    into: Into = None,
    name_zh: NameZh = "某区",
    name_en: NameEn = None,
    city_zh: CityZh = "某市",
    city_en: CityEn = "Some City",
    domain: Domain = None,
    lang: Language = DEFAULT_LANG,
) -> None:
    """Write the blueprint of a new district, with comments that explain it. 新建蓝图

    It has the three zones, their gateway, bastions and portal, and no systems. Nothing is overwritten.

    Exit status: 0 written, 1 the folder cannot be written,
    2 usage error: a bad id or name, or a folder that exists.

    \b
    Examples:
      lantu new yunhe --name-zh 云河区 --name-en "Yunhe District"
      lantu new yunhe --into /srv/blueprints/yunhe
    """
    from datetime import date

    import inventory  # the model is loaded only when a blueprint is written

    folder = into or inventory.EXAMPLE.parent / district
    if folder.exists() or folder.is_symlink():
        say(EXISTS.fill(folder=folder).say(word(lang)))
        leave(Exit.USAGE)
    values = {
        "district": district,
        "name_zh": name_zh,
        "name_en": name_en or f"{district.replace('-', ' ').title()} District",
        "city_zh": city_zh,
        "city_en": city_en,
        "domain": domain or f"{district}.example",
        "contact": f"data@{domain or f'{district}.example'}",
        "approval": APPROVAL,
    }
    quoted = {name: written(value) for name, value in values.items()}
    try:
        _write(folder, quoted | {"today": date.today().isoformat()}, lang)
    except OSError as error:
        say(f"{folder}: {error.strerror}")
        leave(Exit.DENIED)
    typer.echo(DONE.fill(folder=folder).say(word(lang)))


def _write(folder: Path, values: dict[str, str], lang: Lang) -> None:
    """Write all files to a temporary folder, check them, and rename it: all files or none."""
    import os
    import shutil
    import tempfile
    from string import Template

    import inventory
    from inventory.loading.schema import FOLDER, modeline

    blank = inventory.EXAMPLE.parent / "blank"
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for source in sorted(blank.rglob("*.yaml")):
            file = draft / source.relative_to(blank)
            file.parent.mkdir(exist_ok=True)
            line = modeline(Path(os.path.relpath(FOLDER, (folder / source.relative_to(blank)).parent)), file)
            file.write_text(Template(source.read_text("utf-8")).substitute(values, modeline=line), "utf-8")
        loaded = inventory.load(draft)
        if loaded.blueprint is None:
            say("\n".join(problem.line(word(lang)) for problem in loaded.problems))
            leave(Exit.USAGE)
        draft.chmod(0o755)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)

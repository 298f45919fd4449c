"""Registers as files: what is accepted, warned about and refused, each with its source location."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from policies.duplicates import export, lists, reading
from policies.duplicates.compare import profile
from policies.duplicates.entry import Entry, Unreadable
from policies.duplicates.figures import stats
from policies.duplicates.mapping import mapping

from .conftest import ROOT

TWO = [{"id": "a", "name_zh": "智慧停车"}, {"id": "b", "name_en": "Smart Parking", "functions": ["bay detection"]}]
FORMS = {
    "r.json": json.dumps(TWO, ensure_ascii=False),
    "r.yaml": "systems:\n- {id: a, name_zh: 智慧停车}\n- {id: b, name_en: Smart Parking, functions: [bay detection]}\n",
    "r.csv": "id,name_zh,name_en,functions\na,智慧停车,,\nb,,Smart Parking,bay detection\n",
}


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refused(path: Path) -> list[str]:
    with pytest.raises(Unreadable) as caught:
        reading.read(path)
    return [f"{r.at.removeprefix(str(path.parent) + '/')} {r.en}" for r in caught.value.remarks]


@pytest.mark.parametrize("name", FORMS)
def test_the_three_forms_give_the_same_entries(tmp_path: Path, name: str) -> None:
    read = reading.read(written(tmp_path, name, FORMS[name]))
    assert [(e.id, e.name, e.functions) for e in read.entries] == [
        ("a", "智慧停车", ()),
        ("b", "Smart Parking", ("bay detection",)),
    ]
    assert read.remarks == ()


def test_a_folder_is_one_register_and_an_id_is_used_once_in_it(tmp_path: Path) -> None:
    written(tmp_path, "1.json", FORMS["r.json"])
    written(tmp_path, "2.csv", "id,name_zh\nc,婚姻登记\n")
    assert [e.id for e in reading.read(tmp_path).entries] == ["a", "b", "c"]
    written(tmp_path, "3.yaml", "- {id: c, name_zh: 殡葬}\n")
    read = reading.read(tmp_path)
    assert [e.id for e in read.entries] == ["a", "b", "c", "c~2"]
    assert "id c is entered twice, first at" in read.remarks[0].en
    assert "3.yaml:1" in read.remarks[0].at


def test_the_blueprint_s_own_register_is_read_without_a_warning() -> None:
    read = reading.read(ROOT / "inventory/pengjiang/systems.yaml")
    assert len(read.entries) > 5
    assert read.remarks == ()
    assert all(e.functions and e.capability for e in read.entries)


def test_lists_of_a_spreadsheet_in_gb18030_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "r.csv", "id,name_zh,functions\r\n1,智慧停车,计费；诱导\r\n".encode("gb18030"))
    (entry,) = reading.read(path).entries
    assert (entry.name_zh, entry.functions) == ("智慧停车", ("计费", "诱导"))


@pytest.mark.parametrize(
    "text",
    [
        "id,name_zh,functions\n1,智慧停车,计费；诱导\n",
        "\ufeffid;name_zh;functions\r\n1;智慧停车;计费|诱导\r\n",
        "ID\tName_zh\tFunctions\n1\t智慧停车\t计费、诱导\n",
        'id,name_zh,functions\n1,智慧停车,"计费,诱导"\n',
        'id,name_zh,functions\n1,智慧停车,"[""计费"", ""诱导""]"\n',
        'id,name_zh,functions\n1,智慧停车,"计费\n诱导"\n',
    ],
)
def test_csv_is_read_however_a_spreadsheet_wrote_it(tmp_path: Path, text: str) -> None:
    (entry,) = reading.read(written(tmp_path, "r.csv", text)).entries
    assert (entry.id, entry.name_zh, entry.functions) == ("1", "智慧停车", ("计费", "诱导"))


@pytest.mark.parametrize("value", [["计费", "诱导"], "计费；诱导", "计费, 诱导", [{"name": "计费"}, "诱导", None]])
def test_a_list_in_json_may_be_an_array_or_one_text(tmp_path: Path, value: object) -> None:
    text = json.dumps([{"id": 1, "name_zh": "智慧停车", "functions": value}])
    (entry,) = reading.read(written(tmp_path, "r.json", text)).entries
    assert (entry.id, entry.functions) == ("1", ("计费", "诱导"))


def test_unknown_keys_warn_once_and_two_entries_may_share_a_name(tmp_path: Path) -> None:
    rows = [{"id": str(i), "name_zh": "智慧停车", "colour": "red"} for i in range(3)]
    read = reading.read(written(tmp_path, "r.json", json.dumps(rows)))
    assert len(read.entries) == 3
    assert [r.en for r in read.remarks] == ["unknown fields, not used: colour (3 times)"]


def test_all_mistakes_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    path = written(
        tmp_path, "r.yaml", "- {id: a, name_zh: 甲}\n- {name_zh: 乙}\n- {id: c}\n- {id: a, name_zh: 丁}\n- just words\n"
    )
    assert refused(path) == [
        "r.yaml:2 id missing: this entry cannot be compared",
        "r.yaml:3 name_zh / name_en missing: this entry cannot be compared",
        f"r.yaml:4 id a is used twice, first at {path}:1",
        "r.yaml#5 an entry must be a mapping of fields",
    ]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("r.json", "[{", "r.json:1:3 not JSON"),
        ("r.json", "{}", "r.json:1:1 must be a list of entries"),
        ("r.yaml", "- {id: a\n", "r.yaml:2:1 not YAML"),
        ("r.yaml", "- {id: a, id: b}\n", "r.yaml:1:11 not YAML: field id twice"),
        ("r.yaml", "- !!python/object/apply:os.system [ls]\n", "r.yaml:1:3 not YAML"),
        ("r.csv", "编号,名称\n1,甲\n", "r.csv:1:1 the first line must contain the field names"),
        ("r.csv", "", "r.csv:1:1 the first line must contain the field names"),
        ("r.csv", b"\xff\xfe\xff\xff", "r.csv decoded as utf-16, the characters are implausible"),
        ("r.txt", "x", "r.txt only .yaml, .yml, .json, .csv and .xlsx are read"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path: Path, name: str, text: str | bytes, says: str) -> None:
    assert refused(written(tmp_path, name, text))[0].startswith(says)


def test_absent_empty_and_unreadable_are_three_answers(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refused(tmp_path / "r.json")[0]
    assert "no YAML, JSON, CSV or xlsx file in this directory" in refused(tmp_path)[0]
    assert reading.read(written(tmp_path, "r.json", "[]")).entries == ()


def test_large_registers_are_read_in_time(tmp_path: Path) -> None:
    """Detects work that grows faster than the list; not a measurement."""
    path = written(tmp_path, "r.csv", "id,name_zh\n" + "".join(f"{i},系统{i}\n" for i in range(20_000)))
    begin = time.process_time()
    assert len(reading.read(path).entries) == 20_000
    assert time.process_time() - begin < 20


# ---- lists in and out ------------------------------------------------------------------------------
MAPPING = """
columns: {序号: id, 系统名称: name_zh, 建设单位: agency, 主要功能: functions, 状态: state}
values: {state: {在用: running}}
fixed: {jurisdiction: 蓬江区}
"""
LIST = (
    "序号,系统名称,建设单位,主要功能,状态,备注\n"
    "1,智慧停车,城管局,计费；诱导,在用,好\n"
    "2,,民政局,,在用,\n"
    "3,婚姻登记,民政局,预约,筹备中,\n"
    "1,重号,民政局,,在用,\n"
)


def test_a_list_is_taken_over_and_what_was_not_understood_is_told(tmp_path: Path) -> None:
    how = mapping(written(tmp_path, "m.yaml", MAPPING))
    imported = lists.read_list(written(tmp_path, "l.csv", LIST), how)
    assert [(e.id, e.name_zh, e.state, e.jurisdiction) for e in imported.entries] == [
        ("1", "智慧停车", "running", "蓬江区"),
        ("3", "婚姻登记", "", "蓬江区"),
    ]
    assert imported.entries[0].functions == ("计费", "诱导")
    assert imported.rows == 4
    remarks = [(r.error, r.en) for r in imported.not_understood]
    assert (False, "heading 备注 has no field: the column is not imported") in remarks
    assert (False, "value 筹备中 of state is not mapped: left empty") in remarks
    assert (True, "name_zh / name_en missing: this entry cannot be compared") in remarks
    assert any(error and text.startswith("id 1 is used twice, first at") for error, text in remarks)


def test_a_mapping_that_names_no_field_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="系统名称: title is not a field of the register"):
        mapping(written(tmp_path, "m.yaml", "columns: {系统名称: title}\n"))


@pytest.mark.parametrize("suffix", [".csv", ".json", ".yaml", ".xlsx"])
def test_what_is_exported_reads_back_the_same(tmp_path: Path, suffix: str) -> None:
    entries = reading.read(ROOT / "inventory/pengjiang/systems.yaml").entries
    again = reading.read(written(tmp_path, f"r{suffix}", export.written(entries, suffix))).entries
    assert again == entries


def test_stats_count_what_a_register_says() -> None:
    figures = stats(
        (e, profile(e).content)
        for e in [
            Entry("a", name_zh="智慧停车", functions=("计费",)),
            Entry("b", name_zh="综合平台"),
            Entry("c", name_en="Parking", state="running"),
        ]
    )
    assert (figures["systems"], figures["name_only"], figures["too_little"]) == (3, 2, ["b"])
    assert figures["names"] == {"zh": 2, "en": 1, "both": 0}

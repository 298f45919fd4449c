"""Agencies' lists: encodings, workbooks, headings, totals, ids; each file type through the command or its reader."""

from __future__ import annotations

import io
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from policies.duplicates import export, lists, reading
from policies.duplicates.draft import draft
from policies.duplicates.entry import Entry, Unreadable
from policies.duplicates.mapping import mapping

from .test_command import run
from .test_reading import written

COLUMNS = "columns: {编号: id, 系统名称: name_zh, 单位: agency, 功能: functions, 状态: state}\n"
ROWS = [
    ["1", "智慧停车平台", "城管局", "停车费结算；泊位采集", "在用"],
    ["2", "婚姻登记系统", "民政局", "婚姻登记预约", "在建"],
]
HEADS = ["编号", "系统名称", "单位", "功能", "状态"]
CSV = "\n".join(",".join(row) for row in [HEADS, *ROWS]) + "\n"


def workbook(*sheets: tuple[str, list[list[Any]]], merge: tuple[str, ...] = ()) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    for area in merge:
        book.worksheets[0].merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def taken(folder: Path, name: str, data: str | bytes, how: str = COLUMNS) -> lists.Imported:
    return lists.read_list(written(folder, name, data), mapping(written(folder, "m.yaml", how)))


def says(result: lists.Imported) -> list[str]:
    return [r.en for r in result.not_understood]


# ---- encodings -----------------------------------------------------------------------------------------------------
BIG5 = "編號,系統名稱,單位\n1,差勤管理系統,人事處\n2,公文管理系統,秘書處\n3,會議室申請系統,秘書處\n"
SPANISH = "Nº;Denominación;Órgano\n1;Gestión de expedientes;Secretaría\n2;Padrón de habitantes;Estadística\n"


@pytest.mark.parametrize(
    ("data", "columns", "encoding", "names"),
    [
        (CSV.encode("gb18030"), COLUMNS, "gb18030", ["智慧停车平台", "婚姻登记系统"]),
        (
            BIG5.encode("big5"),
            "columns: {編號: id, 系統名稱: name_zh}",
            "big5",
            ["差勤管理系統", "公文管理系統", "會議室申請系統"],
        ),
        (
            SPANISH.encode("cp1252"),
            "columns: {Nº: id, Denominación: name_en}",
            "cp1252",
            ["Gestión de expedientes", "Padrón de habitantes"],
        ),
        (CSV.encode("utf-16"), COLUMNS, "utf-16", ["智慧停车平台", "婚姻登记系统"]),
        (b"\xfe\xff" + CSV.encode("utf-16-be"), COLUMNS, "utf-16", ["智慧停车平台", "婚姻登记系统"]),
        (CSV.encode("utf-8-sig"), COLUMNS, "utf-8-sig", ["智慧停车平台", "婚姻登记系统"]),
        (CSV.encode("gb18030"), COLUMNS + "encoding: gb18030\n", "gb18030", ["智慧停车平台", "婚姻登记系统"]),
    ],
)
def test_encodings(tmp_path: Path, data: bytes, columns: str, encoding: str, names: list[str]) -> None:
    result = taken(tmp_path, "l.csv", data, columns)
    assert [e.name for e in result.entries] == names
    assert result.sources[0].how == f"CSV, {encoding}"
    if encoding in ("gb18030", "big5", "cp1252") and "encoding:" not in columns:
        assert f"read as {encoding} (detected)" in says(result)


@pytest.mark.parametrize(
    ("data", "how"),
    [
        (BIG5.encode("big5"), "encoding: gb18030\n"),
        (SPANISH.encode("cp1252"), "encoding: gb18030\n"),
        (CSV.encode("gb18030"), "encoding: utf-8\n"),
        (CSV.encode("gb18030"), "encoding: klingon\n"),
        (bytes(range(128, 256)) * 3, ""),
    ],
)
def test_a_list_whose_characters_are_implausible_is_refused(tmp_path: Path, data: bytes, how: str) -> None:
    with pytest.raises(Unreadable):
        taken(tmp_path, "l.csv", data, "columns: {編號: id, 系統名稱: name_zh}\n" + how)


def test_a_register_in_big5_is_not_garbled_and_says_how_it_was_read(tmp_path: Path) -> None:
    text = "id,name_zh\n" + "".join(
        f"{i},{n}\n" for i, n in enumerate(["差勤管理系統", "公文管理系統", "戶役政資訊系統"])
    )
    read = reading.read(written(tmp_path, "r.csv", text.encode("big5")))
    assert read.entries[0].name == "差勤管理系統"
    assert "read as big5" in read.remarks[0].en


# ---- nothing is lost silently --------------------------------------------------------------------------------------
def test_two_headings_of_one_field_and_a_heading_twice(tmp_path: Path) -> None:
    text = "编号,系统名称,项目名称,功能,功能\n1,停车平台,停车项目,计费,诱导\n2,,婚姻登记,预约,\n"
    result = taken(
        tmp_path, "l.csv", text, "columns: {编号: id, 系统名称: name_zh, 项目名称: name_zh, 功能: functions}"
    )
    assert [(e.name, e.functions) for e in result.entries] == [("停车平台", ("计费", "诱导")), ("婚姻登记", ("预约",))]
    assert "系统名称, 项目名称 all map to name_zh: their cells are joined" in says(result)
    assert "heading 功能 occurs 2 times (columns 4, 5)" in says(result)
    assert "name_zh is already '停车平台': '停车项目' of heading 项目名称 is not imported" in says(result)


def test_cells_beyond_the_headings_totals_and_headings_again(tmp_path: Path) -> None:
    text = CSV + "合计,2,,,\n编号,系统名称,单位,功能,状态\n3,人事系统,人社局,考勤,在用,多出,的\n总计：3,,,,\n"
    result = taken(tmp_path, "l.csv", text)
    assert [e.id for e in result.entries] == ["1", "2", "3"]
    assert (result.rows, result.sources[0].totals) == (3, 2)
    assert "cells beyond the headings are not imported: 多出 | 的" in says(result)
    assert "row of totals, skipped: 合计" in says(result)
    assert "repeated headings, skipped" in says(result)


def test_empty_ids_are_counted_and_refused_on_request(tmp_path: Path) -> None:
    text = "编号,系统名称\n,停车\n7,婚姻\n,殡葬\n"
    result = taken(tmp_path, "l.csv", text)
    assert [e.id for e in result.entries] == ["row-1", "7", "row-3"]
    assert "2 rows have no id and were numbered from row-1" in says(result)
    strict = taken(tmp_path, "l.csv", text, COLUMNS + "id: {required: true}\n")
    assert [e.id for e in strict.entries] == ["7"]
    assert [r.at.rpartition(":")[2] for r in strict.not_understood if r.error] == ["2", "4"]


def test_merged_agency_cells(tmp_path: Path) -> None:
    text = "编号,系统名称,单位\n1,停车,城管局\n2,市容,\n3,户外广告,\n4,婚姻,民政局\n"
    hint = taken(tmp_path, "l.csv", text)
    assert [e.agency for e in hint.entries] == ["城管局", "", "", "民政局"]
    assert any("write `fill_down: [agency]`" in text for text in says(hint))
    filled = taken(tmp_path, "l.csv", text, COLUMNS + "fill_down: [agency]\n")
    assert [e.agency for e in filled.entries] == ["城管局"] * 3 + ["民政局"]


def test_identical_warnings_are_printed_once_with_a_count(tmp_path: Path) -> None:
    text = "编号,系统名称,状态\n" + "".join(f"{i},系统{i}停车,筹备中\n" for i in range(50))
    result = taken(tmp_path, "l.csv", text)
    assert [r.count for r in result.not_understood if "筹备中" in r.en] == [50]
    assert "value 筹备中 of state is not mapped: left empty (50 times)" in says(result)


def test_a_record_of_several_lines_is_located_where_it_begins(tmp_path: Path) -> None:
    text = '编号,系统名称,功能\n1,停车,"计费\n诱导"\n\n2,,"预约\n查询"\n3,婚姻,登记\n'
    result = taken(tmp_path, "l.csv", text)
    assert [e.at.rpartition(":")[2] for e in result.entries] == ["2", "7"]
    assert [r.at.rpartition(":")[2] for r in result.not_understood if r.error] == ["5"]


# ---- formats -------------------------------------------------------------------------------------------------------
OFFICE = [
    ["某区政务信息系统清单", None, None, None, None],
    ["填表日期：2025年3月", None, None, None, None],
    ["单位", "系统情况", None, "建设情况", None],
    [None, "系统\n名称", "主要功能", "状态", "预算"],
    ["城管局", "智慧停车平台", "停车费结算；泊位采集", "在用", 12.0],
    [None, "市容管理系统", "市容巡查", "在用", 30],
    ["民政局", "婚姻登记系统", "婚姻登记预约", "在建", "=E5+E6"],
    ["合计", None, None, None, 42],
]
OFFICE_MAPPING = """
heading_row: [3, 4]
columns:
  {单位: agency, 系统情况/系统名称: name_zh, 系统情况/主要功能: functions, 建设情况/状态: state, 建设情况/预算: budget}
values: {state: {在用: running, 在建: building}}
id: {from: [单位, 系统情况/系统名称], join: "/"}
"""


@pytest.mark.parametrize("name", ["l.xlsx", "l.xls"])
def test_a_workbook_as_an_office_keeps_it(tmp_path: Path, name: str) -> None:
    data = workbook(
        ("清单", OFFICE),
        ("说明", [["本表由各单位填报"], ["2025"]]),
        merge=("A1:E1", "A3:A4", "B3:C3", "D3:E3", "A5:A6"),
    )
    result = taken(tmp_path, name, data, OFFICE_MAPPING)
    assert [(e.id, e.agency, e.name, e.state, e.budget) for e in result.entries] == [
        ("城管局/智慧停车平台", "城管局", "智慧停车平台", "running", "12"),
        ("城管局/市容管理系统", "城管局", "市容管理系统", "running", "30"),
        ("民政局/婚姻登记系统", "民政局", "婚姻登记系统", "building", ""),
    ]
    assert result.entries[0].functions == ("停车费结算", "泊位采集")
    assert result.sources[0].how == "sheet 清单"
    assert any("not read: 说明" in text for text in says(result))
    assert any("formula without a saved value" in text for text in says(result))
    assert result.entries[2].at.endswith(":清单:7")


def test_another_sheet_by_title_or_number(tmp_path: Path) -> None:
    data = workbook(("说明", [["x"], ["y"]]), ("清单", [HEADS, *ROWS]))
    for sheet in ("清单", "2"):
        assert len(taken(tmp_path, "l.xlsx", data, COLUMNS + f"sheet: {sheet}\n").entries) == 2
    with pytest.raises(Unreadable, match="has no sheet 附表; it has: 说明, 清单"):
        taken(tmp_path, "l.xlsx", data, COLUMNS + "sheet: 附表\n")


@pytest.mark.parametrize(
    ("data", "says_"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old binary .xls or a protected workbook"),
        (b"PK\x03\x04 broken", "the workbook cannot be read"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "is a web page"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(tmp_path: Path, data: bytes, says_: str) -> None:
    with pytest.raises(Unreadable, match=says_):
        taken(tmp_path, "l.xls", data)


@pytest.mark.parametrize(
    "text", ["sep=;\n编号;系统名称\n1;停车,收费\n", "编号|系统名称\n1|停车,收费\n", "编号\t系统名称\n1\t停车,收费\n"]
)
def test_marks_between_cells(tmp_path: Path, text: str) -> None:
    (entry,) = taken(tmp_path, "l.csv", text).entries
    assert (entry.id, entry.name) == ("1", "停车,收费")


def test_no_heading_in_the_mapping_says_what_it_read_and_where_they_are(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        taken(tmp_path, "l.csv", "某区信息系统清单,,\n2025年,,\n" + CSV)
    text = str(caught.value)
    assert "no heading of this line is in the mapping; it has: 某区信息系统清单" in text
    assert "Line 3 has 编号, 系统名称, 单位, 功能, 状态: write `heading_row: 3`" in text
    assert (
        len(taken(tmp_path, "l.csv", "某区信息系统清单,,\n2025年,,\n" + CSV, COLUMNS + "heading_row: 3\n").entries) == 2
    )


def test_several_lists_in_one_call_and_an_id_of_two_agencies(tmp_path: Path) -> None:
    written(tmp_path, "a.csv", "编号,系统名称,单位\nA-1,停车,城管局\n2,市容,城管局\n")
    written(tmp_path, "b.csv", "编号,系统名称,单位\n2,婚姻,民政局\nＡ-１,殡葬,民政局\na-1,救助,民政局\n")
    written(tmp_path, "m.yaml", COLUMNS)
    words = ["--list", tmp_path / "a.csv", "--list", tmp_path / "b.csv", "--mapping", tmp_path / "m.yaml"]
    done = run("register", "import", *words, "--out", tmp_path / "r.json", "--format", "json")
    result = json.loads(done.stdout)
    assert (done.returncode, result["rows"], result["taken"]) == (0, 5, 5)
    assert [(item["rows"], item["taken"]) for item in result["lists"]] == [(2, 2), (3, 3)]
    messages = [r["en"] for r in result["not_understood"]]
    assert any("id 2 is entered twice" in text and "becomes 2~2: another name" in text for text in messages)
    assert sum("differs from A-1 only by case or width" in text for text in messages) == 2
    assert [e["id"] for e in json.loads((tmp_path / "r.json").read_text())] == ["A-1", "2", "2~2", "Ａ-１", "a-1"]


# ---- mappings ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "at", "says_"),
    [
        ("columns: [编号, 系统名称]\n", "1:10", "`columns`: heading to field; here is a list"),
        ("columns:\n  编号: id\n  系统名称: {a: b}\n", "3:9", "系统名称 must be a text; here is a mapping"),
        ("columns: {编号: id}\nvalues: [在用]\n", "2:9", "`values`: field to words; here is a list"),
        ("columns: {编号: id}\nvalues: {state: running}\n", "2:17", "`values.state`: word to value; here is the text"),
        ("columns: {编号: id}\nid: row\n", "2:5", "`id`: prefix, from, join, required; here is the text 'row'"),
        ("columns: {编号: id}\nfixed: 蓬江区\n", "2:8", "`fixed`: field to value; here is the text"),
        ("columns: {编号: id}\nheading_row: two\n", "2:14", "heading_row: two is not a line number"),
        ("columns: {编号: id, 编号: name_zh}\n", "1:19", "key 编号 twice"),
        ("columns: {[编号]: id}\n", "1:11", "a key must be a text; here is a list"),
        ("- columns\n", "1:1", "must be a mapping with `columns`"),
        ("", "1:1", "needs `columns`: heading to field"),
        ("columns: {编号: id}\nsheets: 1\n", "2:1", "unknown section sheets"),
        ("columns: {编号: id}\nfill_down: [单位]\n", "2:13", "fill_down: 单位 is not a field of the register"),
        ("columns: {系统名称: title}\n", "1:17", "系统名称: title is not a field of the register"),
    ],
)
def test_a_mapping_of_another_structure_is_an_error_with_its_place(
    tmp_path: Path, text: str, at: str, says_: str
) -> None:
    path = written(tmp_path, "m.yaml", text)
    with pytest.raises(Unreadable) as caught:
        mapping(path)
    assert any(r.at == f"{path}:{at}" and says_ in r.en for r in caught.value.remarks), caught.value


HEADED = {
    "zh": ["序号", "信息系统名称", "建设单位", "主要功能", "运行状态", "备注"],
    "en": ["No.", "System Name", "Department", "Description", "Status", "Remarks"],
    "es": ["Nº", "Denominación", "Organismo", "Finalidad", "Estado", "Notas"],
    "pt": ["Código", "Nome do sistema", "Secretaria", "Finalidade", "Situação", "Notas"],
}


@pytest.mark.parametrize("language", HEADED)
def test_a_first_mapping_from_the_headings(tmp_path: Path, language: str) -> None:
    name = "停车平台" if language == "zh" else "Parking"
    state = {"zh": "在用", "en": "In use", "es": "En uso", "pt": "Em uso"}[language]
    rows = [
        ["某区清单"],
        HEADED[language],
        ["1", name, "甲", "计费", state, "z"],
        ["2", name + "2", "", "计费", state, ""],
    ]
    path = written(tmp_path, "l.xlsx", workbook(("S", rows)))
    out = tmp_path / "m.yaml"
    done = run("register", "map", path, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "5 of 6 headings have a field" in done.stderr
    result = lists.read_list(path, mapping(out))
    assert [(e.id, e.name, e.agency, e.functions, e.state) for e in result.entries][:1] == [
        ("1", name, "甲", ("计费",), "running")
    ]


def test_a_first_mapping_of_two_levels_and_of_an_unknown_list(tmp_path: Path) -> None:
    data = workbook(("清单", OFFICE), merge=("A1:E1", "A3:A4", "B3:C3", "D3:E3", "A5:A6"))
    result = draft(written(tmp_path, "l.xlsx", data))
    assert "heading_row: [3, 4]" in result.text and '"系统情况/系统 名称": name_zh' in result.text
    assert len(lists.read_list(tmp_path / "l.xlsx", mapping(written(tmp_path, "m.yaml", result.text))).entries) == 3
    assert run("register", "map", written(tmp_path, "x.csv", "foo,bar\n1,2\n")).returncode == 1


# ---- out -----------------------------------------------------------------------------------------------------------
ODD = Entry(
    "=1+1",
    name_zh="停车，收费",
    functions=("计费；诱导", "a,b", "[计费]"),
    produces=("一个，带逗号的",),
    contact="+86 10",
    owner="-张",
    source="@x",
    users=("'=x",),
    former_names=('"引号"', "两\n行"),
)


@pytest.mark.parametrize("suffix", export.SUFFIXES)
def test_items_with_marks_and_odd_cells_read_back_the_same(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path, f"r{suffix}", export.written([ODD], suffix))
    assert reading.read(path).entries == (ODD,)


def test_cells_that_a_spreadsheet_would_run_are_guarded() -> None:
    text = export.written([ODD], ".csv").decode()
    cells = [cell.strip('"') for cell in text.split("\n", 1)[1].split(",")]
    assert not any(cell[:1] in ("=", "+", "-", "@") for cell in cells)
    sheet = load_workbook(io.BytesIO(export.written([ODD], ".xlsx"))).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}


def test_csv_with_a_mark_and_the_rights_of_the_umask(tmp_path: Path) -> None:
    source = written(tmp_path, "r.yaml", "- {id: a, name_zh: 停车}\n")
    old = os.umask(0o027)
    try:
        done = run("register", "export", "--register", source, "--out", tmp_path / "r.csv", "--bom")
    finally:
        os.umask(old)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "r.csv").read_bytes().startswith(b"\xef\xbb\xbfid,")
    assert stat.S_IMODE((tmp_path / "r.csv").stat().st_mode) == 0o640


def test_stats_put_ids_with_marks_in_quotes(tmp_path: Path) -> None:
    source = written(
        tmp_path, "r.json", json.dumps([{"id": "a,b", "name_zh": "综合平台"}, {"id": "c", "name_zh": "系统"}])
    )
    assert '"a,b", c' in run("register", "stats", "--register", source).stdout

"""Messages of the YAML parser in both languages."""

from __future__ import annotations

from typing import Any

from inventory.texts.text import Text, printable

UNFINISHED = "found unexpected end of stream"
BAD_START = "found character that cannot start any token"
TAB = Text("缩进用了制表符", "a tab is used for indentation")
SENTENCES = {
    "mapping values are not allowed in this context": Text(
        "此处不能再出现“: ”：缺少引号、缩进错误，或上一行缺少冒号",
        'a second ": " is not allowed on the line: check quotes, indentation, and the colon on the line before',
    ),
    "block sequence entries are not allowed in this context": Text(
        "列表项“- ”应另起一行", 'a list entry "- " must start on a new line'
    ),
    "did not find expected key": Text(
        "此处应为键：检查缩进和引号",
        "a key was expected here: check indentation and quotes",
    ),
    "did not find expected '-' indicator": Text(
        "此处应为列表项“- ”：检查缩进", 'a list entry "- " was expected here: check the indentation'
    ),
    "did not find expected ',' or ']'": Text("方括号中缺少逗号或“]”", 'a "," or "]" is missing in a list'),
    "did not find expected ',' or '}'": Text("花括号中缺少逗号或“}”", 'a "," or "}" is missing in a mapping'),
    "did not find expected node content": Text("此处缺少值", "a value was expected here"),
    "did not find expected <document start>": Text(
        "文档结束后仍有内容：检查缩进", "there is content after the end of the document: check the indentation"
    ),
    "did not find expected comment or line break": Text(
        "“|”或“>”之后应换行", 'a line break was expected after "|" or ">"'
    ),
    "could not find expected ':'": Text("键之后缺少冒号", "the colon after a key is missing"),
    "did not find expected alphabetic or numeric character": Text(
        "以 & 或 * 开头的值要加引号", "a value that begins with & or * needs quotes"
    ),
    "found unknown escape character": Text("双引号中的“\\”转义无效", 'an invalid escape after "\\" in double quotes'),
    "found invalid Unicode character escape code": Text(
        "双引号中的 Unicode 转义无效", "an invalid Unicode escape in double quotes"
    ),
    "found a tab character that violates indentation": TAB,
    UNFINISHED: Text("引号未闭合", "a quote is not closed"),
}


def syntax_words(error: Any, text: str) -> Text:
    """The parser's message in both languages; a message without a translation stays as it is."""
    sentence = str(getattr(error, "problem", None) or error)
    if sentence == BAD_START:
        return _bad_start(text[error.problem_mark.index : error.problem_mark.index + 1])
    return SENTENCES.get(sentence) or Text(f"解析器报告：{printable(sentence)}", printable(sentence))


def mark_of(error: Any) -> Any:
    """The parser's mark, or None; for an unclosed quote the mark of its start."""
    if getattr(error, "problem", None) == UNFINISHED and error.context_mark is not None:
        return error.context_mark
    return getattr(error, "problem_mark", None)


def _bad_start(char: str) -> Text:
    if char == "\t":
        return TAB
    return Text(f"以 {printable(char)} 开头的值要加引号", f"a value that begins with {printable(char)} needs quotes")

"""What the YAML parser says about broken syntax, in words for people in both languages."""

from __future__ import annotations

from typing import Any

from inventory.texts.text import Text, printable

UNFINISHED = "found unexpected end of stream"
BAD_START = "found character that cannot start any token"
TAB = Text("缩进用了制表符", "a tab is used for indentation")
SENTENCES = {
    "mapping values are not allowed in this context": Text(
        "这里不能再出现“: ”，可能缺少引号、缩进不对或上一行缺少冒号",
        'a second ": " on the line: quotes are missing, the indentation is wrong, or the line before lacks its colon',
    ),
    "block sequence entries are not allowed in this context": Text(
        "列表项“- ”应另起一行", 'a list entry "- " has to begin a line of its own'
    ),
    "did not find expected key": Text(
        "这里应是一个键，可能缩进不对或引号不成对",
        "a key was expected here: the indentation is wrong or quotes do not match",
    ),
    "did not find expected '-' indicator": Text(
        "这里应是列表项“- ”，可能缩进不对", 'a list entry "- " was expected here: the indentation is wrong'
    ),
    "did not find expected ',' or ']'": Text("方括号中缺少逗号或“]”", 'a "," or "]" is missing in a list'),
    "did not find expected ',' or '}'": Text("花括号中缺少逗号或“}”", 'a "," or "}" is missing in a mapping'),
    "did not find expected node content": Text("这里应有一个值", "a value was expected here"),
    "did not find expected <document start>": Text(
        "内容已经结束，后面却还有文字，可能缩进不对", "the text goes on after its end: the indentation is wrong"
    ),
    "did not find expected comment or line break": Text(
        "“|”或“>”之后应换行", 'a line break was expected after "|" or ">"'
    ),
    "could not find expected ':'": Text("键之后缺少冒号", "the colon after a key is missing"),
    "did not find expected alphabetic or numeric character": Text(
        "以 & 或 * 开头的值要加引号", "a value that begins with & or * needs quotes"
    ),
    "found unknown escape character": Text(
        "双引号中有不认识的“\\”转义", 'an unknown escape after "\\" in double quotes'
    ),
    "found invalid Unicode character escape code": Text(
        "双引号中的 Unicode 转义无效", "an escape in double quotes that names no character"
    ),
    "found a tab character that violates indentation": TAB,
    UNFINISHED: Text("引号没有结束", "a quote is not closed"),
}


def syntax_words(mistake: Any, text: str) -> Text:
    """The parser's sentence in our words; one that is not known keeps the parser's own."""
    sentence = str(getattr(mistake, "problem", None) or mistake)
    if sentence == BAD_START:
        return _bad_start(text[mistake.problem_mark.index : mistake.problem_mark.index + 1])
    return SENTENCES.get(sentence) or Text(f"解析器报告：{printable(sentence)}", printable(sentence))


def mark_of(mistake: Any) -> Any:
    """The parser's mark; for a quote that never ends, where it begins. None where it has none."""
    if getattr(mistake, "problem", None) == UNFINISHED and mistake.context_mark is not None:
        return mistake.context_mark
    return getattr(mistake, "problem_mark", None)


def _bad_start(char: str) -> Text:
    if char == "\t":
        return TAB
    return Text(f"以 {printable(char)} 开头的值要加引号", f"a value that begins with {printable(char)} needs quotes")

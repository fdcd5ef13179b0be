"""What people read in the sources: comments, string literals, the text of templates and Markdown; and the names in code."""

import re
from dataclasses import dataclass

from bitacora import ROOT


@dataclass
class Text:
    line: int
    text: str


def parentheses(depth):
    """A regex for balanced parentheses on one line, with strings in them."""
    inner = rf"|{parentheses(depth - 1)}" if depth else ""
    return rf'\((?:[^()"\n]|"(?:[^"\\\n]|\\.)*"{inner})*\)'


# What begins first is a text as a whole: each group is a comment or a literal.
SWIFT = re.compile(
    r'//+ ?(?P<line>[^\n]*)'
    r'|/\*(?P<block>.*?)\*/'
    r'|(?P<hashes>#*)"""(?P<long>.*?)"""(?P=hashes)'
    r'|(?P<raw>#+)"(?P<rawtext>.*?)"(?P=raw)'
    rf'|"(?P<string>(?:\\{parentheses(4)}|\\[^(]|[^"\\\n])*)"', re.DOTALL)
SCRIPT = re.compile(
    r'//+ ?(?P<line>[^\n]*)'
    r'|/\*(?P<block>.*?)\*/'
    r'|(?<=[(,=:\[!&|?{};]) ?/(?![/*])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\n\\])+/'
    r"|'(?P<single>(?:\\.|[^'\\\n])*)'"
    r'|"(?P<double>(?:\\.|[^"\\\n])*)"'
    r'|`(?P<template>(?:\\.|[^`\\])*)`', re.DOTALL)
INTERPOLATION = re.compile(rf"\\#*{parentheses(4)}|\$\{{[^}}]*\}}")
CODE = re.compile(r"(?<!`)(`+)(?!`)[^`].*?(?<!`)\1(?!`)", re.DOTALL)
NAME = re.compile(r"[A-Za-z_]\w*")
# The words of someHTTPName and some_name.
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def blank(pattern, text):
    """The text with spaces in place of what matches; lines stay lines."""
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def parts(pattern, source):
    """The texts of a source, and its code with spaces in place of them. Comments on adjacent lines are one text."""
    texts, last_line = [], None
    for found in pattern.finditer(source):
        kind = found.lastgroup
        if kind is None or (text := found[kind]) is None:
            continue
        line = source.count("\n", 0, found.start(kind)) + 1
        if kind == "line" and last_line == line - 1 and not source[source.rfind("\n", 0, found.start()) + 1:found.start()].strip():
            texts[-1].text += "\n" + text
        else:
            texts.append(Text(line, text))
        last_line = line if kind == "line" else None
    for text in texts:
        text.text = blank(CODE, blank(INTERPOLATION, text.text))
    return texts, blank(pattern, source)


def markdown(source):
    source = blank(re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE), source)
    source = blank(re.compile(r"\]\([^)\s]*\)|<doc:[^>]*>"), source)
    return [Text(1, blank(CODE, source))], ""


def template(source):
    """Comments of Handlebars stay. Of tags, the attributes that browsers show stay."""
    source = blank(re.compile(r"\{\{(?!!).*?\}\}", re.DOTALL), source)

    def shown(tag):
        kept = [found.span() for found in re.finditer(r'(?<=\s)(?:title|alt|placeholder|aria-\w+|content|data-\w+)="[^"]*"', tag[0])]
        return "".join(c if c == "\n" or any(begin <= place < end for begin, end in kept) else " " for place, c in enumerate(tag[0]))

    return [Text(1, re.sub(r"<[^>]*>", shown, source))], ""


READERS = {
    ".swift": lambda source: parts(SWIFT, source), ".js": lambda source: parts(SCRIPT, source), ".mjs": lambda source: parts(SCRIPT, source),
    ".md": markdown, ".handlebars": template,
}


def files():
    """The files whose texts people read."""
    patterns = ["Sources/**/*", "Views/**/*", "README.md", "CHANGELOG.md"]
    return sorted(file for pattern in patterns for file in ROOT.glob(pattern) if file.suffix in READERS and file.is_file())


def words_of_names(code):
    """Each name of code that has several words or one, with its words in small letters and its line."""
    for line, text in enumerate(code.split("\n"), start=1):
        for name in NAME.findall(text):
            yield line, name, [word.lower() for word in WORD.findall(name)]

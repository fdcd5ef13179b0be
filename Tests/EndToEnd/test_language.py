"""What people read is in plain English: banned_words.txt lists words that the project does not use, and their replacements."""

import re
from pathlib import Path

import pytest

from bitacora import ROOT
from texts import READERS, WORD, files, words_of_names

LIST = Path(__file__).with_name("banned_words.txt")


def rules():
    """The rules for texts and those for names: compiled regexes, each with what to write in its place."""
    sections = {"texts": [], "names": []}
    section = None
    for number, line in enumerate(LIST.read_text().split("\n"), start=1):
        if line in ("[texts]", "[names]"):
            section = sections[line.strip("[]")]
        elif line and not line.startswith("#"):
            pattern, arrow, replacement = line.partition(" → ")
            assert section is not None and arrow and replacement, f"{LIST.name}:{number}: write a section, or REGEX → REPLACEMENT"
            section.append((pattern, replacement))
    in_texts = [*sections["texts"], *((rf"\b({pattern})\b", replacement) for pattern, replacement in sections["names"])]
    return (
        [(re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE), replacement) for pattern, replacement in in_texts],
        [(re.compile(pattern), replacement) for pattern, replacement in sections["names"]])


def violations(suffix, source):
    """Line, words and replacement of each banned word of a source."""
    for_texts, for_names = rules()
    texts, code = READERS[suffix](source)
    found = set()
    for text in texts:
        for pattern, replacement in for_texts:
            for match in pattern.finditer(text.text):
                found.add((text.line + text.text.count("\n", 0, match.start()), " ".join(match[0].split()), replacement))
    for line, name, words in words_of_names(code):
        found |= {(line, name, replacement) for pattern, replacement in for_names if any(map(pattern.fullmatch, words))}
    return sorted(found)


def file_names():
    for file in sorted([*ROOT.glob("Sources/**/*"), *ROOT.glob("Views/**/*")]):
        yield file, [word.lower() for word in WORD.findall(file.stem)]


def test_texts_and_names_have_no_banned_words():
    found = [
        f"{file.relative_to(ROOT)}:{line}: “{words}”; write: {replacement}"
        for file in files() for line, words, replacement in violations(file.suffix, file.read_text())]
    found += [
        f"{file.relative_to(ROOT)}: the file's name; write: {replacement}"
        for file, words in file_names() for pattern, replacement in rules()[1] if any(map(pattern.fullmatch, words))]
    assert not found, f"{len(found)} places have words of {LIST.name}:\n" + "\n".join(found)


@pytest.mark.parametrize("suffix, source, expected", [
    (".swift", "// Built anew.", ["anew"]),
    (".swift", "/// Whoever asks,\n/// is\n/// told it.", ["Whoever", "told"]),
    (".swift", "/// One two what it\n    /// comes to.", ["comes to"]),
    (".swift", 'print("is none \\(anew("x")) mended")', ["is none", "anew", "mended"][::2]),
    (".swift", 'let x = #"told "you""#; let mendings = 1', ["told"]),
    (".swift", 'let a = """\n  begin anew\n  """', ["anew"]),
    (".swift", "let openDoor = HTTPGate(seats: 1, aggregate: adoring, lottery: slots)", ["HTTPGate", "openDoor", "seats"]),
    (".swift", "// The compiler can tell the two apart, and `told` is code; the goes on the wire.", []),
    (".swift", 'let path = "http://host/a" // mend', ["mend"]),
    (".js", "const a = 'is told'; // so many\nif (/[\"'/]/.test(b)) c(`whoever ${anew}`)", ["told", "so many", "whoever"]),
    (".md", "# Lots\n\n`doubt` and\n\n```sh\ndoubt\n```\n\n[told apart](gates.md)", ["Lots"]),
    (".handlebars", '<p class="lot" title="A lot">{{lot}} is told{{! anew }}</p>', ["A lot", "anew", "told"]),
])
def test_a_banned_word_is_found_where_people_read_it(suffix, source, expected):
    found = {words for _, words, _ in violations(suffix, source)}
    assert found == {"lot" if words == "A lot" else words for words in expected}

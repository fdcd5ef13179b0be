"""The documentation is complete and true: catalogues build without warnings, code in them compiles, declarations are described."""

import re

import pytest

from bitacora import ROOT
from swift_modules import (
    MODULES, PUBLIC, compile_errors, convert, extract_symbols, libraries, run, swift_blocks, target_information, undocumented)

EXAMPLE = ROOT / "Tests/ExampleApplication/Orders.swift"
README_LIMIT_BYTES = 12 * 1024
EXCERPT_LIMIT_LINES = 25
OMISSION = ("…", "// …")


SAMPLE = """
/// A protocol.
public protocol Documented {
    /// A requirement.
    func described()
    func requirement()
}
/// An enum.
public enum Choice: Int { case first, second }
/// A struct.
public struct Structure: Documented, Equatable {
    public func described() {}
    public func requirement() {}
    public static func == (a: Structure, b: Structure) -> Bool { true }
    @available(*, unavailable) public init(gone: Int) { fatalError() }
    var hidden = 1
}
extension Structure { public func extended() {} }
public extension Array { func extendedArray() {} }
"""


def articles():
    return sorted(ROOT.glob("Sources/*/*.docc/**/*.md"))


def is_excerpt(block):
    """Whether a block of README is of the example application: code that compiles alone imports what it uses."""
    return block.file.name == "README.md" and not block.is_manifest and not re.search(r"^import ", block.text, re.MULTILINE)


def missing_runs(excerpt, source):
    """The runs of lines between omissions that do not stand in the source in this order; indentation does not count."""
    lines = [line.strip() for line in source.split("\n")]
    runs, missing, begin = [[]], [], 0
    for line in map(str.strip, excerpt.strip().split("\n")):
        if line in OMISSION:
            runs.append([])
        else:
            runs[-1].append(line)
    for run in filter(None, runs):
        places = [place for place in range(begin, len(lines) - len(run) + 1) if lines[place:place + len(run)] == run]
        if places:
            begin = places[0] + len(run)
        else:
            missing.append("\n".join(run))
    return missing


@pytest.mark.parametrize("module", sorted({*libraries(), *(catalogue.stem for catalogue in ROOT.glob("Sources/*/*.docc"))}))
def test_the_catalogue_builds_without_warnings(module, tmp_path):
    """Each library has a catalogue; another module may have one."""
    assert (ROOT / f"Sources/{module}/{module}.docc/{module}.md").exists(), f"Sources/{module}/{module}.docc has no {module}.md"
    extract_symbols(module, tmp_path / "graphs")
    convert(module, tmp_path / "graphs", tmp_path / "archive")


def test_a_topics_section_links_each_article():
    unlinked = []
    for catalogue in ROOT.glob("Sources/*/*.docc"):
        files = sorted(catalogue.glob("**/*.md"))
        linked = {name for file in files for name in re.findall(r"^- <doc:([\w-]+)>", file.read_text(), re.MULTILINE)}
        unlinked += [
            str(file.relative_to(ROOT)) for file in files
            if file.stem != catalogue.stem and file.stem not in linked and not file.read_text().startswith("# ``")]
    assert not unlinked, f"no list has a line `- <doc:NAME>` for {unlinked}"


@pytest.mark.timeout(600)
def test_code_in_the_documentation_compiles(tmp_path):
    blocks = [block for file in [ROOT / "README.md", *articles()] for block in swift_blocks(file) if not is_excerpt(block)]
    assert blocks, "no article has a block of Swift"
    errors = compile_errors(blocks, tmp_path)
    assert not errors, f"{len(errors)} of {len(blocks)} blocks do not compile:\n" + "\n".join(errors)


def test_the_excerpt_in_the_readme_is_of_the_example_application():
    excerpts = [block for block in swift_blocks(ROOT / "README.md") if is_excerpt(block)]
    assert excerpts, f"README.md has no ```swift block with lines of {EXAMPLE.relative_to(ROOT)}"
    for excerpt in excerpts:
        missing = missing_runs(excerpt.text, EXAMPLE.read_text())
        assert not missing, f"{excerpt.name}: these lines do not stand in {EXAMPLE.relative_to(ROOT)} in this order:\n" + "\n…\n".join(missing)
        lines = excerpt.text.count("\n") + 1
        assert lines <= EXCERPT_LIMIT_LINES, f"{excerpt.name} has {lines} lines; at most {EXCERPT_LIMIT_LINES}"


def test_every_public_declaration_has_a_doc_comment(tmp_path):
    built = [module for module in PUBLIC if (MODULES / f"{module}.swiftmodule").exists()]
    assert set(built) >= set(libraries()), f"{MODULES} has only {built}"
    found = [place for module in built for place in undocumented(extract_symbols(module, tmp_path / module))]
    assert not found, f"{len(found)} public declarations have no doc comment:\n" + "\n".join(found)


def test_a_declaration_without_a_doc_comment_is_found(tmp_path):
    (tmp_path / "Sample.swift").write_text(SAMPLE)
    run(["swiftc", "-emit-module", "-parse-as-library", "-module-name", "Sample", "-emit-module-path", tmp_path / "Sample.swiftmodule", tmp_path / "Sample.swift"])
    flags = ["-I", tmp_path, "-target", target_information()["target"]["triple"]]
    names = {place.rsplit(": ", 1)[1] for place in undocumented(extract_symbols("Sample", tmp_path / "graphs", flags))}
    assert names == {
        "Documented.requirement()", "Structure.requirement()", "Choice.first", "Choice.second", "Structure.extended()", "Array.extendedArray()"}


def test_the_readme_is_short():
    size = (ROOT / "README.md").stat().st_size
    assert size <= README_LIMIT_BYTES, f"README.md has {size:,} bytes; at most {README_LIMIT_BYTES:,}: move details to the articles in Sources/*/*.docc"


@pytest.mark.parametrize("excerpt, missing", [
    ("b\nc", []),
    ("  a\n  …\n    d", []),
    ("a\n// …\nc\nd", []),
    ("a\nc", ["a\nc"]),
    ("d\n…\na", ["a"]),
    ("a\n…\nb\n\nd", ["b\n\nd"]),
])
def test_an_excerpt_is_compared_line_by_line(excerpt, missing):
    assert missing_runs(excerpt, "a\n    b\n\tc\nd") == missing

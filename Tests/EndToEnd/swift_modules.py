"""The modules of the build under test, as the compiler sees them: their symbols, and whether code that uses them compiles."""

import json
import os
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

from bitacora import EXECUTABLE, ROOT

PRODUCTS = EXECUTABLE.parent
MODULES = PRODUCTS / "Modules"
MANIFEST = PRODUCTS.parent / f"{PRODUCTS.name}.yaml"
# The target that depends on all C modules, directly or not.
TOP = "BitacoraServer"
# The modules that the user of a library imports, and that of the example.
PUBLIC = ["LMDB", "EventLog", "JSON", "Handlebars", "SocketIO", "Commands", "BitacoraServer", "Marketplace", "Embedded", "WebSocket"]
PATIENCE_SECONDS = 280


def libraries():
    """The names of the library products. Each has a target of the same name."""
    names = re.findall(r'\.library\(name: "(\w+)"', (ROOT / "Package.swift").read_text())
    assert names, "Package.swift has no line with .library(name: \"…\""
    return names


def compiler_flags():
    """The flags with which the build makes the C modules and the Swift modules known to the compiler."""
    for line in MANIFEST.read_text().splitlines():
        found = re.match(r"\s*args: (\[.*\])$", line)
        if found and f'"-module-name","{TOP}"' in found[1] and '"-emit-module"' in found[1]:
            words = json.loads(found[1])
            pairs = list(zip(words, words[1:]))
            clang = [word for first, word in pairs if first == "-Xcc" and word.startswith(("-fmodule-map-file=", "-I", "/"))]
            flags = [word for pair in pairs if pair[0] in ("-target", "-sdk", "-module-cache-path") for word in pair]
            return ["-I", str(MODULES), *flags, *(word for value in clang for word in ("-Xcc", value))]
    raise AssertionError(f"{MANIFEST} has no command that compiles {TOP}; run `swift build --build-tests`")


def extract_symbols(module, directory, flags=None):
    """Writes the symbol graphs of a module as swift-docc-plugin does, and returns the public symbols of all of them.

    A module has a graph for its own types and one for each other module whose types it extends.
    """
    directory.mkdir(parents=True, exist_ok=True)
    run(["swift", "symbolgraph-extract", "-module-name", module, *(flags or compiler_flags()), "-output-dir", directory,
         "-minimum-access-level", "public", "-emit-extension-block-symbols"])
    return [symbol for file in directory.glob("*.symbols.json") for symbol in json.loads(file.read_text())["symbols"]]


def undocumented(symbols):
    """The declarations without a doc comment of their own or of the protocol that requires them."""
    found = []
    for symbol in symbols:
        is_implied = "::SYNTHESIZED::" in symbol["identifier"]["precise"] or symbol["kind"]["identifier"] == "swift.extension"
        if "docComment" in symbol or is_implied or is_unavailable(symbol):
            continue
        place = symbol.get("location")
        where = f"{place['uri'].removeprefix('file://')}:{place['position']['line'] + 1}: " if place else ""
        found.append(where.removeprefix(f"{ROOT}/") + ".".join(symbol["pathComponents"]))
    return sorted(found)


def is_unavailable(symbol):
    return any(entry.get("isUnconditionallyUnavailable") for entry in symbol.get("availability", []))


def convert(module, graphs, output):
    """Builds the documentation of a module from its catalogue and its symbol graphs; warnings are errors."""
    run(["docc", "convert", ROOT / f"Sources/{module}/{module}.docc", "--warnings-as-errors", "--fallback-display-name", module,
         "--fallback-bundle-identifier", module, "--additional-symbol-graph-dir", graphs, "--output-dir", output])


class Block:
    """A ```swift block of a Markdown file."""

    def __init__(self, file, line, text):
        self.file, self.line, self.text = file, line, text

    @property
    def name(self):
        return f"{self.file.relative_to(ROOT)}:{self.line}"

    @property
    def is_manifest(self):
        return self.text.startswith("// Package.swift")

    @property
    def source(self):
        """The block as a file in which the compiler reports lines of the article."""
        before, after = "", ""
        if self.is_manifest:  # an excerpt: arguments of a package
            before, after = 'import PackageDescription; let package = Package(name: "app",', ")"
        return f'#sourceLocation(file: "{self.file.relative_to(ROOT)}", line: {self.line})\n{before}\n{self.text}\n{after}\n'


def swift_blocks(file):
    blocks, start = [], None
    lines = file.read_text().split("\n")
    for number, line in enumerate(lines, start=1):
        if start is None and line.strip() == "```swift":
            start = number
        elif start is not None and line.strip() == "```":
            blocks.append(Block(file, start, "\n".join(lines[start:number - 1])))
            start = None
    assert start is None, f"{file}:{start}: the block has no end"
    return blocks


def compile_errors(blocks, directory):
    """Type-checks each block as a main file of its own; the compiler's errors of those that do not compile."""
    flags = compiler_flags()

    def errors(numbered):
        number, block = numbered
        file = directory / str(number) / "main.swift"
        file.parent.mkdir()
        file.write_text(block.source)
        found = finished(["swiftc", "-typecheck", "-swift-version", "6", *(manifest_flags() if block.is_manifest else flags), file])
        return f"{block.name}\n{found.stdout}{found.stderr}" if found.returncode else None

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return [error for error in pool.map(errors, enumerate(blocks)) if error]


def manifest_flags():
    resources = target_information()["paths"]["runtimeResourcePath"]
    return ["-I", f"{resources}/pm/ManifestAPI", "-package-description-version", "6.2"]


def target_information():
    return json.loads(run(["swiftc", "-print-target-info"]).stdout)


def finished(command):
    """A command of the toolchain that has ended. Its temporary directory is removed: some commands leave files."""
    with tempfile.TemporaryDirectory() as temporary:
        return subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, timeout=PATIENCE_SECONDS, env={**os.environ, "TMPDIR": temporary})


def run(command):
    result = finished(command)
    assert result.returncode == 0, f"{command[0]} {command[1]} failed:\n{result.stdout}{result.stderr}"
    return result

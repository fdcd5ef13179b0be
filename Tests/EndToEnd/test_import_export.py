"""export and import with kill -9: no event is lost or repeated."""

import fcntl
import json
import os
import resource
import subprocess

import pytest

from bitacora import EXECUTABLE, PATIENCE, eventually, tool, verified_head

COUNT = 60_000


def line(number, with_id):
    event = {"time": f"2026-01-02T03:{number // 60_000:02}:{number // 1000 % 60:02}.{number % 1000:03}Z", "topic": f"t/{number % 10}", "type": "x"}
    if with_id:
        event["id"] = f"event-{number:08}"
    return json.dumps({**event, "data": {"number": number, "padding": "é" * 40}}, ensure_ascii=False) + "\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    directory = tmp_path_factory.mktemp("files")
    for name, with_id in [("ids", True), ("none", False)]:
        (directory / name).write_text("".join(line(number, with_id) for number in range(COUNT)))
    return directory


@pytest.fixture(scope="module")
def log(files):
    """A log with all kinds of events, and its lines in both formats."""
    result = tool("log", "import", files / "ids", "--data", files / "log")
    assert result.returncode == 0, result.stderr
    return files / "log"


def size(file):
    """0 for a file that does not exist."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def start(*arguments):
    return subprocess.Popen(
        [EXECUTABLE, "log", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def lines(data):
    result = tool("log", "export", "--data", data)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def numbers(data):
    return [event["data"]["number"] for event in lines(data)]


def head(data):
    result = tool("log", "stats", "--json", "--data", data)
    return json.loads(result.stdout)["head"] if result.returncode == 0 else 0


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["ids", "none"])
def test_an_import_that_is_killed_repeatedly_resumes_where_it_ended(files, name, tmp_path, seed):
    data, kills, last = tmp_path / "log", 0, 0
    while True:
        importing = start("import", files / name, "--batch", seed.choice([1, 10, 1000, 10_000]), "--json", "--data", data)
        # A random moment in the remaining work.
        goal = last + seed.randrange(1, COUNT // 4)
        eventually(lambda: importing.poll() is not None or head(data) >= goal, "some of it is in the log")
        if importing.poll() is not None:
            break
        importing.kill()
        importing.communicate()
        kills += 1
        last = head(data)
        assert verified_head(data) == last
    output, errors = importing.communicate()
    assert importing.returncode == 0, errors
    summary = json.loads(output)
    assert summary["read"] == COUNT
    assert summary["written"] + summary["duplicates"] == COUNT
    assert numbers(data) == list(range(COUNT))
    assert verified_head(data) == COUNT
    print(f"{kills} kills, the last at {last}")
    assert kills > 1


@pytest.mark.long
def test_a_dry_run_finds_what_the_log_has_and_what_the_file_repeats(files, log, tmp_path):
    def dry_run(data, *names):
        text = "".join((files / name).read_text() for name in names)
        result = tool("log", "import", "--dry-run", "--json", "-", "--data", data, input=text)
        assert result.returncode == 0, result.stderr
        summary = json.loads(result.stdout)
        return summary["new"], summary["duplicates"]

    assert dry_run(log, "ids") == (0, COUNT)
    assert dry_run(tmp_path / "log", "ids", "ids") == (COUNT, COUNT)
    # Without ids the number of the line identifies an event.
    assert dry_run(tmp_path / "log", "none", "none") == (2 * COUNT, 0)
    assert not (tmp_path / "log").exists()


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("format", ["jsonl", "cloudevents"])
def test_an_export_that_is_killed_repeatedly_gives_the_same_file(log, format, tmp_path, seed):
    file, partial = tmp_path / "e", tmp_path / "e.partial"
    whole = tool("log", "export", "--format", format, "--data", log).stdout
    kills, resume = 0, []
    while True:
        goal = size(partial) + seed.randrange(1, len(whole) // 4)
        exporting = start("export", "--format", format, "--data", log, *resume, file)
        eventually(lambda: exporting.poll() is not None or size(partial) >= goal, "some of it is in the file")
        if exporting.poll() is not None:
            break
        exporting.kill()
        exporting.communicate()
        if file.exists():
            break
        kills += 1
        resume = ["--resume"]
        # A power cut may leave any length. After ten kills nothing is lost any more, or the file might never be complete.
        if kills <= 10 and seed.random() < 0.5:
            os.truncate(partial, seed.randrange(size(partial) + 1))
    exporting.communicate()
    assert file.read_text() == whole
    assert not partial.exists()
    print(f"{kills} kills")
    assert kills > 0


@pytest.mark.long
def test_an_export_can_be_resumed_after_a_full_disk(log, tmp_path):
    file = tmp_path / "e"

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    result = tool("log", "export", "--data", log, file, preexec_fn=limit)
    assert result.returncode == 2
    assert result.stderr == f"bitacora: {file}.partial cannot be written: File too large; correct the cause and continue with --resume\n"
    assert tool("log", "export", "--data", log, "--resume", file).returncode == 0
    assert file.read_text() == tool("log", "export", "--data", log).stdout


def test_two_exports_to_one_file_exclude_each_other(log, tmp_path):
    with open(tmp_path / "e.partial", "w") as partial:
        fcntl.flock(partial, fcntl.LOCK_EX)
        for option in ["--resume", "--force"]:
            second = tool("log", "export", "--data", log, option, tmp_path / "e")
            assert second.returncode == 1
            assert second.stderr.startswith(f"bitacora: {tmp_path}/e.partial is being written by another export")
    assert tool("log", "export", "--data", log, "--resume", tmp_path / "e").returncode == 0


@pytest.mark.long
@pytest.mark.parametrize("format", ["jsonl", "cloudevents"])
def test_through_a_running_server(server, files, format, tmp_path):
    some = tmp_path / "some"
    some.write_text("".join(line(number, number % 2) for number in range(5000)))
    refused = server.tool("import", some)
    assert refused.returncode == 1
    assert "pass --now to accept its times, or stop the server" in refused.stderr
    dated = server.http.post("/api/events", json={"topic": "t", "type": "x", "data": 1, "time": "2026-01-02T03:04:05Z"})
    assert (dated.status_code, dated.json()["field"]) == (422, "time")
    assert server.head == 0
    result = server.tool("import", "--now", "--json", some)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["written"] == 5000
    assert server.head == 5000
    again = json.loads(server.tool("import", "--now", "--json", some).stdout)
    assert (again["written"], again["duplicates"]) == (0, 5000)
    # Events without an id are identified by their line number.
    server.append({"type": "y", "data": 1}, {"type": "y", "data": None})
    own = tmp_path / "own"
    assert server.tool("export", "--format", format, own).returncode == 0
    assert len(own.read_text().splitlines()) == 5002
    again = json.loads(server.tool("import", "--now", "--json", own).stdout)
    assert (again["written"], again["duplicates"]) == (0, 5002)
    assert server.head == 5002
    bad = server.tool("import", "--now", "-", input='{"topic":"t","type":"x","id":"event-00000001","data":1}\n')
    assert bad.returncode == 1
    assert "belongs to another event" in bad.stderr
    skipped = server.tool("import", "--now", "--skip-bad", "--json", "-", input=line(6000, True) + '{"topic":"t","type":"x","id":"event-00000001","data":1}\n')
    assert skipped.returncode == 1
    assert "line 2 skipped" in skipped.stderr, skipped.stderr
    assert json.loads(skipped.stdout)["written"] == 1
    assert server.head == 5003


def test_data_is_imported_through_a_server_unchanged(server):
    values = ['{"a":1,"a":2.0}', r'{"b":"\u00e9\/","c":1e2}', "[" * 64 + "]" * 64, "12345678901234567890.10"]
    events = [f'"topic":"t","type":"x","id":"{number}","source":null,"data":{value}' for number, value in enumerate(values)]
    result = server.tool("import", "--now", "-", input="".join("{" + event + "}\n" for event in events))
    assert result.returncode == 0, result.stderr
    stored = server.tool("export").stdout.splitlines()
    assert [line[line.index('"topic"') : -1] for line in stored] == events
    too_deep = server.http.post("/api/events", content='[{"topic":"t","type":"x","data":' + "[" * 65 + "]" * 65 + "}]")
    assert too_deep.status_code in (400, 422)
    assert "deeper than the limit" in too_deep.json()["detail"], too_deep.text


def test_an_export_ends_at_the_head_it_began_at_while_the_server_writes(server, tmp_path):
    server.append_numbers(2000)
    exporting = start("export", "--json", "--data", server.data, tmp_path / "e")
    while exporting.poll() is None:
        server.append({"type": "x"})
    summary = json.loads(exporting.communicate()[0])
    offsets = [json.loads(line)["offset"] for line in (tmp_path / "e").read_text().splitlines()]
    assert offsets == list(range(1, summary["head"] + 1))
    assert server.head > 2000


@pytest.mark.long
def test_the_tools_work_in_a_pipe(log, tmp_path):
    exporting = subprocess.Popen([EXECUTABLE, "log", "export", "--format", "cloudevents", "--data", log], stdout=subprocess.PIPE)
    importing = subprocess.run([EXECUTABLE, "log", "import", "-", "--json", "--data", tmp_path / "copy"], stdin=exporting.stdout, capture_output=True, text=True, timeout=PATIENCE)
    exporting.stdout.close()
    assert exporting.wait(PATIENCE) == 0
    assert importing.returncode == 0, importing.stderr
    assert lines(tmp_path / "copy") == lines(log)
    # A reader may close the pipe early.
    head = subprocess.run(f"'{EXECUTABLE}' log export --data '{log}' | head -1", shell=True, capture_output=True, text=True, timeout=PATIENCE)
    assert json.loads(head.stdout)["offset"] == 1
    assert head.stderr == ""

"""Errors at the start are reported in one line, with exit status 2."""

import os
import shutil
import struct
import subprocess

import pytest

from bitacora import EXECUTABLE, PATIENCE, copied_views


def refusal(data, *options, views=None, **run):
    """The line that the server prints; checks that there is no other output."""
    result = subprocess.run(
        [EXECUTABLE, "serve", "--port", "0", "--data", data, *(["--views", views] if views else []), *options],
        capture_output=True, text=True, timeout=PATIENCE, **run)
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    lines = [line for line in result.stderr.splitlines() if " info " not in line]
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("bitacora: ")
    return lines[0]


def refused_templates(data, views, status):
    """The output of the server for errors in templates."""
    result = subprocess.run(
        [EXECUTABLE, "serve", "--port", "0", "--data", data, "--views", views], capture_output=True, text=True, timeout=PATIENCE)
    assert result.returncode == status, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith("bitacora: ")
    return result.stderr


def test_a_data_directory_that_is_a_file(tmp_path):
    (tmp_path / "log").write_text("text")
    assert "not a directory" in refusal(tmp_path / "log")


def test_a_directory_with_other_files(tmp_path):
    (tmp_path / "notes.txt").write_text("text")
    assert "contains no log" in refusal(tmp_path)
    assert os.listdir(tmp_path) == ["notes.txt"]


def test_a_directory_whose_parent_is_not_there(tmp_path):
    assert "cannot be created" in refusal(tmp_path / "a" / "b")


def test_a_log_that_another_server_writes(server):
    line = refusal(server.data)
    assert str(server.pid) in line
    assert server.http.get("/healthz").status_code == 200


def test_a_file_that_is_not_of_lmdb(tmp_path):
    (tmp_path / "data.mdb").write_bytes(b"something else" * 1000)
    assert str(tmp_path) in refusal(tmp_path)


def test_a_log_that_was_cut_short(server):
    server.append_numbers(100)
    server.stop()
    file = server.data / "data.mdb"
    file.write_bytes(file.read_bytes()[:6000])
    assert "is truncated" in refusal(server.data)


def rewrite_format(file, format):
    """Writes another format number into every copy of the meta record."""
    data = bytearray(file.read_bytes())
    place, found = 0, 0
    while (place := data.find(b"format", place)) >= 0:
        if data[place + 6:place + 10] == struct.pack("<I", 2):
            data[place + 6:place + 10] = struct.pack("<I", format)
            found += 1
        place += 1
    assert found
    file.write_bytes(data)


def test_a_log_of_a_later_version(server):
    server.append_numbers(3)
    server.stop()
    rewrite_format(server.data / "data.mdb", 3)
    assert "newer bitacora" in refusal(server.data)


def test_an_lmdb_file_of_something_else(server):
    server.stop()
    file = server.data / "data.mdb"
    file.write_bytes(file.read_bytes().replace(b"format", b"tamrof"))
    assert "not a Bitácora log" in refusal(server.data)


def test_a_directory_in_place_of_the_file(tmp_path):
    (tmp_path / "data.mdb").mkdir()
    expected = f"{tmp_path}/data.mdb is not a file; name another directory"
    assert expected in refusal(tmp_path)
    assert unreadable(tmp_path) == f"bitacora: {expected}\n"


def test_an_empty_file_is_rejected_as_an_incomplete_log(make_server, tmp_path):
    (tmp_path / "log").mkdir()
    (tmp_path / "log/data.mdb").touch()
    assert "there is no log in" in unreadable(tmp_path / "log")
    assert make_server(directory=tmp_path).append({"type": "x"}) == [1]


@pytest.mark.parametrize("size", [1, 100, 4096, 5000, 8191, 8192, 20_000])
def test_a_log_cut_anywhere(server, size):
    server.append_numbers(300)
    server.stop()
    os.truncate(server.data / "data.mdb", size)
    assert str(server.data) in refusal(server.data)
    assert str(server.data) in unreadable(server.data)


def test_meta_pages_that_would_crash_lmdb(server):
    server.append_numbers(3)
    server.stop()
    file = server.data / "data.mdb"
    whole = file.read_bytes()
    # The size of a page, and the number of the last one, in both meta pages.
    for place, value in [(40, 0), (40, 4097), (136 + 4, 0x7FFFFFFF)]:
        data = bytearray(whole)
        for page in (0, 4096):
            struct.pack_into("<I", data, page + place, value)
        file.write_bytes(data)
        assert "is damaged" in refusal(server.data)
        assert "restore it from a backup" in unreadable(server.data)


def flip_newest_number(file, bit):
    """Flips a bit of the number of the last commit, in its meta page."""
    with open(file, "r+b") as data:
        numbers = []
        for page in (0, 4096):
            data.seek(page + 144)
            numbers.append(struct.unpack("<Q", data.read(8))[0])
        data.seek(4096 * (numbers[1] > numbers[0]) + 144)
        data.write(struct.pack("<Q", max(numbers) ^ 1 << bit))


@pytest.mark.parametrize("bit", [3, 40, 63])
def test_meta_pages_of_commits_that_do_not_follow_each_other(server, bit):
    server.append_numbers(3)
    server.stop()
    file = server.data / "data.mdb"
    flip_newest_number(file, bit)
    for line in (refusal(server.data), unreadable(server.data)):
        assert "is damaged" in line and "are not consecutive" in line and "restore it from a backup" in line
    verified = server.tool("verify")
    assert verified.returncode == 1 and "are not consecutive" in verified.stdout


def test_a_meta_page_changed_under_a_running_server_is_reported_and_reads_do_not_hang(server):
    server.append_numbers(3)
    flip_newest_number(server.data / "data.mdb", 40)
    ready = server.http.get("/readyz")
    assert ready.status_code == 503 and "run `bitacora log verify`" in ready.json()["detail"]
    verified = server.tool("verify")
    assert verified.returncode == 1 and "are not consecutive" in verified.stdout
    assert server.http.get("/api/events").status_code == 500
    # The next two commits write both pages again.
    for _ in range(2):
        server.append({"type": "x"})
    assert server.http.get("/readyz").status_code == 200
    assert len(server.events(after="0")["events"]) == 5
    assert server.stop() == 0


def unreadable(data, *command):
    """The line that a reader prints."""
    result = subprocess.run(
        [*command, EXECUTABLE, "log", "list", "--data", data], capture_output=True, text=True, timeout=PATIENCE)
    assert result.returncode == 2 and result.stdout == "" and result.stderr.count("\n") == 1, result.stderr
    return result.stderr


def test_without_the_lock_file_it_is_made_again(server):
    server.append_numbers(3)
    server.stop()
    (server.data / "lock.mdb").unlink()
    assert len(server.tool("list", "--json").stdout.splitlines()) == 3
    server.start()
    assert server.head == 3


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can become another user")
def test_files_of_another_user(server):
    server.append_numbers(3)
    server.stop()
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    for parent in [server.data, *server.data.parents]:
        os.chmod(parent, parent.stat().st_mode | 0o005)
    if subprocess.run([*nobody, EXECUTABLE, "--version"], capture_output=True).returncode:
        pytest.skip("the executable cannot be run by another user here")
    assert f"{server.data}/data.mdb cannot be read: Permission denied" in unreadable(server.data, *nobody)
    os.chmod(server.data / "data.mdb", 0o644)
    assert f"{server.data}/lock.mdb cannot be written" in unreadable(server.data, *nobody)
    os.chmod(server.data / "lock.mdb", 0o666)
    listed = subprocess.run([*nobody, EXECUTABLE, "log", "list", "--json", "--data", server.data], capture_output=True, text=True)
    assert len(listed.stdout.splitlines()) == 3


@pytest.fixture
def read_only(server):
    """The directory of a stopped server, by a path on which nothing can be written."""
    server.append_numbers(3)
    view = server.directory / "view"
    view.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "--bind", server.data, view], capture_output=True).returncode == 0
    if not mounted:
        pytest.skip("a read-only file system cannot be mounted here")
    subprocess.run(["mount", "-o", "remount,ro,bind", view], check=True)
    yield view
    subprocess.run(["umount", "-l", view], check=True)


def test_a_read_only_file_system_can_be_read_where_nobody_writes(server, read_only):
    assert "is being written, and this path to it is read-only" in unreadable(read_only)
    server.stop()
    for command in (["list"], ["stats"], ["verify"], ["tail"], ["show", "2"]):
        result = subprocess.run(
            [EXECUTABLE, "log", *command, "--data", read_only], capture_output=True, text=True, timeout=PATIENCE)
        assert result.returncode == 0 and result.stdout, result.stderr
    assert f"the directory {read_only} cannot be written: Read-only file system" in refusal(read_only)


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
def test_a_directory_that_may_not_be_written(tmp_path):
    # Root can access everything, so the server runs as another user, in a directory that this user cannot access.
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o555)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        result = subprocess.run(
            [*command, EXECUTABLE, "serve", "--port", "0", "--data", directory + "/log"],
            capture_output=True, text=True, timeout=PATIENCE)
        if result.returncode == 127 or "failed to execute" in result.stderr:
            pytest.skip("the executable cannot be run by another user here")
        assert result.returncode == 2, result.stderr
        assert "Permission denied" in result.stderr


def test_missing_views(tmp_path):
    assert str(tmp_path / "none") in refusal(tmp_path / "log", views=tmp_path / "none")


def test_every_error_in_templates_is_reported_with_its_location(tmp_path):
    views = copied_views(tmp_path / "Views")
    home = views / "home.handlebars"
    home.write_text("<p>\n  {{#if x}}")
    product = views / "partials/product.handlebars"
    product.write_text("{{> prodcut}}{{shout 1}}")
    said = refused_templates(tmp_path / "log", views, 1)
    assert f"{home}:2:3: block \"if\" is never closed" in said
    assert "\n    {{#if x}}\n    ^\n" in said
    assert f"{product}:1:1: The partial prodcut could not be found (did you mean \"product\"?)" in said
    assert f"{product}:1:14: Missing helper: \"shout\"" in said
    assert said.endswith("3 errors in templates\n")
    assert not (tmp_path / "log").exists()


def test_a_port_in_use(server, tmp_path):
    result = subprocess.run(
        [EXECUTABLE, "serve", "--port", str(server.port), "--data", tmp_path / "other"],
        capture_output=True, text=True, timeout=PATIENCE)
    assert result.returncode == 2, (result.returncode, result.stderr)
    assert str(server.port) in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("host", ["nope.invalid", "[::1]", "localhost:8080"])
def test_a_host_that_has_no_address(tmp_path, host):
    line = refusal(tmp_path / "log", "--host", host, "--open")
    assert f"the host '{host}' cannot be resolved to an address: " in line
    assert line.endswith("; name this machine or one of its addresses, such as localhost, 127.0.0.1, ::1 or 0.0.0.0")


def test_a_missing_seed(tmp_path):
    assert "seed" in refusal(tmp_path / "log", "--seed", "--seed-from", tmp_path / "none")


@pytest.mark.parametrize("options, reason", [
    (["--seed", "--seed-from", "none"], "the seed file none/products.jsonl cannot be read"),
    (["--socketio-client", "none"], "the client script none cannot be opened"),
    (["--host", "0.0.0.0"], "authentication is off"), (["--host", "nope.invalid"], "the host 'nope.invalid' cannot be resolved to an address: "),
])
def test_a_wrong_option_leaves_no_new_log_behind(tmp_path, options, reason):
    assert reason in refusal(tmp_path / "log", *options, cwd=tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_wrong_option_leaves_nothing_where_no_directory_is_named(tmp_path):
    result = subprocess.run(
        [EXECUTABLE, "serve", "--port", "0", "--views", tmp_path / "none"], capture_output=True, text=True, timeout=PATIENCE, cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "BITACORA_DATA"})
    assert result.returncode == 2, result.stderr
    assert os.listdir(tmp_path) == []

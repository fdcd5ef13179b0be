"""The executable contains its templates, assets and demo events: it can be copied to any place and run in any directory."""

import os
import re
import shutil
import subprocess

import pytest

from bitacora import EXECUTABLE, PATIENCE, SEED, VIEWS, NotServing, Server, tool, view_file, view_names
from browser import LIVE, Page


@pytest.fixture
def moved(tmp_path):
    """A copy of the executable outside of the repository, which is started in another directory."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "work").mkdir()
    server = Server(tmp_path / "work", "--seed")
    server.executable = shutil.copy2(EXECUTABLE, tmp_path / "bin" / "bitacora")
    yield server
    server.end()


@pytest.mark.long
def test_a_copied_executable_serves_its_pages_assets_and_demo_events(moved, chromium):
    moved.start()
    assert len(moved.http.get("/api/products").json()["products"]) == len((SEED / "products.jsonl").read_text().splitlines())
    for path in ["/", "/realtimeproducts", "/chat", "/auctions", "/auctions/1", "/transports", "/log", "/log/1", "/products/1"]:
        page = moved.http.get(path)
        assert page.status_code == 200, path
        for address in re.findall(r'(?:src|href)="(/assets/[^"]*)"', page.text):
            assert moved.http.get(address).status_code == 200, address
    assert moved.http.get("/nothing", headers={"Accept": "text/html"}).text.startswith("<!DOCTYPE html>")
    assets = [name for name in view_names() if name.startswith("assets/")]
    assert assets
    for name in assets:
        assert moved.http.get(f"/{name}").content == view_file(name).read_bytes(), name
    context = chromium.new_context()
    page = Page(context, moved.url + "/chat")
    page.page.wait_for_selector(LIVE)
    assert page.problems == []
    context.close()
    assert sorted(entry.name for entry in moved.directory.iterdir()) == ["log", "stderr"], "it has unpacked something"
    moved.restart()
    assert moved.http.get("/").status_code == 200


def test_without_any_directory_named_the_log_is_created_where_it_is_started(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "BITACORA_DATA"}
    for command in [["append", "--create", "--topic", "t", "--type", "x", "1"], ["append", "--topic", "t", "--type", "x", "2"]]:
        result = subprocess.run([EXECUTABLE, "log", *command], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
    process = subprocess.Popen([EXECUTABLE, "serve", "--port", "0"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout.readline().startswith(b"listening on ")
    process.terminate()
    assert process.wait(PATIENCE) == 0
    process.stdout.close()
    assert "events  2, offsets 1 to 2" in subprocess.run([EXECUTABLE, "log", "verify"], cwd=tmp_path, env=environment, capture_output=True, text=True).stdout


def test_a_copy_on_the_path_is_called_by_its_name(moved):
    path = os.pathsep.join([str(moved.executable.parent), os.environ["PATH"]])
    arguments = ["bitacora", "log", "append", "--create", "--topic", "t", "--type", "x", "--data", moved.data, "1"]
    result = subprocess.run(arguments, cwd=moved.directory, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "1\n"), result.stderr


def test_pages_are_those_of_the_views_in_the_repository(moved, make_server):
    moved.options = ()
    other = make_server()
    assert re.sub("[0-9a-f]{16}", "", moved.start().http.get("/").text) == re.sub("[0-9a-f]{16}", "", other.http.get("/").text)


def test_the_files_of_a_directory_of_views_are_used_before_the_embedded_ones(moved, tmp_path):
    moved.views = tmp_path / "Views"
    (moved.views / "layouts").mkdir(parents=True)
    (moved.views / "assets").mkdir()
    (moved.views / "layouts/main.handlebars").write_text("<p>{{{body}}}")
    (moved.views / "error.handlebars").write_text("error {{status}}")
    (moved.views / "assets/chat.js").write_text("// ours")
    moved.start()
    assert moved.http.get("/").text.startswith("<p>")
    assert "<h1>Products</h1>" in moved.http.get("/").text
    assert moved.http.get("/nothing", headers={"Accept": "text/html"}).text.startswith("<p>error 404")
    assert moved.http.get("/assets/chat.js").text == "// ours"
    assert moved.http.get("/assets/live.js").content == view_file("assets/live.js").read_bytes()
    moved.stop()
    (moved.views / "home.handlebars").write_text("{{#if")
    with pytest.raises(NotServing) as refusal:
        moved.start()
    assert f"{moved.views}/home.handlebars:1:6" in refusal.value.stderr


def test_in_development_the_views_are_files(moved):
    moved.options = ("--development",)
    with pytest.raises(NotServing) as refusal:
        moved.start()
    assert "Views/marketplace cannot be listed: No such file or directory" in refusal.value.stderr
    shutil.copytree(VIEWS, moved.directory / "Views")
    moved.start()
    (moved.directory / "Views/marketplace/layouts/main.handlebars").write_text("<p>{{{body}}}")
    assert moved.http.get("/").text.startswith("<p>")


def test_seed_from_without_seed_is_rejected(tmp_path):
    refused = tool("serve", "--port", "0", "--data", tmp_path / "log", "--seed-from", SEED)
    assert refused.returncode == 64
    assert "--seed-from needs --seed" in refused.stderr

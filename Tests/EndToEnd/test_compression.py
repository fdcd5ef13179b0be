"""Which responses are compressed, and which assets browsers cache without revalidation."""

import gzip
import re

import pytest

from bitacora import SEED
from browser import Page
from readers import Stream

IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def seeded(make_shared_server):
    return make_shared_server("--seed", "--seed-from", SEED)


def raw(server, path, accept="gzip", **headers):
    """A response, and its body as transferred."""
    with server.http.stream("GET", path, headers={"Accept-Encoding": accept, **headers}) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize("path", [
    "/", "/?q=lamp", "/realtimeproducts", "/auctions", "/auctions/1", "/log", "/api/products", "/api/messages", "/api/events",
    "/api/state/marketplace", "/assets/style.css", "/assets/chat.js", "/assets/live.js",
])
def test_pages_scripts_styles_and_json_are_compressed_for_clients_that_accept_it(seeded, path):
    plain = seeded.http.get(path)
    assert "content-encoding" not in plain.headers
    answer, body = raw(seeded, path)
    assert (answer.status_code, answer.headers["content-encoding"], answer.headers["content-type"]) == (200, "gzip", plain.headers["content-type"])
    assert gzip.decompress(body) == plain.content
    assert len(body) < len(plain.content) / 2
    for either in [plain, answer]:
        assert "Accept-Encoding" in either.headers["vary"]
    assert answer.headers.get("etag") == ("W/" + plain.headers["etag"] if "etag" in plain.headers else None)
    assert answer.headers.get("cache-control") == plain.headers.get("cache-control")
    for accept in ["br", "gzip;q=0", "", "identity"]:
        assert raw(seeded, path, accept)[1] == plain.content
    for accept in ["GZIP", "br, gzip;q=0.5", "*"]:
        assert raw(seeded, path, accept)[0].headers["content-encoding"] == "gzip"
    head = seeded.http.head(path, headers={"Accept-Encoding": "gzip"})
    assert (head.status_code, head.content) == (200, b"") and "Accept-Encoding" in head.headers["vary"]


@pytest.mark.parametrize("path", ["/", "/?q=lamp", "/auctions/1", "/api/products", "/api/events/1", "/assets/style.css"])
def test_a_compressed_answer_that_has_not_changed_is_answered_304_with_its_tag(seeded, path):
    tag = raw(seeded, path)[0].headers["etag"]
    again, body = raw(seeded, path, **{"If-None-Match": tag})
    assert (again.status_code, again.headers["etag"], body) == (304, tag, b"") and "Accept-Encoding" in again.headers["vary"]
    # Both forms have the same content, so the tag of one form matches the other.
    assert seeded.http.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert raw(seeded, path, **{"If-None-Match": tag.removeprefix("W/")})[0].status_code == 304


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/api/events?after=live", "/nothing", "/assets/transports/backoff.js"])
def test_responses_that_fit_a_packet_are_not_compressed(shared_server, path):
    assert len(shared_server.http.get(path).content) < 1024
    answer, body = raw(shared_server, path)
    assert "content-encoding" not in answer.headers and "Accept-Encoding" not in answer.headers.get("vary", "")
    assert len(body) == int(answer.headers["content-length"])


def test_long_responses_are_compressed_in_chunks(shared_server):
    text = "".join(chr(32 + number * number % 90) for number in range(50_000))
    shared_server.append(*({"type": "x", "data": f"{number} {text}"} for number in range(100)))
    plain = shared_server.http.get("/api/events").content
    assert len(plain) > 4 << 20
    answer, body = raw(shared_server, "/api/events")
    assert answer.headers["content-encoding"] == "gzip" and "content-length" not in answer.headers
    assert gzip.decompress(body) == plain
    assert len(body) < len(plain) / 4


def test_real_time_transports_are_not_compressed(seeded):
    with Stream(seeded, headers={"Accept-Encoding": "gzip"}) as stream:
        assert next(stream)["offset"] == 1
        assert "content-encoding" not in stream.answer.headers


def test_pages_name_assets_at_addresses_that_never_change(seeded):
    pages = {path: seeded.http.get(path).text for path in ["/", "/realtimeproducts", "/chat", "/auctions", "/auctions/1", "/transports", "/log"]}
    addresses = {address for page in pages.values() for address in re.findall(r'(?:src|href)="(/assets/v-[^"]*)"', page)}
    assert len({address.split("/")[2] for address in addresses}) == 1
    for address in addresses:
        kept, plain = seeded.http.get(address), seeded.http.get("/assets/" + address.split("/", 3)[3])
        assert (kept.status_code, kept.headers["cache-control"], plain.headers["cache-control"]) == (200, IMMUTABLE, "no-cache")
        assert (kept.content, kept.headers["etag"]) == (plain.content, plain.headers["etag"])
    for page in pages.values():
        assert not re.search(r'<(?:script|link)[^>]*"/assets/(?!v-)', page)
    before = next(iter(addresses)).split("/")[2]
    seeded.restart()
    assert before in seeded.http.get("/").text


def network(page):
    """The requests of a page that used the network: paths, with the bytes of headers and bodies."""
    return page.page.evaluate("""() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter((entry) => entry.transferSize > 0 && entry.initiatorType !== 'xmlhttprequest' && entry.initiatorType !== 'fetch')
        .map((entry) => [new URL(entry.name).pathname, entry.transferSize])""")


def test_the_chat_is_loaded_with_a_third_of_the_bytes_and_its_assets_once(seeded, chromium):
    context = chromium.new_context()
    page = Page(context, seeded.url + "/chat").wait_live()
    first = network(page)
    total = sum(size for _, size in first)
    print(f"{len(first)} requests, {total} bytes")
    assert total <= 65_000, first  # 164,000 without compression
    assert sum(path.startswith("/assets/v-") for path, _ in first) >= 10
    page.page.goto(seeded.url + "/auctions")
    page.page.goto(seeded.url + "/chat")
    page.wait_live()
    second = network(page)
    print(f"again: {len(second)} requests, {sum(size for _, size in second)} bytes")
    assert not [path for path, _ in second if path.startswith("/assets/")], second
    assert page.problems == []
    context.close()

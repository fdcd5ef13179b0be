"""The chat page in several windows."""

import json
import re
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe

from bodies import assert_problem
from browser import LIVE, Page, in_windows
from readers import Socket
from socketio_log import LogSocket

pytestmark = pytest.mark.long

OFFLINE = '#connection[data-state="offline"]'
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def message(text, **data):
    return {"topic": "chat", "type": "message.posted", "data": {"socket": None, "text": text, **data}}


def fill(server, count, first=1, text="{}"):
    """Posts numbered messages, as fast as one socket may send commands."""
    with Socket(server, after="live", topics="nothing") as socket:
        answers = (message for message in socket if message["type"] == "ack")
        for start in range(first, first + count, 200):
            numbers = range(start, min(start + 200, first + count))
            for number in numbers:
                socket.send(command="message.post", data={"user": "A clerk", "text": text.format(number)}, ref=number)
            answered = [next(answers) for _ in numbers]
            assert sorted(answer["ref"] for answer in answered if "offset" in answer) == list(numbers), answered


class Chat(Page):
    def texts(self, list="#messages"):
        return self.page.locator(f'{list} [data-field="text"]').all_text_contents()

    def wait_for(self, text, list="#messages"):
        self.page.locator(f'{list} [data-field="text"]', has_text=re.compile(f"^{re.escape(text)}$")).wait_for()
        return self

    def wait_for_draft(self, *texts):
        """Waits until the page shows exactly these drafts."""
        self.page.wait_for_function(
            "texts => JSON.stringify(Array.from(document.querySelectorAll('#drafts [data-field=\"text\"]'), text => text.textContent)) === JSON.stringify(texts)",
            arg=list(texts))

    def wait_for_count(self, count):
        self.wait_for_text("#message-count", f"{count:,}")
        return self

    def type(self, text):
        self.page.type("#field-text", text)
        return self

    def send(self, text):
        self.page.fill("#field-text", text)
        self.page.press("#field-text", "Enter")
        return self

    def sid(self):
        row = self.page.locator("#present li", has=self.page.locator("em:visible"))
        return row.locator('[data-field="socket"]').text_content()

    def scroll_to(self, place):
        """Scrolls to a distance from the end."""
        self.page.evaluate("place => { document.querySelector('#scroller').scrollTop = -place; }", place)

    def place(self, offset):
        """The position of a message in the list, in pixels."""
        return self.page.evaluate(
            "id => document.getElementById(id).getBoundingClientRect().top - document.querySelector('#scroller').getBoundingClientRect().top",
            f"message-{offset}")

    def is_at_end(self):
        return self.page.evaluate("Math.abs(document.querySelector('#scroller').scrollTop) < 1")

    def hide(self, hidden=True):
        """Hides or shows the page, as if the visitor changed the tab."""
        self.page.evaluate(
            "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }",
            hidden)


@pytest.fixture
def window(server, chromium):
    """Opens windows on the chat, each with its own context; `before` is called with the context before the page is loaded."""
    contexts = []

    def make(before=lambda context: None, **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        before(context)
        return Chat(context, server.url + "/chat").wait_live()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def plain(server, chromium):
    context = chromium.new_context(java_script_enabled=False)
    yield Plain(context, server.url + "/chat")
    context.close()


class Plain(Chat):
    def submit(self, **fields):
        for name, value in fields.items():
            self.page.fill(f"#field-{name}", value)
        with self.page.expect_navigation():
            self.page.click("#send-button")


# History and new messages

def test_a_client_gets_the_history_and_then_new_messages_also_after_a_restart(server, window):
    server.http.post("/api/messages", json={"text": "First", "user": "Inés"})
    left = window()
    assert left.texts() == ["First"]
    left.send("Second").wait_for("Second")
    right = window()
    assert right.texts() == ["First", "Second"]
    server.restart()
    for page in [left, right]:
        page.page.wait_for_selector(LIVE)
    right.send("Third").wait_for("Third")
    left.wait_for("Third")
    assert left.texts() == right.texts() == window().texts() == ["First", "Second", "Third"]
    assert [event["data"]["text"] for event in server.events()["events"]] == ["First", "Second", "Third"]
    assert left.page.text_content("#message-count") == "3"
    assert left.page.text_content("#live-offset") == "3"


def test_a_message_is_a_row_with_its_socket_name_and_offset(server, window):
    server.http.post("/api/messages", json={"text": "By HTTP"})
    left = window()
    left.page.fill("#field-user", "Tomás")
    left.send("Two\nlines").wait_for("Two\nlines")
    right = window()
    for page in [left, right]:
        rows = page.page.locator("#messages .message")
        assert rows.nth(0).locator('[data-field="socket"]').text_content() == "http"
        row = rows.nth(1)
        event = server.events()["events"][1]
        assert row.locator('[data-field="socket"]').text_content() == event["data"]["socket"]
        assert row.locator('[data-field="user"]').text_content() == "Tomás"
        assert row.locator("time").get_attribute("datetime") == event["time"]
        assert row.locator("time").text_content() == event["time"][:19].replace("T", " ")
        assert row.locator(".at").get_attribute("href").endswith("/log/2")
    # The rows of the script equal the rows of the server.
    made, rendered = (page.page.locator("#message-2").evaluate("row => row.outerHTML") for page in [left, right])
    assert re.sub(r"http://[^/]*", "", made) == rendered
    assert left.sid() == event["data"]["socket"]
    right.page.click("#message-2 .at")
    assert "/log/2" in right.page.url
    assert left.problems == right.problems == []


def test_a_page_misses_and_repeats_nothing_when_the_server_is_killed(server, window):
    page = window()
    for round in range(3):
        fill(server, 5, first=10 * round)
        server.kill9()
        page.page.wait_for_selector(OFFLINE)
        server.tool("append", "--topic", "chat", "--type", "message.posted", f'{{"socket":null,"text":"{10 * round + 5}"}}')
        server.start()
        page.page.wait_for_selector(LIVE)
    expected = [str(10 * round + number) for round in range(3) for number in range(6)]
    page.wait_for("25")
    assert page.texts() == expected


def test_invalid_messages_are_not_on_the_list(server, window):
    wrong = [7, None, {"text": 7}, {"text": " \n"}, {"text": "x" * 4097}, {"text": "x", "user": 7}, {"text": "x", "user": "u" * 65}]
    raw = [{"topic": "chat", "type": "message.posted", "data": data} for data in wrong] + [{"topic": "chat", "type": "x"}, {"topic": "chat/room", "type": "message.posted", "data": {"text": "x"}}]
    server.restore(*raw)
    page = window()
    server.restore(*raw, message("good"))
    page.wait_for("good")
    assert page.texts() == window().texts() == ["good"]
    assert page.page.text_content("#message-count") == "1"


def test_the_list_of_another_log_is_loaded_and_the_input_stays(server, window, tmp_path):
    fill(server, 3)
    page = window().type("Not sent")
    server.kill9()
    server.data = tmp_path / "another"
    server.start()
    server.http.post("/api/messages", json={"text": "Of the new log"})
    page.wait_for("Of the new log")
    page.page.wait_for_selector(LIVE)
    assert page.texts() == ["Of the new log"]
    assert page.page.input_value("#field-text") == "Not sent"
    page.wait_for_count(1)


# Drafts

def test_drafts_show_in_other_windows_character_by_character(server, window):
    left, right = window(), window()
    right.page.wait_for_function("() => document.querySelectorAll('#present li').length === 2")
    left.page.fill("#field-user", "Inés")
    left.page.dispatch_event("#field-user", "change")
    typed = ""
    for character in "Ahoy ⚓":
        typed += character
        left.type(character)
        right.wait_for_draft(typed)
    draft = right.page.locator("#drafts .message")
    assert draft.locator('[data-field="user"]').text_content() == "Inés"
    assert draft.locator('[data-field="socket"]').text_content() == left.sid()
    assert left.texts("#drafts") == []
    left.page.press("#field-text", "Backspace")
    right.wait_for_draft("Ahoy ")
    # The message replaces the draft.
    left.page.press("#field-text", "Enter")
    right.wait_for("Ahoy ")
    right.wait_for_draft()
    assert left.page.input_value("#field-text") == ""
    # The next text is another draft.
    left.type("x")
    right.wait_for_draft("x")
    left.page.fill("#field-text", "")
    right.wait_for_draft()
    assert [event["type"] for event in server.events()["events"]] == ["message.posted"]


def test_the_last_character_arrives_over_polling_too(server, window):
    reader = window()
    writer = window(lambda context: context.add_init_script("delete window.WebSocket;"))
    for text in ["hello world", "and again"]:
        writer.type(text)
        reader.wait_for_draft(text)
        writer.page.press("#field-text", "Enter")
        reader.wait_for(text)
        reader.wait_for_draft()


def test_drafts_disappear_with_their_clients(server, window):
    pages = [window() for _ in range(3)]
    for page in pages:
        page.page.wait_for_function("() => document.querySelectorAll('#present li').length === 3")
    pages[0].type("a")
    pages[2].wait_for_draft("a")
    pages[1].type("b")
    pages[2].wait_for_draft("a", "b")
    pages[0].page.goto("about:blank")
    pages[2].wait_for_draft("b")
    assert pages[1].page.input_value("#field-text") == "b"
    server.stop()
    pages[2].wait_for_draft()


def test_a_draft_without_keystrokes_expires(server, window):
    right = window(lambda context: context.clock.install())
    left = window()
    right.page.wait_for_function("() => document.querySelectorAll('#present li').length === 2")
    left.type("a")
    right.wait_for_draft("a")
    right.page.clock.fast_forward(12_000)
    left.type("b")
    right.wait_for_draft("ab")
    right.page.clock.fast_forward(19_000)
    assert right.texts("#drafts") == ["ab"]
    right.page.clock.fast_forward(11_000)
    right.wait_for_draft()


def test_further_drafts_are_counted(server, window):
    page = window()
    writers = [LogSocket(server, "/chat", after="live", recovery=False) for _ in range(22)]
    for number, writer in enumerate(writers):
        assert writer.command("chat.draft", {"text": f"{number}"}) == {}
    page.wait_for_text("#more-drafts", "and 2 more are typing")
    page.wait_for_draft(*map(str, range(20)))
    writers[0].session.close()
    page.wait_for_text("#more-drafts", "and 1 more is typing")
    page.wait_for_draft(*map(str, range(1, 21)))
    for writer in writers[1:]:
        writer.session.close()
    page.wait_for_draft()


# Participants

def test_participants_are_shown_and_names_are_remembered(server, window):
    left = window()
    left.page.fill("#field-user", "Inés")
    left.send("Hello").wait_for("Hello")
    right = window()
    right.wait_for_text("#present-count", 2)
    assert right.page.locator("#present li", has_text="Inés").locator('[data-field="socket"]').text_content() == left.sid()
    right.page.fill("#field-user", "Tomás")
    right.page.press("#field-user", "Tab")
    left.page.locator("#present li", has_text="Tomás").wait_for()
    right.page.reload()
    right.wait_live()
    assert right.page.input_value("#field-user") == "Tomás"
    left.wait_for_text("#present-count", 2)
    right.page.close()
    left.wait_for_text("#present-count", 1)


def test_the_chat_works_without_local_storage(server, window):
    page = window(lambda context: context.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no'); } });"))
    page.page.fill("#field-user", "Inés")
    page.send("Hello").wait_for("Hello")
    assert page.problems == []


def test_only_the_first_participants_are_listed(server, window):
    page = window()
    others = [LogSocket(server, "/chat", after="live", recovery=False) for _ in range(104)]
    for other in others:
        assert other.command("chat.join", {"user": "<b>one</b>"}) == {}
    page.wait_for_text("#more-present", "and 5 more")
    assert page.page.text_content("#present-count") == "105"
    assert page.page.locator("#present li").count() == 100
    assert page.page.locator("#present li b").count() == 0
    for other in others:
        other.session.close()
    page.wait_for_text("#present-count", 1)


# Sending

def test_enter_sends_and_shift_enter_starts_a_new_line(server, window):
    page = window()
    page.type("One")
    page.page.press("#field-text", "Shift+Enter")
    page.type("Two")
    page.page.press("#field-text", "Enter")
    page.wait_for("One\nTwo")
    page.page.fill("#field-text", "By the button")
    page.page.click("#send-button")
    page.wait_for("By the button")
    # While an input method composes, Enter belongs to the input method.
    page.page.fill("#field-text", "composing")
    page.page.evaluate("document.querySelector('#field-text').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))")
    assert page.page.input_value("#field-text") == "composing"
    assert page.page.evaluate("document.activeElement.id") == "field-text"
    assert server.head == 2


def test_a_rejected_message_is_put_back_with_the_reason(server, window):
    page = window()
    page.page.press("#field-text", "Enter")
    page.page.locator("#error-text", has_text="Enter a message").wait_for()
    page.send(" \n ")
    page.page.locator("#error-text", has_text="Enter a message").wait_for()
    page.send("x" * 4097)
    page.page.locator("#error-text", has_text="4097 characters").wait_for()
    assert page.page.input_value("#field-text") == "x" * 4097
    assert page.page.get_attribute("#field-text", "aria-invalid") == "true"
    assert page.page.locator("#pending .message").count() == 0
    assert server.head == 0
    page.page.press("#field-text", "End")
    page.page.press("#field-text", "Backspace")
    assert page.page.text_content("#error-text") == ""
    page.page.press("#field-text", "Enter")
    page.wait_for("x" * 4096)
    assert page.page.input_value("#field-text") == ""


def test_a_rejected_message_is_put_back_before_the_text_typed_since(server, window):
    page = window()
    server.stop()
    page.page.wait_for_selector(OFFLINE)
    page.send("y" * 4097).type("next")
    server.start()
    page.page.locator("#error-text", has_text="4097 characters").wait_for()
    assert page.page.input_value("#field-text") == "y" * 4097 + "\nnext"


def test_messages_sent_offline_are_stored_once_and_the_input_stays(server, window):
    left, right = window(), window()
    left.type("Half a sent")
    assert server.stop() == 0
    left.page.wait_for_selector(OFFLINE)
    left.type("ence")
    left.page.press("#field-text", "Enter")
    left.wait_for("Half a sentence", "#pending")
    assert "sent when the connection is back" in left.page.text_content("#form-status")
    left.send("And another")
    left.wait_for("And another", "#pending")
    left.type("Still writing")
    server.start()
    left.wait_for("And another")
    right.wait_for("And another")
    left.page.wait_for_selector("#pending", state="hidden")
    assert left.page.input_value("#field-text") == "Still writing"
    assert left.texts() == right.texts() == ["Half a sentence", "And another"]
    assert [event["data"]["text"] for event in server.events()["events"]] == ["Half a sentence", "And another"]
    assert left.page.text_content("#form-status") == ""


# Reading

def append_offline(server, *texts):
    for text in texts:
        server.tool("append", "--topic", "chat", "--type", "message.posted", f'{{"socket":null,"text":"{text}"}}')


def before_marker(page):
    return page.page.eval_on_selector("#messages .since", "line => line.nextElementSibling.querySelector('[data-field=\"text\"]').textContent")


def test_messages_missed_offline_are_marked_until_they_were_in_view(server, window):
    fill(server, 3)
    page = window()
    server.stop()
    page.page.wait_for_selector(OFFLINE)
    append_offline(server, "missed 1", "missed 2")
    # The page itself measures: a test on a busy machine sees the line late.
    page.page.evaluate("""() => {
        let began;
        const measure = () => {
            const isShown = document.querySelector('#messages .since') !== null;
            if (isShown) began ??= performance.now();
            else if (began) window.shownFor ??= performance.now() - began;
        };
        new MutationObserver(measure).observe(document.querySelector('#messages'), { childList: true, subtree: true });
    }""")
    server.start()
    page.wait_for("missed 2")
    page.page.wait_for_selector("#messages .since")
    assert page.page.text_content("#messages .since").startswith("New since ")
    assert before_marker(page) == "missed 1"
    page.page.wait_for_selector(LIVE)
    page.page.wait_for_selector("#messages .since", state="detached")
    assert page.page.evaluate("window.shownFor") > 4_900
    # Messages that arrive in view are not marked.
    fill(server, 1, first=9)
    page.wait_for("9")
    assert page.page.locator("#messages .since").count() == 0


def test_an_outage_without_messages_leaves_no_mark(server, window):
    page = window()
    server.kill9()
    page.page.wait_for_selector(OFFLINE)
    server.start()
    page.page.wait_for_selector(LIVE)
    fill(server, 1)
    page.wait_for("1")
    assert page.page.locator("#messages .since").count() == 0


def test_messages_missed_while_hidden_are_marked_until_the_visitor_answers(server, window):
    page = window()
    fill(server, 1)
    page.wait_for("1")
    page.hide()
    fill(server, 2, first=2)
    page.wait_for("3")
    page.hide(False)
    page.hide()
    fill(server, 1, first=4)
    page.wait_for("4")
    page.hide(False)
    assert page.page.locator("#messages .since").count() == 1
    assert before_marker(page) == "2"
    page.send("Answer").wait_for("Answer")
    assert page.page.locator("#messages .since").count() == 0


def test_the_list_stays_at_its_end_or_at_the_rows_in_view(server, window):
    fill(server, 150)
    page = window()
    assert page.is_at_end()
    fill(server, 1, first=151)
    page.wait_for("151")
    assert page.is_at_end()
    assert page.page.is_hidden("#arrived")
    page.scroll_to(1500)
    page.page.wait_for_function("() => document.querySelector('#scroller').scrollTop < -1400")
    seen = page.page.evaluate("""() => { const box = document.querySelector('#scroller').getBoundingClientRect();
        return Array.from(document.querySelectorAll('#messages .message')).find((row) => row.getBoundingClientRect().top > box.top + 20).id; }""")
    offset = int(seen.removeprefix("message-"))
    place = page.place(offset)
    for number in range(1, 31):
        fill(server, 1, first=151 + number)
    page.wait_for_text("#arrived", "30 new messages")
    assert abs(page.place(offset) - place) <= 1
    page.page.click("#arrived")
    page.page.wait_for_selector("#arrived", state="hidden")
    assert page.is_at_end()
    page.page.locator("#message-181").wait_for()
    page.scroll_to(500)
    fill(server, 1, first=182)
    page.wait_for_text("#arrived", "1 new message")
    page.scroll_to(0)
    page.page.wait_for_selector("#arrived", state="hidden")


def test_earlier_messages_are_loaded_at_the_top_until_the_first(server, window):
    fill(server, 650)
    page = window()
    assert page.texts() == [str(number) for number in range(451, 651)]
    for count in [400, 600, 650]:
        first = 650 - page.page.locator("#messages .message").count() + 1
        page.page.evaluate("document.querySelector('#scroller').scrollTop = -1e6")
        page.page.wait_for_function("count => document.querySelectorAll('#messages .message').length === count", arg=count)
        # The rows in view keep their position below the new rows.
        assert -400 <= page.place(first) <= 400, page.place(first)
    assert page.texts() == [str(number) for number in range(1, 651)]
    assert page.page.is_hidden("#earlier")
    fill(server, 1, first=651)
    page.wait_for_text("#arrived", "1 new message")
    assert page.texts()[-1] == "651"


def test_loading_earlier_messages_moves_no_rows(server, window):
    fill(server, 450)
    page = window()
    held = []
    page.page.route("**/chat?before=*", lambda route: held.append(route))
    page.page.evaluate("document.querySelector('#scroller').scrollTop = -1e6")
    page.page.wait_for_selector('#earlier[aria-busy="true"]')
    page.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    place = page.place(251)
    held[0].continue_()
    page.page.unroute("**/chat?before=*")
    page.page.wait_for_selector("#message-51")
    page.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert abs(page.place(251) - place) <= 1


def test_a_failure_to_load_earlier_messages_is_shown_and_can_be_retried(server, window):
    fill(server, 210)
    page = window()
    page.page.route("**/chat?before=*", lambda route: route.abort())
    page.page.evaluate("document.querySelector('#scroller').scrollTop = -1e6")
    page.page.locator("#earlier-problem", has_text="could not be loaded").wait_for()
    page.page.unroute("**/chat?before=*")
    page.page.focus("#earlier a")
    page.page.keyboard.press("Enter")
    page.page.wait_for_selector("#message-1")
    assert page.texts() == [str(number) for number in range(1, 211)]
    assert page.page.evaluate("document.activeElement.id") == "scroller"


def test_a_thousand_messages_at_once_are_drawn_whole_and_in_order(server, window):
    page = window()
    fill(server, 1000)
    page.wait_for_count(1000)
    page.wait_for("1000")
    assert page.texts() == [str(number) for number in range(1, 1001)]
    assert page.is_at_end()


@pytest.mark.long
def test_a_burst_larger_than_the_list_replaces_it_and_earlier_messages_stay_reachable(server, window):
    fill(server, 42)
    page = window()
    page.hide()
    fill(server, 6_500, first=43)
    page.wait_for("6542")
    rows = "document.querySelectorAll('#messages .message').length"
    assert page.page.evaluate(rows) == 6_000
    assert before_marker(page) == "543"
    assert page.page.get_attribute("#earlier a", "href") == "/chat?before=543"
    assert page.page.evaluate("!document.querySelector('#earlier').hidden")
    page.hide(False)
    page.send("Read")
    page.wait_for("Read")
    page.hide()
    fill(server, 1, first=6_544)
    page.wait_for("6544")
    assert before_marker(page) == "6544"
    assert page.page.evaluate(rows) == 6_000


# Without JavaScript

def test_a_message_is_sent_without_javascript(server, plain):
    plain.submit(user="Inés", text="One\nTwo")
    assert plain.page.url == server.url + "/chat#message-1"
    assert plain.texts() == ["One\nTwo"]
    event = server.events()["events"][0]
    assert event["data"] == {"socket": None, "user": "Inés", "text": "One\nTwo"}
    assert event["source"] == "form"
    assert plain.page.text_content('#message-1 [data-field="socket"]') == "form"
    plain.page.reload()
    assert server.head == 1
    plain.submit(text="One\nTwo")
    assert plain.texts() == ["One\nTwo", "One\nTwo"]
    assert plain.page.is_visible("#noscript") and not plain.page.is_visible("#connection") and not plain.page.is_visible("#present")


def test_the_same_form_sent_twice_is_one_message(server):
    for _ in range(2):
        answer = server.http.post("/chat", content="user=&text=Once&once=a1", headers=FORM)
        assert (answer.status_code, answer.headers["location"]) == (303, "/chat#message-1")


def test_two_equal_messages_are_two_messages(server):
    words = {re.search(r'name="once" value="(\w+)"', server.http.get("/chat").text)[1] for _ in range(2)}
    assert len(words) == 2
    for number, word in enumerate([*words, None, None], 1):
        text = "user=&text=Same" + (f"&once={word}" if word else "")
        assert server.http.post("/chat", content=text, headers=FORM).headers["location"] == f"/chat#message-{number}"


@pytest.mark.parametrize("fields, field", [
    ({"text": " \n "}, "text"), ({"text": "é" * 4097}, "text"), ({"user": "\"><script>alert(1)</script>" + "u" * 40, "text": "</textarea><b>x"}, "user"),
])
def test_a_rejected_form_keeps_its_values(server, plain, fields, field):
    plain.page.evaluate("for (const input of document.querySelectorAll('[maxlength]')) input.removeAttribute('maxlength')")
    plain.submit(**fields)
    assert plain.page.url == server.url + "/chat"
    assert plain.page.text_content(f"#error-{field}").startswith(f"{field} must be")
    assert plain.page.get_attribute(f"#field-{field}", "aria-invalid") == "true"
    for name, value in fields.items():
        assert plain.page.input_value(f"#field-{name}") == value
    assert plain.page.locator("#write b").count() == 0
    assert server.head == 0


def test_earlier_messages_are_reached_by_links(server, plain):
    server.append({"type": "other"})
    fill(server, 450)
    plain.page.reload()
    assert plain.texts() == [str(number) for number in range(251, 451)]
    for first, last in [(51, 250), (1, 50)]:
        with plain.page.expect_navigation():
            plain.page.click("#earlier a")
        assert plain.texts() == [str(number) for number in range(first, last + 1)]
    assert plain.page.is_hidden("#earlier")
    with plain.page.expect_navigation():
        plain.page.click("#newest")
    assert plain.page.url == server.url + "/chat"


def test_the_list_opens_at_its_end_without_javascript(server, plain):
    fill(server, 200)
    plain.page.reload()
    window, last = plain.page.locator("#scroller").bounding_box(), plain.page.locator("#message-200").bounding_box()
    assert window["y"] < last["y"] and last["y"] + last["height"] <= window["y"] + window["height"] + 1


def test_invalid_parameters_are_rejected(server):
    for query in ["before=x", "before=0", "before=-1"]:
        assert_problem(server.http.get(f"/chat?{query}"), 400, "invalid", "before")
    assert server.http.get("/chat?after=1").status_code == 200
    assert_problem(server.http.post("/chat", content="text=a&subject=b", headers=FORM), 400, "invalid", "subject")
    assert_problem(server.http.post("/chat", json={"text": "a"}), 415, "not-a-form")
    assert_problem(server.http.post("/chat", content="text=" + "a" * (513 << 10), headers=FORM), 413, "too-large")
    for headers in [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]:
        assert_problem(server.http.post("/chat", content="text=a", headers={**FORM, **headers}), 403, "wrong-origin")
    assert "No earlier messages." in server.http.get("/chat?before=7").text
    assert server.head == 0


# Hostile texts, appearance, weight

HOSTILE = [
    "<script>document.title='broken'</script>", "\"'><img src=x onerror=\"document.title='broken'\">", "{{title}} {{{body}}} &lt;b&gt; &amp;",
    "\u202eRTL override \u202e\u2066 never closed", "a\n\n\n\tb\r\nc", "W" * 4096, "⚓👩‍👩‍👧‍👦" * 200, "שלום עולם", "\u0000\u0007\u001b[31m", "://" + "x/" * 900,
]


def test_hostile_texts_are_shown_and_do_no_harm(server, window):
    early = window()
    for text in HOSTILE:
        answer = server.http.post("/api/messages", json={"text": text, "user": text[:40]})
        assert answer.status_code == 201, answer.text
    early.wait_for_count(len(HOSTILE))
    early.page.locator(f"#message-{len(HOSTILE)}").wait_for()
    late = window()
    writer = LogSocket(server, "/chat", after="live", recovery=False)
    for page in [early, late]:
        texts = page.texts()
        for index in [0, 1, 2, 5, 6, 7, 9]:
            assert texts[index] == HOSTILE[index]
        assert texts[3] == "\\u202eRTL override \\u202e\\u2066 never closed"
        assert texts[4] == "a\n\n\n    b\\u000d\nc"
        assert texts[8] == "\\u0000\\u0007\\u001b[31m"
        for text in HOSTILE[:7]:
            assert writer.command("chat.draft", {"text": text, "user": text[:40]}) == {}
        page.page.locator('#drafts [data-field="text"]', has_text="👩‍👩‍👧‍👦").wait_for()
        assert page.page.title() == "Chat · Bitácora"
        assert page.page.locator("#history img, #history script, #history b b").count() == 0
        page.page.set_viewport_size({"width": 320, "height": 800})
        sizes = page.page.evaluate("[document.documentElement.scrollWidth, innerWidth, document.querySelector('#scroller').scrollWidth, document.querySelector('#scroller').clientWidth]")
        assert sizes[0] <= sizes[1] and sizes[2] <= sizes[3], sizes
        page.screenshot("chat-hostile")
        assert page.problems == []
    writer.session.close()
    assert [early.page.locator(f"#message-{offset}").text_content() for offset in range(1, 11)] == [
        late.page.locator(f"#message-{offset}").text_content() for offset in range(1, 11)]


@in_windows((1440, "light"), (320, "light"), (320, "dark"), (1440, "dark"))
def test_the_page_is_accessible_and_fits(server, window, width, scheme):
    fill(server, 230)
    page = window(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.page.fill("#field-user", "N" * 64)
    page.page.press("#field-user", "Tab")
    other = window()
    page.wait_for_text("#present-count", 2)
    other.type("Being written ")
    page.wait_for_draft("Being written ")
    page.hide()
    fill(server, 3, first=300)
    page.wait_for("302")
    page.hide(False)
    page.send("W" * 4097)
    page.page.locator("#error-text:not(:empty)").wait_for()
    page.scroll_to(600)
    fill(server, 1, first=400)
    page.wait_for_text("#arrived", "1 new message")
    report = Axe().run(page.page)
    assert report.violations_count == 0, report.generate_report()
    widths = page.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1], "the page scrolls sideways"
    page.screenshot(f"chat-{width}-{scheme}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_earlier_messages_and_an_empty_chat_are_accessible(server, chromium, scheme):
    context = chromium.new_context(viewport={"width": 320, "height": 900}, color_scheme=scheme)
    for path, count in [("/chat", 0), ("/chat?before=250", 300)]:
        if count:
            fill(server, count)
        page = Page(context, server.url + path)
        report = Axe().run(page.page)
        assert report.violations_count == 0, report.generate_report()
        assert page.problems == []
        page.screenshot(f"chat-{count}-{scheme}")
    context.close()


def test_everything_works_with_the_keyboard(server, window):
    fill(server, 100)
    page = window()
    page.page.focus("#scroller")
    page.page.keyboard.press("PageUp")
    page.page.wait_for_function("() => document.querySelector('#scroller').scrollTop < -40")
    fill(server, 1, first=101)
    page.wait_for_text("#arrived", "1 new message")
    page.page.focus("#arrived")
    page.page.keyboard.press("Enter")
    page.page.wait_for_selector("#arrived", state="hidden")
    assert page.page.evaluate("document.activeElement.id") == "scroller"
    page.page.focus("#field-user")
    page.page.keyboard.type("Inés")
    page.page.keyboard.press("Tab")
    page.page.keyboard.type("Hello")
    page.page.keyboard.press("Tab")
    page.page.keyboard.press("Enter")
    page.wait_for("Hello")
    assert page.page.evaluate("document.activeElement.id") == "field-text"


def main_thread_tasks(trace):
    """The duration of each task in ms of processor time, which does not depend on other load of the machine."""
    events = json.loads(trace)["traceEvents"]
    mains = {(event["pid"], event["tid"]) for event in events if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"}
    return [event["tdur"] / 1000 for event in events if event["name"] == "RunTask" and (event["pid"], event["tid"]) in mains and "tdur" in event]


@pytest.mark.alone
def test_five_thousand_messages_stay_smooth_and_the_list_is_bounded(server, window, chromium):
    text = "A message of the length that people write to each other, now and then."
    total = 5_400
    fill(server, total, text="{} " + text)
    page = window()
    while (count := page.page.locator("#messages .message").count()) < 5_000:
        page.page.evaluate("document.querySelector('#scroller').scrollTop = -1e7")
        page.page.wait_for_function("count => document.querySelectorAll('#messages .message').length > count", arg=count)
    # The remaining messages are on another page.
    page.page.evaluate("document.querySelector('#scroller').scrollTop = -1e7")
    assert page.page.is_visible("#earlier a")
    page.scroll_to(0)
    chromium.start_tracing(page=page.page, categories=["toplevel", "disabled-by-default-devtools.timeline"])
    # 50 new messages a second for five seconds, and a client that types all the time.
    pace, enough = threading.Event(), threading.Event()

    def post():
        for number in range(250):
            server.http.post("/api/messages", json={"text": f"New {number} {text}"})
            pace.wait(1 / 50)

    def write():
        with LogSocket(server, "/chat", after="live", recovery=False) as writer:
            while not enough.wait(1 / 20):
                writer.command("chat.draft", {"text": text[:1 + len(text) * (writer.calls % 20) // 20]})

    threads = [threading.Thread(target=work) for work in [post, write]]
    for thread in threads:
        thread.start()
    threads[0].join()
    enough.set()
    threads[1].join()
    page.page.wait_for_function("total => document.querySelector('#message-count').textContent === total", arg=f"{total + 250:,}", polling=500)
    tasks = main_thread_tasks(chromium.stop_tracing())
    print("longest tasks, ms:", sorted(map(round, tasks))[-10:])
    assert page.page.locator("#messages .message").count() == 5_250
    assert page.is_at_end()
    assert tasks and max(tasks) <= 50
    # Beyond 6,000 rows the oldest are removed, and the link leads to them.
    fill(server, 800)
    page.wait_for_count(total + 1_050).page.wait_for_selector(f"#message-{server.head}")
    assert page.page.locator("#messages .message").count() == 6_000
    first = int(page.page.locator("#messages .at").first.text_content())
    assert first == total + 1_050 - 6_000 + 1
    assert page.page.get_attribute("#earlier a", "href").endswith(f"/chat?before={first}")

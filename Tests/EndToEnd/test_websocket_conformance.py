"""The WebSocket protocol by Autobahn's cases: framing, control frames, fragments, UTF-8, closing, limits.

Sections 12 and 13 are about compression, which is not offered.
"""

import asyncio

import kosoku
import pytest

from socketio_scenario import Scenario

# The counts of kosoku 0.1.0; a run with fewer cases is incomplete.
CASES = {"1": 16, "2": 11, "3": 7, "4": 10, "5": 20, "6": 145, "7": 37, "10": 1}


@pytest.mark.parametrize("section", CASES)
def test_every_case_of_a_section_passes(section):
    with Scenario(websocket_echo=True) as server:
        results = asyncio.run(run(server, section))
    assert len(results) == CASES[section]
    failed = [f"{each.case_id}: {each.result} {each.result_close}" for each in results if not each.passed]
    assert not failed


async def run(server, section):
    try:
        return await kosoku.run_fuzzingclient(f"ws://127.0.0.1:{server.port}", cases=[f"{section}.*"], concurrency=8)
    except kosoku.FailureError as error:
        return error.results

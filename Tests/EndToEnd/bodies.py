"""Bodies of requests, and what answers must look like."""

import itertools

_numbers = itertools.count(1)


def product(**fields):
    """A product that is accepted; each has a code of its own."""
    number = next(_numbers)
    return {"title": f"Product {number}", "code": f"C-{number}", "price": 9.5, **fields}


def assert_problem(answer, status, code, field=None):
    """RFC 9457, with our `code` and, where one field is to blame, `field`."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) - {"field"} == {"type", "title", "status", "detail", "code"}
    assert problem["status"] == status
    assert problem["code"] == code, problem
    assert problem.get("field") == field, problem
    assert problem["detail"]
    return problem

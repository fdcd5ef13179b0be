"""Request bodies, and checks of responses."""

import itertools

_numbers = itertools.count(1)


def product(**fields):
    """A valid product with a unique code."""
    number = next(_numbers)
    return {"title": f"Product {number}", "code": f"C-{number}", "price": 9.5, **fields}


def assert_problem(answer, status, code, field=None):
    """RFC 9457, with our `code` and, if one field is wrong, `field`."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) - {"field"} == {"type", "title", "status", "detail", "code"}
    assert problem["status"] == status
    assert problem["code"] == code, problem
    assert problem.get("field") == field, problem
    assert problem["detail"]
    return problem

"""Collections as a plain fold in Python, written apart from the server, and random applications for it.

The fold follows the grammar of app.json; see the article on applications without Swift.
"""

import functools
import json
from decimal import Decimal, localcontext

MISSING = object()
# Exact for sums of any numbers in these tests.
PRECISION = 200


def parse(text):
    """JSON with exact numbers."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def present(row, field, otherwise):
    """The value of a field that is neither missing nor null."""
    value = row.get(field)
    return otherwise if value is None else value


class Skipped(Exception):
    """The event does not fit the operation."""


def is_number(value):
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def canonical(number):
    """The text of a number as a key."""
    number = Decimal(number)
    if number == number.to_integral_value():
        return str(int(number))
    text = format(number, "f")
    return text.rstrip("0")


def significant_digits(number):
    return len(Decimal(number).normalize(context()).as_tuple().digits)


def context():
    with localcontext() as current:
        current.prec = PRECISION
        return current.copy()


def add(left, right):
    return context().add(Decimal(left), Decimal(right))


def kind(value):
    """The place of a value's kind in the order of sorts."""
    if value is MISSING:
        return 0
    if value is None:
        return 1
    if value is False:
        return 2
    if value is True:
        return 3
    if is_number(value):
        return 4
    if isinstance(value, str):
        return 5
    return 6


def compare(left, right):
    """Missing < null < false < true < numbers < strings by bytes < arrays and objects, which are equal."""
    if kind(left) != kind(right):
        return -1 if kind(left) < kind(right) else 1
    if kind(left) == 4:
        left, right = Decimal(left), Decimal(right)
    elif kind(left) == 5:
        left, right = left.encode(), right.encode()
    else:
        return 0
    return (left > right) - (left < right)


def merge(target, patch):
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result


class Application:
    """The collections of an app.json."""

    def __init__(self, definition):
        # With exact numbers.
        definition = parse(json.dumps(definition))
        self.definition = definition
        self.roots = {name: Root(name, one, definition.get("topics", {})) for name, one in definition["collections"].items() if "from" in one}

    def apply(self, event):
        for root in self.roots.values():
            root.apply(event)

    def rows(self, name):
        """The rows of a collection by key, computed anew for a grouped one."""
        definition = self.definition["collections"][name]
        if "from" in definition:
            return self.roots[name].rows
        return group(definition, self.rows(definition["of"]))


class Root:
    """A collection with `from`."""

    ORDER = ("put", "set", "add", "count", "min", "max", "push", "unset", "delete")

    def __init__(self, name, definition, topics):
        self.name = name
        self.definition = definition
        self.pattern = definition["from"].split("/")
        self.names = {}
        for template in topics:
            for level, part in enumerate(template.split("/")):
                if part.startswith("{"):
                    self.names[part[1:-1]] = level
        self.rows = {}
        self.skipped = {}

    def concerns(self, topic):
        levels = topic.split("/")
        if self.pattern[-1] == "**":
            head = self.pattern[:-1]
            return len(levels) > len(head) and all(one in ("*", two) for one, two in zip(head, levels))
        return len(levels) == len(self.pattern) and all(one in ("*", two) for one, two in zip(self.pattern, levels))

    def apply(self, event):
        operations = self.definition["on"].get(event["type"])
        if operations is None or not self.concerns(event["topic"]):
            return
        names = [name for name in self.ORDER if name in operations]
        try:
            key = self.key(event)
        except Skipped:
            for name in names:
                self.skip(event, name)
            return
        for name in names:
            row = self.rows.get(key)
            try:
                changed = getattr(self, name)(dict(row) if row is not None else None, operations[name], event)
            except Skipped:
                self.skip(event, name)
                continue
            if changed is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = changed

    def skip(self, event, name):
        place = f"{event['type']} {name}"
        self.skipped[place] = self.skipped.get(place, 0) + 1

    def key(self, event):
        value = self.value(self.definition["key"], event)
        if is_number(value):
            value = canonical(value)
        if not isinstance(value, str) or not 1 <= len(value.encode()) <= 512:
            raise Skipped
        return value

    def value(self, expression, event):
        if not isinstance(expression, str):
            return expression
        if expression.startswith("="):
            return expression[1:]
        first, *path = expression.split(".")
        if first == "topic":
            levels = event["topic"].split("/")
            level = self.names[path[0]]
            if level >= len(levels):
                raise Skipped
            return levels[level]
        if first != "data":
            value = event.get(first, MISSING)
            if value is MISSING or value is None:
                raise Skipped
            return value
        value = event["data"]
        for step in path:
            if isinstance(value, dict) and step in value:
                value = value[step]
            elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            else:
                raise Skipped
        return value

    def values(self, fields, event):
        return {field: self.value(expression, event) for field, expression in fields.items()}

    # Operations: the row before, or None; the row after, or None.

    def put(self, row, fields, event):
        return self.values(fields, event)

    def set(self, row, fields, event):
        return merge(row or {}, self.values(fields, event))

    def add(self, row, fields, event):
        values, row = self.values(fields, event), row or {}
        for field, value in values.items():
            before = present(row, field, Decimal(0))
            if not is_number(value) or not is_number(before) or significant_digits(value) > 34:
                raise Skipped
            total = add(before, value)
            if significant_digits(total) > 34:
                raise Skipped
            row[field] = total
        return row

    def count(self, row, names, event):
        names = [names] if isinstance(names, str) else names
        return self.add(row, {name: 1 for name in names}, event)

    def min(self, row, fields, event):
        return self.extreme(row, fields, event, -1)

    def max(self, row, fields, event):
        return self.extreme(row, fields, event, 1)

    def extreme(self, row, fields, event, sign):
        values, row = self.values(fields, event), row or {}
        for field, value in values.items():
            before = present(row, field, MISSING)
            if kind(value) not in (2, 3, 4, 5) or (before is not MISSING and kind(before) not in (2, 3, 4, 5)):
                raise Skipped
            if before is MISSING or compare(value, before) * sign > 0:
                row[field] = value
        return row

    def push(self, row, fields, event):
        keep = int(fields.get("keep", 20))
        values = self.values({name: value for name, value in fields.items() if name != "keep"}, event)
        row = row or {}
        for field, value in values.items():
            before = present(row, field, [])
            if not isinstance(before, list):
                raise Skipped
            row[field] = (before + [value])[-keep:]
        return row

    def unset(self, row, names, event):
        names = [names] if isinstance(names, str) else names
        return {field: value for field, value in (row or {}).items() if field not in names}

    def delete(self, row, yes, event):
        return None


def matches(where, row):
    """Whether a row matches `where` of a definition."""
    return all(fits(condition, row.get(field, MISSING)) for field, condition in where.items())


def fits(condition, value):
    if not isinstance(condition, dict):
        return equal(value, condition)
    for name, operand in condition.items():
        comparable = value is not MISSING and (kind(value) == kind(operand) or {kind(value), kind(operand)} == {2, 3})
        order = compare(value, operand) if comparable and kind(operand) in (2, 3, 4, 5) else None
        holds = {
            "not": lambda: not equal(value, operand),
            "in": lambda: any(equal(value, one) for one in operand),
            "lt": lambda: order is not None and order < 0,
            "lte": lambda: order is not None and order <= 0,
            "gt": lambda: order is not None and order > 0,
            "gte": lambda: order is not None and order >= 0,
        }[name]()
        if not holds:
            return False
    return True


def equal(left, right):
    return kind(left) == kind(right) and (compare(left, right) == 0 if kind(left) < 6 else left == right)


def group(definition, rows):
    """GROUP BY, from the rows as they are."""
    groups = {}
    for row in rows.values():
        if not matches(definition.get("where", {}), row):
            continue
        by = row.get(definition["by"], MISSING)
        if kind(by) not in (2, 3, 4, 5) or by == "":
            continue
        key = {True: "true", False: "false"}[by] if isinstance(by, bool) else canonical(by) if is_number(by) else by
        groups.setdefault(key, []).append(row)
    return {key: aggregates(definition["fields"], members) for key, members in groups.items()}


def aggregates(fields, rows):
    result = {}
    for name, aggregate in fields.items():
        function, _, field = aggregate.partition(" ")
        values = [row[field] for row in rows if field in row]
        if function == "count":
            result[name] = Decimal(len(rows))
        elif function == "sum":
            result[name] = functools.reduce(add, (value for value in values if is_number(value)), Decimal(0))
        else:
            values = [value for value in values if kind(value) in (2, 3, 4, 5)]
            if values:
                pick = functools.reduce(lambda one, two: one if (compare(one, two) < 0) == (function == "min") else two, values)
                result[name] = pick
    return result


def ordered(rows, sort=""):
    """The keys of rows in the order of `sort`."""
    def order(left, right):
        for part in filter(None, sort.split(",")):
            field = part.removeprefix("-")
            difference = compare(rows[left].get(field, MISSING), rows[right].get(field, MISSING))
            if difference:
                return -difference if part.startswith("-") else difference
        return compare(left, right)
    return sorted(rows, key=functools.cmp_to_key(order))


class Reader:
    """The rows of a client that applies the messages of a live reader."""

    def __init__(self):
        self.order = []
        self.rows = {}

    def begin(self, page):
        """Begins with a page of rows."""
        self.order = [row["key"] for row in page["rows"]]
        self.rows = {row["key"]: row["value"] for row in page["rows"]}

    def receive(self, message):
        for op in message["ops"]:
            key = op["key"]
            if key in self.rows:
                self.order.remove(key)
                del self.rows[key]
            if op["op"] == "put":
                before = op["before"]
                assert before is None or before in self.rows, f"{op} names a row that the reader does not have"
                self.order.insert(len(self.order) if before is None else self.order.index(before), key)
                self.rows[key] = op["value"]

    def reset(self):
        self.order, self.rows = [], {}


# Random applications and events


def random_application(seed):
    """A definition with one collection and some that are grouped from it."""
    fields = ["a", "b", "c", "d"]
    expressions = ["data.x", "data.y", "data.z", "data.deep.value", "data.list.1", "topic.key", "time", "offset", "id", "source", "=text", "==", 7, 0.5, True, None, "data"]

    def values(numbers=False):
        names = seed.sample(fields, seed.randint(1, 3))
        return {name: seed.choice(["data.x", "data.y", "data.deep.value", 3, 0.25, "offset"] if numbers else expressions) for name in names}

    def operations():
        chosen = {}
        for name in seed.sample(Root.ORDER, seed.randint(1, 3)):
            if name in ("put", "set"):
                chosen[name] = values()
            elif name in ("add", "min", "max"):
                chosen[name] = values(numbers=name == "add" or seed.random() < 0.8)
            elif name == "push":
                chosen[name] = {**values(), "keep": seed.randint(1, 4)}
            elif name == "count":
                chosen[name] = seed.choice([seed.choice(fields), seed.sample(fields, 2)])
            elif name == "unset":
                chosen[name] = seed.sample(fields, seed.randint(1, 2))
            else:
                chosen[name] = True
        return chosen

    on = {"placed": {"put": {name: seed.choice(expressions) for name in fields}}}
    on |= {name: operations() for name in ("changed", "paid", "gone")}
    collections = {
        "rows": {"from": seed.choice(["items/*", "items/**"]), "key": seed.choice(["topic.key", "data.x"]), "on": on, "index": seed.sample(fields, seed.randint(0, 2))},
        "groups": {
            "of": "rows", "by": seed.choice(fields),
            "where": seed.choice([{}, {"a": {"not": "text"}}, {"b": {"gte": 2}}, {"c": {"in": ["one", 7, True]}}]),
            "fields": {"number": "count", "total": f"sum {seed.choice(fields)}", "least": f"min {seed.choice(fields)}", "most": f"max {seed.choice(fields)}"},
        },
        "supergroups": {"of": "groups", "by": "number", "fields": {"groups": "count", "total": "sum total", "most": "max most"}},
    }
    return {"topics": {"items/{key}": {}}, "collections": collections}


def random_event(seed):
    """An event of the random applications, which may lack what an operation needs."""
    values = ["one", "two", "", 1, 2, 2.5, -3, 1e30, 0.1, True, False, None, [1, "two"], {"p": 1, "q": {"r": seed.randint(0, 3)}}, {"p": None}]
    data = {name: seed.choice(values) for name in ("x", "y", "z") if seed.random() < 0.85}
    if seed.random() < 0.7:
        data["deep"] = {"value": seed.choice(values)}
    if seed.random() < 0.5:
        data["list"] = [seed.choice(values) for _ in range(seed.randint(0, 3))]
    event = {"topic": f"items/{seed.choice('abcdefgh')}", "type": seed.choice(["placed", "placed", "changed", "changed", "paid", "gone", "other"]), "data": data if seed.random() < 0.97 else seed.choice(values)}
    if seed.random() < 0.3:
        event["id"] = f"id-{seed.getrandbits(60)}"
    if seed.random() < 0.1:
        event["topic"] = seed.choice(["other/a", "items/a/b", "items"])
    return event

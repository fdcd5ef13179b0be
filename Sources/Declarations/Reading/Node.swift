import JSON

/// A value of `app.json` with its place, for reading the value strictly.
///
/// A method that returns nil has added a fault, except `child`, which returns nil for an absent member.
struct Node {
    let value: JSONValue
    let pointer: JSONPointer
    let faults: FaultList
    /// The place of an element in its array, from 0; nil for other values.
    var element: Int?

    private static let file = "app.json"
    /// The most members that are compared with a key. No object of the definition has more keys.
    private static let maximumCompared = 32

    /// The last name on the way to the value, as messages quote it; the file's name for the whole file.
    private var label: String {
        if let element { return "element \(element + 1)" }
        return pointer.steps.last.map { "\"\($0.shortened)\"" } ?? Self.file
    }

    /// Adds a fault of the value.
    func fault(_ message: @autoclosure () -> String) { faults.add(file: Self.file, at: pointer, message()) }

    /// Adds a fault of the name of the value.
    func nameFault(_ message: @autoclosure () -> String) {
        faults.add(file: Self.file, at: pointer, isName: true, message())
    }

    /// Adds a fault of a value inside of this one.
    func fault(at inner: JSONPointer, isName: Bool, _ message: @autoclosure () -> String) {
        faults.add(file: Self.file, at: JSONPointer(pointer.steps + inner.steps), isName: isName, message())
    }

    /// Adds the fault that the value has the wrong kind.
    func refuse(mustBe expectation: String) { fault("\(label) must be \(expectation), not \(value.kindName)") }

    /// The value of a member; nil, without a fault, when the object does not have it.
    func child(_ name: String) -> Node? {
        value[name].map { Node(value: $0, pointer: pointer.appending(name), faults: faults) }
    }

    /// The members of an object, at most `limit`; empty for another value.
    ///
    /// - Parameters:
    ///   - expectation: what the object is, in words that follow "must be".
    ///   - limit: the most members.
    ///   - key: a member that the limit does not count.
    ///   - plural: what the members are, for the message that there are too many.
    func members(
        mustBe expectation: String, limit: Int = .max, besides key: String? = nil, of plural: String = "members"
    ) -> [(name: String, node: Node)] {
        guard let object = value.object else {
            refuse(mustBe: expectation)
            return []
        }
        let uncounted = key.flatMap { object[$0] } == nil ? 0 : 1
        let count = object.count - uncounted
        if count > limit { fault("\(label) has \(count) \(plural); the limit is \(limit)") }
        let members = object.entries.prefix(count > limit ? limit + uncounted : object.count).map { name, value in
            (name: name, node: Node(value: value, pointer: pointer.appending(name), faults: faults))
        }
        Self.refuseLookalikes(members)
        return members
    }

    /// Adds a fault for each name that looks like an earlier one, although their bytes differ.
    private static func refuseLookalikes(_ members: [(name: String, node: Node)]) {
        // Swift's strings are equal in this case; the members of an object have different bytes.
        var seen: Set<String> = []
        for (name, node) in members where !seen.insert(name).inserted { node.nameFault(Lookalike.message(name)) }
    }

    /// Checks that the value is an object with no other members than `keys`.
    func keys(_ keys: [String], mustBe expectation: String) -> Bool {
        guard value.object != nil else {
            refuse(mustBe: expectation)
            return false
        }
        for (name, node) in members(mustBe: expectation) where !keys.contains(name) { node.unknownKey(among: keys) }
        return true
    }

    /// Adds the fault that the value's name is not a key.
    func unknownKey(among keys: [String]) {
        let name = pointer.steps.last ?? ""
        nameFault(
            "unknown key \"\(name.shortened)\"; "
                + Suggestion.text(for: name, among: keys, list: "the keys are", none: "there are no keys"))
    }

    /// Whether the object has neither a member nor an unknown key that probably means it.
    ///
    /// A misspelt key is a fault of its own; that the intended key is missing would be a second fault for one mistake.
    ///
    /// - Parameter keys: all keys of the object.
    func lacks(_ key: String, among keys: [String]) -> Bool {
        guard let object = value.object, object[key] == nil else { return false }
        return !object.entries.prefix(Self.maximumCompared).contains { name, _ in
            !keys.contains(name) && Suggestion.nearest(to: name, among: keys) == key
        }
    }

    /// The text of a string.
    func text(mustBe expectation: String) -> String? {
        if let text = value.string { return text }
        refuse(mustBe: expectation)
        return nil
    }

    /// The text of a string of 1 … `limit` characters without control characters.
    func shortText(limit: Int) -> String? {
        let expectation = "a string of 1 to \(limit) characters"
        guard let text = text(mustBe: expectation) else { return nil }
        let count = text.unicodeScalars.count
        guard (1...limit).contains(count) else {
            fault("\(label) must be \(expectation), not \(count)")
            return nil
        }
        guard !NameRule.hasControlCharacter(text) else {
            fault("\(label) contains a control character; write it without")
            return nil
        }
        return text
    }

    /// The value of `true` and `false`; false for another value.
    func boolean() -> Bool {
        if let value = value.bool { return value }
        refuse(mustBe: "true or false")
        return false
    }

    /// A whole number in a range.
    func integer(in range: ClosedRange<Int>) -> Int? {
        let expectation = "a whole number, \(range.lowerBound) to \(range.upperBound)"
        guard let number = value.number else {
            refuse(mustBe: expectation)
            return nil
        }
        guard let integer = number.int, range.contains(integer) else {
            fault("\(label) must be \(expectation), not \(number.text.shortened)")
            return nil
        }
        return integer
    }

    /// The elements of an array, at most `limit`; empty for another value.
    func elements(mustBe expectation: String, limit: Int, of plural: String) -> [Node] {
        guard let array = value.array else {
            refuse(mustBe: expectation)
            return []
        }
        if array.count > limit { fault("\(label) has \(array.count) \(plural); the limit is \(limit)") }
        return array.prefix(limit).enumerated().map { index, value in
            Node(value: value, pointer: pointer.appending(String(index)), faults: faults, element: index)
        }
    }
}

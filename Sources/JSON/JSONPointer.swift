/// A path to a value in a JSON text (RFC 6901): `/items/0/price`; the empty pointer is the whole value.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    /// The names of members and the indices of elements, unescaped.
    public private(set) var steps: [String]

    /// A pointer with steps; without steps, the whole value.
    public init(_ steps: [String] = []) { self.steps = steps }

    /// A pointer with a text; nil when a text that is not empty does not begin with `/`, or when a `~` is followed
    /// neither by `0` nor by `1`.
    public init?(_ text: String) {
        guard !text.isEmpty else {
            self.init()
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        var steps: [String] = []
        for part in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let step = Self.unescaped(part) else { return nil }
            steps.append(step)
        }
        self.init(steps)
    }

    /// The pointer to a member or element of the value that this pointer leads to.
    public func appending(_ step: String) -> JSONPointer { JSONPointer(steps + [step]) }

    /// The text, in which `~` is written `~0` and `/` is written `~1`.
    public var description: String {
        var output: [UInt8] = []
        for step in steps {
            output.append(UInt8(ascii: "/"))
            for byte in step.utf8 {
                switch byte {
                case UInt8(ascii: "~"): output.append(contentsOf: "~0".utf8)
                case UInt8(ascii: "/"): output.append(contentsOf: "~1".utf8)
                default: output.append(byte)
                }
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Whether both pointers have the same steps, compared byte by byte as the keys of objects are.
    public static func == (left: JSONPointer, right: JSONPointer) -> Bool {
        left.steps.count == right.steps.count
            && zip(left.steps, right.steps).allSatisfy { ExactText($0) == ExactText($1) }
    }

    /// Adds the bytes of the steps.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(steps.count)
        for step in steps { ExactText(step).hash(into: &hasher) }
    }

    private static func unescaped(_ part: Substring.UTF8View) -> String? {
        var output: [UInt8] = []
        var isEscape = false
        for byte in part {
            switch (isEscape, byte) {
            case (false, UInt8(ascii: "~")):
                isEscape = true
                continue
            case (true, UInt8(ascii: "0")): output.append(UInt8(ascii: "~"))
            case (true, UInt8(ascii: "1")): output.append(UInt8(ascii: "/"))
            case (true, _): return nil
            case (false, _): output.append(byte)
            }
            isEscape = false
        }
        return isEscape ? nil : String(decoding: output, as: UTF8.self)
    }
}

extension JSONValue {
    /// The value that a pointer leads to; nil when the pointer leads nowhere.
    ///
    /// An element is named by its index without leading zeros.
    public subscript(pointer: JSONPointer) -> JSONValue? {
        var value = self
        for step in pointer.steps {
            switch value {
            case .object(let object):
                guard let member = object[step] else { return nil }
                value = member
            case .array(let elements):
                guard let index = JSONPointer.index(step), index < elements.count else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }
}

extension JSONPointer {
    /// The index of an element that a step names; nil when the step is not a whole number, has a sign or leading zeros.
    static func index(_ step: String) -> Int? {
        guard let index = Int(step), index >= 0, step == String(index) else { return nil }
        return index
    }
}

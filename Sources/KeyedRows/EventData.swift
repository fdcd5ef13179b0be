import EventLog
import JSON

/// The data of an event as text, with the texts of the members that the operations of its type name.
struct EventData {
    /// Nil when the data are not JSON.
    private let text: UnsafeRawBufferPointer?
    /// By the index of the name; without a base address for missing ones.
    private let members: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>

    /// Calls a closure with the data of an event, which are valid during the call.
    @inline(__always)
    static func with(_ event: borrowing EventView, _ names: JSONMemberNames, _ body: (EventData) -> Void) {
        let isJSON = event.isJSON
        event.data.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: UnsafeRawBufferPointer.self, capacity: names.count) { members in
                members.initialize(repeating: UnsafeRawBufferPointer(start: nil, count: 0))
                // Without names the data are not looked at.
                if isJSON, names.count > 0, !names.find(in: bytes, members) {
                    members.update(repeating: UnsafeRawBufferPointer(start: nil, count: 0))
                }
                body(EventData(text: isJSON ? bytes : nil, members: members))
            }
        }
    }

    /// The text of a member; nil when it is missing.
    @inline(__always)
    func member(_ index: Int) -> UnsafeRawBufferPointer? {
        members[index].baseAddress == nil ? nil : members[index]
    }

    /// The value of a member; nil when it is missing.
    func value(_ index: Int) -> JSONValue? { member(index).flatMap { JSONValue(checked: $0) } }

    /// All data; nil when they are not JSON.
    var all: JSONValue? { text.flatMap { try? JSONValue(parsing: $0) } }
}

extension JSONValue {
    /// The value of a text that is known to be JSON.
    fileprivate init?(checked text: UnsafeRawBufferPointer) {
        if let content = text.plainString {
            self = .string(String(decoding: content, as: UTF8.self))
        } else if text.isNumber {
            self = .number(JSONNumber(checked: String(decoding: text, as: UTF8.self)))
        } else if let value = try? JSONValue(parsing: text) {
            self = value
        } else {
            return nil
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The value of a text that is known to be JSON, without a copy; nil for arrays, objects, and strings with escapes.
    var storedScalar: StoredValue? {
        switch first {
        case UInt8(ascii: "\""): plainString.map { .string($0) }
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "t"): .yes
        case UInt8(ascii: "f"): .no
        default: isNumber ? .number(self) : nil
        }
    }

    /// The content of a JSON string without escapes; nil for every other JSON value.
    var plainString: UnsafeRawBufferPointer? {
        guard first == UInt8(ascii: "\"") else { return nil }
        let content = UnsafeRawBufferPointer(rebasing: self[1..<count - 1])
        return content.contains(UInt8(ascii: "\\")) ? nil : content
    }

    /// Whether a JSON value is a number.
    var isNumber: Bool { first.map { $0 == UInt8(ascii: "-") || $0 &- UInt8(ascii: "0") < 10 } ?? false }
}

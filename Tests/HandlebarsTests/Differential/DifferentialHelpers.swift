import Handlebars

/// The helpers of peer.js, in Swift.
enum DifferentialHelpers {
    static let names = [
        "echo", "join", "safe", "list", "object", "nothing", "none", "yes", "no", "number", "kind", "count", "keys",
        "name",
        "me", "field", "datum", "fail",
    ]
    static let blockNames = ["block", "twice", "within", "frame", "params"]

    static let plain: HelperRegistry = [
        "echo": { $0[0] },
        "join": { .string(joined($0.arguments)) },
        "safe": { .safeString($0[0].text) },
        "list": { .array($0.arguments) },
        "object": { .object($0.hash) },
        "nothing": { _ in .undefined },
        "none": { _ in .null },
        "yes": { _ in true },
        "no": { _ in false },
        "number": { _ in 7 },
        "kind": { .string(kind($0[0])) },
        "count": { "\($0.arguments.count)/\($0.hash.count)" },
        "keys": { .string($0.hash.keys.joined(separator: " ")) },
        "name": { .string($0.name) },
        "me": { $0.context },
        "field": { call in
            switch call.context {
            case .object, .array: call.context["a"]
            default: .undefined
            }
        },
        "datum": { $0.data($0.arguments.isEmpty ? "index" : $0[0].text) },
        "fail": { _ in throw Failure() },
        "block": { "<\(try $0.fn())|\(try $0.inverse())>" },
        "twice": { .string(try $0.fn() + $0.fn()) },
        "within": { .string(try $0[0].isFalsy ? $0.inverse() : $0.fn($0[0])) },
        "frame": { call in
            .string(try call.fn(data: ["custom": call["custom"]], blockParameters: [call[0], "second"]))
        },
        "params": { "\($0.blockParameterCount)" },
    ]

    static let hooked = plain.merging([
        "helperMissing": { "missing \($0.name) \($0.arguments.count)" },
        "blockHelperMissing": { "section \($0.name) \(try $0.fn())\(try $0.inverse())" },
    ])

    private struct Failure: Error {}

    /// `String(value)` of each, which is not what `join` alone makes of an array.
    private static func joined(_ values: [Value]) -> String {
        values.map(\.text).joined(separator: ",")
    }

    private static func kind(_ value: Value) -> String {
        switch value {
        case .undefined: "undefined"
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .safeString, .object: "object"
        case .function: "function"
        }
    }
}

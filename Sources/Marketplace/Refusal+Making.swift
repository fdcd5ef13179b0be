import JSON

extension Refusal {
    static func invalid(_ field: String, mustBe expectation: String, found: String) -> Refusal {
        Refusal(code: .invalid, message: "\(field) must be \(expectation), not \(found)", field: field)
    }

    static func missing(_ field: String, mustBe expectation: String) -> Refusal {
        Refusal(code: .missing, message: "\(field) is missing; it must be \(expectation)", field: field)
    }

    static func unknownField(_ field: String, of command: String, fields: [String]) -> Refusal {
        let name = field.shortened
        return Refusal(
            code: .unknownField,
            message: "\(command) has no field \"\(name)\"; its fields are \(fields.joined(separator: ", "))",
            field: name)
    }

    static func unknownCommand(_ name: String) -> Refusal {
        let known = MarketplaceState.commandNames.joined(separator: ", ")
        return Refusal(
            code: .unknownCommand, message: "there is no command \"\(name.shortened)\"; the commands are \(known)")
    }

    static func duplicate(code: String, of product: Int) -> Refusal {
        Refusal(
            code: .duplicate,
            message: "code must be one that no other product has; product \(product) has \"\(code)\"",
            field: "code")
    }

    static func notFound(product: Int) -> Refusal {
        Refusal(code: .notFound, message: "there is no product \(product)", field: "id")
    }

    static func stale(_ product: Product, expected: UInt64) -> Refusal {
        Refusal(
            code: .stale,
            message: "product \(product.id) is at version \(product.version), not \(expected); "
                + "read it again and decide anew")
    }
}

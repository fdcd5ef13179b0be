extension DecodingError {
    /// What is wrong and where, for the client's developer: `user.age must be Int`.
    var plainWords: String {
        switch self {
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            "\(Self.place(context.codingPath)) must be \(type)"
        case .keyNotFound(let key, let context): "\(Self.place(context.codingPath + [key])) is missing"
        case .dataCorrupted(let context):
            "\(Self.place(context.codingPath)) cannot be read: \(context.debugDescription)"
        @unknown default: "it cannot be read"
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        path.isEmpty
            ? "it" : path.map { key in key.intValue.map(String.init) ?? key.stringValue }.joined(separator: ".")
    }
}

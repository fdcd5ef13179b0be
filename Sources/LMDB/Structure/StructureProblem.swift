/// Something in an LMDB file that LMDB never writes.
public struct StructureProblem: Hashable, Sendable {
    /// The page it was found on; nil when it is about the whole file.
    public let page: UInt64?
    /// One sentence without the page: what is wrong.
    public let message: String
    /// Whether LMDB would open the file all the same.
    let isUnseenByLMDB: Bool

    init(page: UInt64?, message: String, isUnseenByLMDB: Bool = true) {
        self.page = page
        self.message = message
        self.isUnseenByLMDB = isUnseenByLMDB
    }
}

extension StructureProblem: CustomStringConvertible {
    /// For example `page 12: database events: the keys are not in order`.
    public var description: String { page.map { "page \($0): \(message)" } ?? message }
}

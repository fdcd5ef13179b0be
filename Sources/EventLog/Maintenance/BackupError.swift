/// Why a log was not backed up, restored or compacted; what was there before is as it was.
public struct BackupError: Error, Hashable, Sendable {
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The place it is to go to holds something already.
        public static let occupied = Code(rawValue: "occupied")
        /// Another process uses the log.
        public static let inUse = Code(rawValue: "in-use")
        /// The file or directory to restore is not a backup, or does not exist.
        public static let notABackup = Code(rawValue: "not-a-backup")
        /// What was copied is not a sound log.
        public static let unsound = Code(rawValue: "unsound")
        /// LMDB or the operating system refused.
        public static let failed = Code(rawValue: "failed")
    }

    public let code: Code
    /// One sentence: what is wrong, where, and how to mend it.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// - Parameter reason: what is at `path` instead of a backup, as the rest of a sentence.
    init(notABackup path: String, _ reason: String) {
        self.init(.notABackup, "\(path) is not a backup: \(reason); name a directory that `bitacora log backup` made")
    }
}

extension BackupError: CustomStringConvertible {
    public var description: String { message }
}

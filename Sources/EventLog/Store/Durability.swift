internal import Glibc

/// When a commit reaches the disk.
public enum Durability: Hashable, Sendable {
    /// Before it is acknowledged. Nothing acknowledged is lost in a power cut.
    case sync
    /// At most this many milliseconds later. A killed process loses nothing;
    /// a power cut may lose that much, or damage the file.
    case interval(milliseconds: Int)
    /// When the operating system likes, and at `close`. A killed process loses
    /// nothing; a power cut may lose anything, or damage the file.
    case none
}

extension Durability: LosslessStringConvertible {
    /// `sync`, `interval(MS)` (1 … 60,000) or `none`.
    public init?(_ description: String) {
        switch description {
        case "sync": self = .sync
        case "none": self = .none
        default:
            guard description.hasPrefix("interval("), description.hasSuffix(")"),
                let milliseconds = Int(description.dropFirst(9).dropLast()), (1...60_000).contains(milliseconds)
            else { return nil }
            self = .interval(milliseconds: milliseconds)
        }
    }

    public var description: String {
        switch self {
        case .sync: "sync"
        case .interval(let milliseconds): "interval(\(milliseconds))"
        case .none: "none"
        }
    }
}

/// What the disk may lack of a log, as its last writer left word in `writer.lock`.
///
/// Without a sync before each acknowledgement (`Durability`) the system writes
/// pages in an order of its own. A killed process loses nothing by that; a
/// power cut leaves any mixture of old and new pages, which LMDB would believe.
///
/// ```
/// writer   marks, synced ── commits … commits ── closes: syncs, then takes the mark back
///                                 └─ power cut: the mark stands, of an earlier run of the machine
/// next     finds it ── checks everything ── marks for itself ── commits …
/// ```
enum UnsyncedMark: Hashable, Sendable {
    /// Everything that was committed is on the disk.
    case nothing
    /// Commits of that run of the machine may not be.
    case commits(run: String)
    /// A sync failed: the system may have dropped pages, and still show them until it forgets them.
    case failedSync
    /// The write of a meta page failed, where each commit has its own sync: memory and disk may differ in which commit is
    /// the newest, but every commit is whole. Such commits do not contain their numbers (`Store.write`).
    case failedMeta

    /// Names this run of the machine; another after each start of the kernel.
    static let currentBoot: String = {
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        // Nobody can tell one run from the next here: each opening looks like a new one.
        guard descriptor >= 0 else { return "\(getpid())" }
        defer { close(descriptor) }
        return withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self).filter { !$0.isWhitespace }
        }
    }()

    /// What a writer of this durability marks while it runs.
    static func whileWriting(with durability: Durability) -> UnsyncedMark {
        durability == .sync ? .nothing : .commits(run: currentBoot)
    }

    /// Whether what lies there may be a mixture.
    var needsCheck: Bool { self != .nothing && self != .commits(run: Self.currentBoot) }

    /// Whether pages in the system's memory may differ from those on the disk.
    var mayDifferFromMemory: Bool { self == .failedSync || self == .failedMeta }

    /// Whether commits may have lost pages; such commits contain their numbers, which show whether the newest is whole.
    var mayMixCommits: Bool { needsCheck && self != .failedMeta }
}

extension UnsyncedMark: LosslessStringConvertible {
    /// `synced`, `unsynced RUN`, `sync failed` or `meta page failed`.
    init?(_ description: String) {
        switch description {
        case "synced": self = .nothing
        case "sync failed": self = .failedSync
        case "meta page failed": self = .failedMeta
        default:
            guard description.hasPrefix("unsynced ") else { return nil }
            self = .commits(run: String(description.dropFirst(9)))
        }
    }

    var description: String {
        switch self {
        case .nothing: "synced"
        case .commits(let run): "unsynced \(run)"
        case .failedSync: "sync failed"
        case .failedMeta: "meta page failed"
        }
    }
}

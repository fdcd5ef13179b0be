internal import Glibc

/// When a commit reaches the disk.
///
/// A killed process loses nothing in any of the three; the difference is a power cut.
public enum Durability: Hashable, Sendable {
    /// Before the append is acknowledged. A power cut loses no acknowledged append.
    case sync
    /// At most this many milliseconds after the append is acknowledged. A power cut may lose the appends of that time, or
    /// damage the file.
    case interval(milliseconds: Int)
    /// When the operating system writes it, and at `close`. A power cut may lose every append since the log was opened,
    /// or damage the file.
    case none
}

extension Durability: LosslessStringConvertible {
    /// Reads `sync`, `interval(MS)` with 1 … 60,000 milliseconds, or `none`; nil for any other text.
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

    /// The text that `init(_:)` reads.
    public var description: String {
        switch self {
        case .sync: "sync"
        case .interval(let milliseconds): "interval(\(milliseconds))"
        case .none: "none"
        }
    }
}

/// Which commits of a log may be missing on the disk, as its last writer noted in `writer.lock`.
///
/// Without a sync before each acknowledgement (`Durability`) the system writes pages in any order. A killed process loses
/// nothing by that; a power cut leaves a mixture of old and new pages, which LMDB would not detect.
///
/// ```
/// writer   writes and syncs a mark ── commits … commits ── closes: syncs the log, then removes the mark
///                                           └─ power cut: the mark stays, of an earlier run of the machine
/// next     finds the mark ── checks the log ── writes its own mark ── commits …
/// ```
enum UnsyncedMark: Hashable, Sendable {
    /// Every commit is on the disk.
    case nothing
    /// Commits that were made in this run of the machine may be missing.
    case commits(run: String)
    /// A sync failed: pages may be missing on the disk, although the system's memory may still have them.
    case failedSync
    /// The write of a meta page failed in a log that syncs each commit: memory and disk may differ in which commit is the
    /// newest, but every commit is whole. Such commits do not contain their numbers (`Store.write`).
    case failedMeta

    /// The name of this run of the machine, which changes at each start of the kernel.
    static let currentBoot: String = {
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        // Without it, runs cannot be distinguished: each process counts as a run of its own.
        guard descriptor >= 0 else { return "\(getpid())" }
        defer { close(descriptor) }
        return withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self).filter { !$0.isWhitespace }
        }
    }()

    /// The mark of a writer with this durability while it runs.
    static func whileWriting(with durability: Durability) -> UnsyncedMark {
        durability == .sync ? .nothing : .commits(run: currentBoot)
    }

    /// Whether the file may be a mixture of old and new pages, and must be checked.
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

import EventLog
import Glibc
import LMDB
import Testing

@Suite("Backup, restore, compact") struct BackupTests {
    private static func fill(_ log: EventLog, _ numbers: ClosedRange<Int>) async throws {
        try await log.append(numbers.map { sample($0, topic: "t/\($0 % 7)", id: $0 % 3 == 0 ? "id \($0)" : nil) })
    }

    private static func names(in directory: String) -> Set<String> {
        guard let folder = opendir(directory) else { return [] }
        defer { closedir(folder) }
        var names: Set<String> = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.insert(name) }
        }
        return names
    }

    private static func remove(_ directory: String) {
        for name in names(in: directory) { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }

    @Test("a backup made while a process writes is sound, and has every event acknowledged before its beginning")
    func hot() async throws {
        try await withTemporaryDirectory { directory in
            defer { for name in ["log", "copy"] { Self.remove("\(directory)/\(name)") } }
            let log = try openLog(directory + "/log", unsynced)
            defer { log.close() }
            try await Self.fill(log, 1...5000)
            async let appending: Void = {
                for start in stride(from: 5001, through: 9001, by: 500) {
                    try await Self.fill(log, start...start + 499)
                }
            }()
            let verification = try log.backup(to: directory + "/copy")
            try await appending
            #expect(Self.names(in: directory + "/copy") == ["data.mdb"])
            let copy = try openLog(directory + "/copy", reading)
            defer { copy.close() }
            #expect(copy.head == verification.head && copy.head >= 5000 && copy.id == log.id)
            #expect(try copy.read(limit: 20_000).events == log.read(through: copy.head, limit: 20_000).events)
        }
    }

    @Test("an existing directory is not changed, and the rest of an earlier attempt is removed")
    func places() async throws {
        try await withTemporaryDirectory { directory in
            defer { for name in ["log", "copy", "empty", "full"] { Self.remove("\(directory)/\(name)") } }
            let log = try openLog(directory + "/log", unsynced)
            defer { log.close() }
            try await Self.fill(log, 1...10)
            for name in ["copy.partial", "empty", "full"] { mkdir("\(directory)/\(name)", 0o700) }
            for name in ["copy.partial/data.mdb", "full/mine"] { try write([1], to: "\(directory)/\(name)") }
            let full = directory + "/full"
            let error = #expect(throws: BackupError.self) { try log.backup(to: full) }
            #expect(error?.code == .occupied && error?.message == "\(full) already exists; name a new directory")
            #expect(Self.names(in: full) == ["mine"])
            try log.backup(to: directory + "/empty/")
            try log.backup(to: directory + "/copy")
            #expect(Self.names(in: directory) == ["log", "copy", "empty", "full"])
        }
    }

    @Test("a log that is not sound is not backed up, and nothing is left")
    func unsound() async throws {
        try await withTemporaryDirectory { directory in
            defer { Self.remove("\(directory)/log") }
            let log = try openLog(directory + "/log", unsynced)
            try await Self.fill(log, 1...10)
            log.close()
            try tamper(directory + "/log", .events) { (t, events) throws(LMDBError) in try t.delete(events, 4) }
            let damaged = try openLog(directory + "/log", reading)
            defer { damaged.close() }
            let error = #expect(throws: BackupError.self) { try damaged.backup(to: directory + "/copy") }
            #expect(error?.code == .unsound)
            #expect(
                error?.message
                    == "the log is not sound, offset 4: event 4 is missing; `bitacora log verify` reports all problems")
            #expect(Self.names(in: directory) == ["log"])
        }
    }

    @Test("a restored log has all events and a new id, takes appends, is sound, and can be restored again")
    func restores() async throws {
        try await withTemporaryDirectory { directory in
            defer { for name in ["log", "copy", "new", "newer", "newest"] { Self.remove("\(directory)/\(name)") } }
            let log = try openLog(directory + "/log", unsynced)
            try await Self.fill(log, 1...100)
            let (id, events) = (log.id, try log.read().events)
            try log.backup(to: directory + "/copy")
            log.close()
            try EventLog.restore(from: directory + "/copy", to: directory + "/new")
            #expect(Self.names(in: directory + "/new") == ["data.mdb"])
            let restored = try openLog(directory + "/new", unsynced)
            #expect(restored.id != id)
            #expect(try restored.read().events == events)
            #expect(try await restored.append(sample()).offset == 101)
            #expect(try restored.verify().isSound)
            try restored.backup(to: directory + "/newer")
            let second = restored.id
            restored.close()
            try EventLog.restore(from: directory + "/newer", to: directory + "/newest")
            let again = try openLog(directory + "/newest", reading)
            defer { again.close() }
            #expect(again.id != second && again.id != id && again.head == 101)
            #expect(try again.verify().isSound)
        }
    }

    @Test("a directory that is not a backup, or a damaged one, is not restored, and nothing is left")
    func badBackups() async throws {
        try await withTemporaryDirectory { directory in
            defer { for name in ["copy", "log"] { Self.remove("\(directory)/\(name)") } }
            let none = #expect(throws: BackupError.self) {
                try EventLog.restore(from: directory + "/none", to: directory + "/new")
            }
            #expect(none?.code == .notABackup)
            #expect(
                none?.message
                    == "\(directory)/none is not a backup: it does not exist; name a directory that `bitacora log backup` made"
            )
            mkdir(directory + "/copy", 0o700)
            try write([UInt8](repeating: 7, count: 9000), to: directory + "/copy/data.mdb")
            let foreign = #expect(throws: BackupError.self) {
                try EventLog.restore(from: directory + "/copy", to: directory + "/new")
            }
            #expect(foreign?.code == .unsound)
            #expect(
                foreign?.message.hasPrefix(
                    "\(directory)/copy is not a sound backup: its data.mdb is damaged or is not the file of a log, page 0: "
                ) == true)
            #expect(Self.names(in: directory) == ["copy"])
            Self.remove(directory + "/copy")
            let log = try openLog(directory + "/log", unsynced)
            try await Self.fill(log, 1...10)
            try log.backup(to: directory + "/copy")
            log.close()
            try tamper(directory + "/copy", .events) { (t, events) throws(LMDBError) in try t.delete(events, 4) }
            let damaged = #expect(throws: BackupError.self) {
                try EventLog.restore(from: directory + "/copy", to: directory + "/new")
            }
            #expect(damaged?.code == .unsound)
            #expect(Self.names(in: directory) == ["copy", "log"])
        }
    }

    @Test("compacting removes the pages of trimmed events and changes nothing else")
    func compacts() async throws {
        try await withTemporaryDirectory { directory in
            defer { Self.remove("\(directory)/log") }
            let log = try openLog(directory + "/log", unsynced)
            try await Self.fill(log, 1...9000)
            try await log.trim(before: 8001, projections: [])
            let (id, events) = (log.id, try log.read(limit: 9000).events)
            log.close()
            let (before, after) = try EventLog.compact(directory: directory + "/log")
            #expect(after < before / 2)
            let again = try openLog(directory + "/log", unsynced)
            defer { again.close() }
            #expect(again.id == id)
            #expect(try again.read(limit: 9000).events == events)
            #expect(try await again.append(sample()).offset == 9001)
            #expect(try again.verify().isSound)
        }
    }

    @Test("the compact file has the owner and the permissions of the old one")
    func owner() async throws {
        try await withTemporaryDirectory { directory in
            defer { Self.remove("\(directory)/log") }
            let log = try openLog(directory + "/log", unsynced)
            try await Self.fill(log, 1...10)
            log.close()
            let data = directory + "/log/data.mdb"
            #expect(chmod(data, 0o664) == 0)
            if geteuid() == 0 { #expect(chown(data, 1234, 1235) == 0) }
            var (before, after) = (stat(), stat())
            #expect(stat(data, &before) == 0)
            _ = try EventLog.compact(directory: directory + "/log")
            #expect(stat(data, &after) == 0)
            #expect((after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode))
            #expect(after.st_ino != before.st_ino)
        }
    }

    @Test("of two simultaneous backups to one directory one is made, and the other is refused")
    func twice() async throws {
        try await withTemporaryDirectory { directory in
            defer { for name in ["log", "copy"] { Self.remove("\(directory)/\(name)") } }
            let log = try openLog(directory + "/log", unsynced)
            defer { log.close() }
            try await Self.fill(log, 1...10)
            mkdir(directory + "/copy.partial", 0o700)
            let other = open(directory + "/copy.partial", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            #expect(flock(other, LOCK_EX | LOCK_NB) == 0)
            let error = #expect(throws: BackupError.self) { try log.backup(to: directory + "/copy//") }
            #expect(
                error?.code == .inUse
                    && error?.message.hasPrefix("\(directory)/copy.partial is being written by another process") == true
            )
            close(other)
            try log.backup(to: directory + "/copy//")
            #expect(Self.names(in: directory) == ["log", "copy"])
        }
    }

    @Test(
        "compacting is refused while another process has the log open, with its number",
        arguments: [EventLog.Access.read, .write])
    func inUse(access: EventLog.Access) async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            try await Self.fill(log, 1...10)
            log.close()
            let holder = try openLog(directory) { $0.access = access }
            defer { holder.close() }
            await #expect(processExitsWith: .exitCode(5)) {
                [directory = directory as String, process = getpid() as Int32] in
                do {
                    _ = try EventLog.compact(directory: directory)
                } catch let error as BackupError {
                    exit(error.code == .inUse && error.message.contains("process \(process)") ? 5 : 6)
                }
            }
            #expect(try holder.read().events.count == 10)
        }
    }

    @Test(
        "a copy, whose commits have other numbers, is not mistaken for an incomplete log",
        arguments: [(Durability.sync, "sync failed"), (.none, "unsynced before")])
    func numberedCommits(durability: Durability, mark: String) async throws {
        try await withTemporaryDirectory { directory in
            defer { for name in ["log", "copy"] { Self.remove("\(directory)/\(name)") } }
            let log = try openLog(directory + "/log", unsynced)
            for number in 1...5 { try await Self.fill(log, number...number) }
            try log.backup(to: directory + "/copy")
            log.close()
            let copy = try openLog(directory + "/copy") { $0.durability = durability }
            // As it is before the first append, and then left in another way than by closing it.
            let file = open(directory + "/copy/data.mdb", O_RDONLY)
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            let count = pread(file, &bytes, bytes.count, 0)
            close(file)
            copy.close()
            try #require(count > 0 && count < bytes.count)
            try write(Array(bytes.prefix(count)), to: directory + "/copy/data.mdb")
            try write(Array("1\nnone\n\(mark)\n\n".utf8), to: directory + "/copy/writer.lock")
            let again = try openLog(directory + "/copy")
            defer { again.close() }
            #expect(again.head == 5)
        }
    }
}

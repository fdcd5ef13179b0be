import Declarations
import EventLog
import JSON
import KeyedRows
import Testing

@Suite("the application of a log")
struct ApplicationLogTests {
    /// The application with one more field of the orders, so that the collection has other snapshots.
    private static let changed = FolderApplication.files.mapValues {
        $0.replacing(#""status": "=placed" }"#, with: #""status": "=placed", "placed": "offset" }"#)
    }

    @Test(
        "state prints the rows of a collection, and of the collections that are grouped from it",
        arguments: [
            (
                ["orders"],
                #"{"1":{"customer":"Ada","total":10,"status":"paid","paid":10},"2":{"customer":"Bob","total":5,"status":"cancelled"},"3":{"customer":"Ada","total":2.5,"status":"placed"}}"#
            ),
            (["orders", "--at", "1"], #"{"1":{"customer":"Ada","total":10,"status":"placed"}}"#),
            (["orders", "--at", "0"], "{}"),
            (["customers"], #"{"Ada":{"orders":2,"spent":12.5},"Bob":{"orders":1,"spent":5}}"#),
            (["customers", "--at", "1"], #"{"Ada":{"orders":1,"spent":10}}"#),
        ])
    func state(_ arguments: [String], _ rows: String) async throws {
        let log = try await FolderApplication.log()
        let plain = try await Tool.run(["log", "state", "--data", log.directory] + arguments)
        #expect(plain.status == 0 && plain.errors.isEmpty, "\(plain.errors)")
        #expect(plain.lines.count == 1)
        let state = try JSONValue(parsing: plain.output)
        #expect(
            state == (try JSONValue(parsing: #"{"rows":\#(rows),"startedAfter":0,"skipped":{}}"#)), "\(plain.output)")
        let json = try JSONValue(
            parsing: try await Tool.run(["log", "state", "--json", "--data", log.directory] + arguments).output)
        #expect(json["projection"]?.string == arguments[0])
        #expect(json["state"] == state)
    }

    @Test("an unknown projection is refused with the names that the log has", arguments: ["state", "diff"])
    func unknown(_ command: String) async throws {
        let log = try await FolderApplication.log()
        let arguments = command == "state" ? ["state", "costumers"] : ["diff", "--projection", "costumers", "1", "2"]
        let result = try await Tool.run(["log"] + arguments + ["--data", log.directory])
        #expect(result.status == 1)
        #expect(
            result.errors
                == "bitacora: the log in \(log.directory) has no collection or projection 'costumers'; the names are orders, customers; did you mean 'customers'?\n"
        )
    }

    @Test("diff compares all collections, or one")
    func diff() async throws {
        let log = try await FolderApplication.log()
        let all = try await Tool.log("diff", "3", "5", in: log)
        #expect(all.status == 0, "\(all.errors)")
        #expect(
            all.lines.map { $0.hasPrefix("+ rows.3  {") ? "+ rows.3" : $0 } == [
                "orders from offset 3 to 5: 2 changes", #"~ rows.2.status  "placed" → "cancelled""#, "+ rows.3",
                "customers from offset 3 to 5: 2 changes", "~ rows.Ada.orders  1 → 2", "~ rows.Ada.spent  10 → 12.5",
            ])
        let one = try await Tool.log("diff", "--projection", "customers", "3", "5", in: log)
        #expect(one.lines == Array(all.lines.dropFirst(3)))
    }

    @Test("--app replaces the stored definition, and gives a log without one collections")
    func given() async throws {
        let (log, files) = (try await FolderApplication.log(), try TemporaryFiles(Self.changed))
        let stored = try await Tool.log("state", "orders", "--at", "1", in: log)
        #expect(stored.status == 0 && !stored.output.contains(#""placed":1"#), "\(stored.errors)")
        let bare = try await TemporaryLog(FolderApplication.events)
        #expect(try await Tool.log("state", "orders", in: bare).status == 1)
        for directory in [log, bare] {
            let result = try await Tool.log("state", "orders", "--at", "1", "--app", files.directory, in: directory)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains(#""placed":1"#), "\(result.output)")
        }
    }

    @Test(
        "a folder with errors ends the command with all of them",
        arguments: [["state", "orders"], ["verify"], ["trim", "--before", "2", "--yes"]])
    func broken(_ arguments: [String]) async throws {
        let (log, files) = (
            try await FolderApplication.log(), try TemporaryFiles(["app.json": #"{"topics":1,"pages":2}"#])
        )
        let result = try await Tool.run(["log"] + arguments + ["--app", files.directory, "--data", log.directory])
        #expect(result.status == 1 && result.output.isEmpty)
        let lines = result.errors.split(separator: "\n")
        #expect(lines.count == 3, "\(result.errors)")
        #expect(lines[0].hasPrefix("bitacora: \(files["app.json"]):1:11: "))
        #expect(lines[1].hasPrefix("\(files["app.json"]):1:21: "))
        #expect(lines[2] == "2 errors in the application")
    }

    @Test("a log without a definition has the state of the application in the executable")
    func noDefinition() async throws {
        let log = try await TemporaryLog.sample()
        #expect(try await Tool.log("state", "marketplace", in: log).status == 0)
        let refused = try await Tool.log("state", "orders", in: log)
        #expect(refused.status == 1)
        #expect(refused.errors.hasSuffix("has no collection or projection 'orders'; the names are marketplace\n"))
    }

    @Test("the projection of the executable belongs to a log with a definition only if the log has its snapshots")
    func snapshotsOfTheExecutable() async throws {
        let log = try await FolderApplication.log()
        #expect(try await Tool.log("state", "marketplace", in: log).status == 1)
        let writer = try EventLog(directory: log.directory)
        do {
            defer { Tool.whileNothingIsSpawned { writer.close() } }
            try await writer.save(Snapshot(name: "marketplace", offset: 1, state: [1]))
        }
        let result = try await Tool.log("state", "marketplace", in: log)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.hasPrefix("bitacora: the snapshot of marketplace at offset 1 "), "\(result.errors)")
    }

    /// The names of the projections that the log has snapshots of, without the hash of a collection.
    private func snapshots(_ log: TemporaryLog) throws -> [String] {
        var options = EventLog.Options()
        options.access = .read
        let reader = try EventLog(directory: log.directory, options: options)
        defer { reader.close() }
        return try reader.snapshots().map { String($0.name.prefix { $0 != "@" }) + " \($0.offset)" }
    }

    @Test("a trim keeps the rows of the stored collections, and stores no other state")
    func trim() async throws {
        let log = try await FolderApplication.log()
        let before = try await Tool.log("diff", "3", "5", in: log)
        let result = try await Tool.log("trim", "--before", "4", "--yes", in: log)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try snapshots(log) == ["orders 3"])
        #expect(try await Tool.log("diff", "3", "5", in: log).output == before.output)
        #expect(try await Tool.log("verify", in: log).status == 0)
        let refused = try await Tool.log("state", "customers", "--at", "2", in: log)
        #expect(refused.status == 2)
        #expect(
            refused.errors
                == "bitacora: there is no state of customers at offset 2: events before offset 4 are no longer kept; offsets with a state: 3 to 5\n"
        )
    }

    @Test("a trim removes snapshots of collections that no definition has, and refuses to lose other states")
    func trimWithOldSnapshots() async throws {
        let log = try await FolderApplication.log()
        let writer = try EventLog(directory: log.directory)
        do {
            defer { Tool.whileNothingIsSpawned { writer.close() } }
            for name in ["orders@0123456789ab", "other"] {
                try await writer.save(Snapshot(name: name, offset: 1, state: [1]))
            }
        }
        let result = try await Tool.log("trim", "--before", "4", "--yes", in: log)
        #expect(result.status == 1)
        #expect(result.errors.contains("the projection other could not be rebuilt"), "\(result.errors)")
        #expect(try snapshots(log).contains("other 1") && !snapshots(log).contains("orders 1"))
        #expect(try log.eventJSON().count == 5)
    }

    @Test("a trim with --app also keeps the rows of the stored collections")
    func trimWithFolder() async throws {
        let (log, files) = (try await FolderApplication.log(), try TemporaryFiles(Self.changed))
        let state = try await Tool.log("state", "orders", in: log)
        let result = try await Tool.log("trim", "--before", "4", "--yes", "--app", files.directory, in: log)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try snapshots(log) == ["orders 3", "orders 3"])
        #expect(try await Tool.log("state", "orders", in: log).output == state.output)
    }

    @Test("a collection that is defined after a trim begins after the trimmed events, and its state says so")
    func definedLater() async throws {
        let log = try await TemporaryLog(FolderApplication.events)
        try await log.trim(before: 4)
        try await FolderApplication.store(FolderApplication.files, in: log)
        let result = try await Tool.log("state", "customers", in: log)
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.lines == [
                #"{"rows":{"Ada":{"orders":1,"spent":2.5}},"startedAfter":3,"skipped":{}}"#
            ])
        #expect(result.errors.contains("begins after offset 3"), "\(result.errors)")
    }

    @Test(
        "the offsets with a state of a collection that is defined after a trim begin before the kept events, also with a snapshot at the head"
    )
    func offsetsOfDefinedLater() async throws {
        let log = try await FolderApplication.log()
        #expect(try await Tool.log("trim", "--before", "4", "--yes", in: log).status == 0)
        try await FolderApplication.store(Self.changed, in: log)
        let projection = CollectionProjection(try FolderApplication.definition(Self.changed).collections[0])
        let writer = try EventLog(directory: log.directory)
        do {
            defer { Tool.whileNothingIsSpawned { writer.close() } }
            let state = try writer.state(of: projection, at: 5).state
            try await writer.save(Snapshot(name: projection.name, offset: 5, state: projection.encode(state)))
        }
        for (arguments, name) in [
            (["state", "orders", "--at", "2"], "orders"),
            (["diff", "2", "5", "--projection", "customers"], "customers"),
            (["diff", "2", "5"], "orders, customers"),
        ] {
            let refused = try await Tool.run(["log"] + arguments + ["--data", log.directory])
            #expect(refused.status == 2)
            #expect(
                refused.errors
                    == "bitacora: there is no state of \(name) at offset 2: events before offset 4 are no longer kept; offsets with a state: 3 to 5\n"
            )
        }
        for offset in 3...5 {
            #expect(try await Tool.log("state", "orders", "--at", "\(offset)", in: log).status == 0)
        }
    }

    /// A log with a snapshot of the orders that can be read, and has the rows of another log.
    private static func wrong() async throws -> TemporaryLog {
        let log = try await FolderApplication.log()
        let other = try await TemporaryLog([
            FolderApplication.event(9, "order.placed", #"{"customer":"Eve","total":1}"#)
        ])
        let projection = CollectionProjection(try FolderApplication.definition(FolderApplication.files).collections[0])
        let (source, target) = (try EventLog(directory: other.directory), try EventLog(directory: log.directory))
        defer {
            Tool.whileNothingIsSpawned {
                source.close()
                target.close()
            }
        }
        let state = try source.state(of: projection, at: 1).state
        try await target.save(Snapshot(name: projection.name, offset: 3, state: projection.encode(state)))
        return log
    }

    @Test("verify, backup, restore and compact find a snapshot of a collection that differs from the events")
    func wrongSnapshot() async throws {
        let (log, files) = (try await Self.wrong(), try TemporaryFiles([:]))
        for arguments in [["verify"], ["backup", files["b"]], ["compact", "--yes"]] {
            let result = try await Tool.run(["log"] + arguments + ["--data", log.directory])
            #expect(result.status == 1, "\(arguments) \(result.errors)")
            #expect(
                (result.output + result.errors).contains("does not match the state rebuilt from the events"),
                "\(arguments) \(result.output) \(result.errors)")
        }
        let repaired = try await Tool.log("repair", "--yes", "--json", in: log)
        #expect(try JSONValue(parsing: repaired.output)["removed"]?.array?.count == 1, "\(repaired.errors)")
        #expect(try await Tool.log("verify", in: log).status == 0)
        #expect(try await Tool.log("backup", files["b"], in: log).status == 0)
        let restored = try await Tool.run(["log", "restore", files["b"], "--data", files["new"]])
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(try await Tool.run(["log", "state", "orders", "--data", files["new"]]).output.contains("cancelled"))
    }

    @Test("a definition of another version is reported, and the events can be verified without it")
    func otherVersion() async throws {
        let log = try await TemporaryLog(FolderApplication.events)
        let writer = try EventLog(directory: log.directory)
        do {
            defer { Tool.whileNothingIsSpawned { writer.close() } }
            try await writer.storeDefinition(Array(#"{"version":9}"#.utf8))
        }
        let message =
            "bitacora: the definition of the application that the log in \(log.directory) has stored cannot be used: "
        let state = try await Tool.log("state", "orders", in: log)
        #expect(state.status == 2 && state.errors.hasPrefix(message), "\(state.errors)")
        let trim = try await Tool.log("trim", "--before", "3", "--yes", in: log)
        #expect(trim.status == 2 && trim.errors.hasPrefix(message), "\(trim.errors)")
        let verify = try await Tool.log("verify", in: log)
        #expect(verify.status == 0 && verify.errors.hasPrefix(message), "\(verify.errors)")
        #expect(verify.errors.hasSuffix("the snapshots of its collections were not checked\n"))
    }
}

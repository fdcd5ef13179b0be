import ArgumentParser
import EventLog
import Inspection
import JSON
import LMDB

extension Log {
    /// `bitacora log verify`: checks a log for damage and changes.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the file, the digest chain, the indexes and the snapshots.",
            discussion: """
                Example: bitacora log verify --data Data/log

                The structure of the file is checked first. When it is damaged, nothing else is checked, and the log \
                must be restored from a backup. Then every event up to the current head is read; the server can keep \
                writing. Each event is checked against the digest chain, the indexes against the events, and the \
                snapshots against the state that is rebuilt from the events. The projections of these states are the \
                collections of the definition that the log has stored and of --app, and that of the application in the \
                executable when the log has its snapshots or no definition.

                The printed digest covers the whole log up to the head. Store it elsewhere to detect later whether \
                events were changed together with their digests.

                The fields of --json are sound, first, head, events, bytes, digest, seconds, problemCount and \
                problems (part, offset, page, message; the first \(Verification.describedProblems)). Exit status 1 when \
                there are problems. When the file is damaged, first, head, events, bytes and digest are null.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup var application: ApplicationOption

        func run() async throws {
            let given = try application.definition()
            let started = ContinuousClock.now
            let damage = try checkStructure()
            guard damage.isEmpty else {
                return try finish(Report(damage: damage, seconds: (ContinuousClock.now - started) / .seconds(1)))
            }
            let log = try log.open()
            defer { log.close() }
            var progress = ProgressBar("verifying", total: log.head.rawValue, unit: "events")
            let verification = try log.verify(
                projections: LogApplication.projections(of: log, given: given)
            ) { progress.update($0.rawValue) }
            progress.clear()
            try finish(
                Report(
                    verification: verification, digest: Self.digest(at: verification.head, in: log),
                    seconds: (ContinuousClock.now - started) / .seconds(1)))
        }

        /// Checks the structure before LMDB reads the file, because LMDB crashes on some kinds of damage.
        private func checkStructure() throws -> [StructureProblem] {
            var progress: ProgressBar?
            defer { progress?.clear() }
            return try EventLog.checkStructure(directory: log.directory) { done, total in
                if progress == nil { progress = ProgressBar("checking", total: total, unit: "pages") }
                progress?.update(done)
            }
        }

        private func finish(_ report: Report) throws {
            try log.printResult(report.json, report.text(for: .standardOutput))
            guard report.problemCount == 0 else {
                throw Failure(
                    ExitStatus.refused,
                    "\(Amount.counted(report.problemCount, "problem")) found in the log in \(log.directory)")
            }
        }

        /// The digest of an event; nil when the event cannot be read, which is one of the reported problems.
        private static func digest(at offset: Offset, in log: EventLog) -> Digest? {
            try? ShownEvent(at: offset, in: log)?.digest
        }
    }
}

extension Log.Verify {
    fileprivate struct Report {
        /// The damage of the file; when there is any, nothing else was checked.
        var damage: [StructureProblem] = []
        var verification: Verification?
        /// The digest of the last event; nil without one.
        var digest: Digest?
        let seconds: Double

        var problemCount: Int { damage.count + (verification?.problemCount ?? 0) }

        private var lines: [String] {
            damage.map(\.description)
                + (verification?.problems ?? []).map { problem in
                    (problem.offset.map { "offset \($0): " } ?? "") + problem.message
                }
        }

        func text(for terminal: Terminal) -> String {
            var text = lines.map { ShownText.escaped($0) + "\n" }.joined()
            let unlisted = problemCount - lines.count
            if unlisted > 0 { text += "… and \(Amount.counted(unlisted, "problem")) more\n" }
            if !text.isEmpty { text += advice + "\n" }
            var fields = FieldList()
            let consequence =
                damage.isEmpty ? "" : "; the file is damaged and its events were not read: restore it from a backup"
            fields.add("result", problemCount == 0 ? "sound" : Amount.counted(problemCount, "problem") + consequence)
            if let verification {
                fields.add(
                    "events",
                    "\(Amount.grouped(verification.events)), offsets \(verification.first) to \(verification.head)")
                fields.add("bytes", Amount.bytes(verification.bytes))
                if !verification.areIndexesCompared {
                    fields.add("indexes", "not checked, because events were trimmed repeatedly during the check")
                }
                fields.add("digest", digest?.description)
                fields.add(
                    "time",
                    "\(Amount.duration(seconds: seconds)), \(Amount.rate(Double(verification.events) / seconds)) events/s"
                )
            }
            return text + fields.text(for: terminal)
        }

        /// What to do about each kind of problem.
        private var advice: String {
            guard let verification else { return "" }
            var lines: [String] = []
            if verification.problemCount(of: .events) + verification.problemCount(of: .meta) > 0 {
                lines.append(
                    "The data of damaged events is lost: restore a backup that has these events (`bitacora log restore`). All other events can be read."
                )
            }
            if verification.problemCount(of: .indexes) + verification.problemCount(of: .snapshots) > 0 {
                lines.append(
                    "Indexes and snapshots can be rebuilt from the events: run `bitacora log repair`."
                )
            }
            if verification.problemCount(of: .definition) > 0 {
                lines.append(
                    "The next start of the application stores its definition again: run `bitacora log repair` and start it."
                )
            }
            return lines.map { "\n\($0)\n" }.joined()
        }

        var json: JSONValue {
            let pages = damage.map { problem -> JSONValue in
                [
                    "part": "file", "offset": .null, "page": problem.page.map { .integer(Int(clamping: $0)) } ?? .null,
                    "message": .string(problem.message),
                ]
            }
            let offsets = (verification?.problems ?? []).map { problem -> JSONValue in
                [
                    "part": .string(problem.part.rawValue), "offset": problem.offset.map(JSONValue.offset) ?? .null,
                    "page": .null,
                    "message": .string(problem.message),
                ]
            }
            return [
                "sound": .bool(problemCount == 0), "first": verification.map { .offset($0.first) } ?? .null,
                "head": verification.map { .offset($0.head) } ?? .null,
                "events": verification.map { .integer($0.events) } ?? .null,
                "bytes": verification.map { .integer($0.bytes) } ?? .null,
                "digest": .text(digest),
                "seconds": .decimal(seconds),
                "problemCount": .integer(problemCount), "problems": .array(pages + offsets),
            ]
        }
    }
}

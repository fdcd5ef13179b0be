import ArgumentParser
import BitacoraServer
import EventLog
import JSON

extension Log {
    /// `bitacora log verify`: is the log as it was written?
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Recompute the chain of digests and check the indexes and snapshots.",
            discussion: """
                Example: bitacora log verify --data Data/log

                Reads every event up to the head of this moment; the server may go on writing. Whoever changed an \
                event, however little, shows here. The indexes are held against the events, and the snapshots against \
                a fresh fold of them. The digest it prints stands for the whole log up to its head: \
                kept elsewhere, it shows later whether the past was rewritten with its chain.

                The fields of --json are sound, first, head, events, bytes, digest, seconds, problemCount and \
                problems (part, offset, message; the first \(Verification.describedProblems)). Exit status 1 when there \
                are problems.
                """)

        @OptionGroup var log: LogOptions

        func run() async throws {
            let log = try log.open()
            defer { log.close() }
            let started = ContinuousClock.now
            var progress = ProgressBar("verifying", total: log.head.rawValue, unit: "events")
            let verification = try log.verify(projections: BitacoraServer.projections) { progress.update($0.rawValue) }
            progress.clear()
            let report = Report(
                verification: verification, digest: Self.digest(at: verification.head, in: log),
                seconds: (ContinuousClock.now - started) / .seconds(1))
            let output = Output()
            output.add(self.log.isJSON ? report.json.text + "\n" : report.text(for: .standardOutput))
            try output.flush()
            guard verification.isSound else {
                throw Failure(
                    ExitStatus.refused, "\(Amount.counted(verification.problemCount, "problem")) found in the log in \(log.directory)")
            }
        }

        /// Nil when there is none to be had: the problems say why.
        private static func digest(at offset: Offset, in log: EventLog) -> Digest? {
            try? ShownEvent(at: offset, in: log)?.digest
        }
    }
}

extension Log.Verify {
    private struct Report {
        let verification: Verification
        /// Of the last event; nil when there is none.
        let digest: Digest?
        let seconds: Double

        func text(for terminal: Terminal) -> String {
            var text = ""
            for problem in verification.problems {
                let place = problem.offset.map { "offset \($0): " } ?? ""
                text += DisplayText.escaped(place + problem.message) + "\n"
            }
            let untold = verification.problemCount - verification.problems.count
            if untold > 0 { text += "… and \(Amount.counted(untold, "problem")) more\n" }
            if !text.isEmpty { text += advice + "\n" }
            var fields = FieldList()
            fields.add("result", verification.isSound ? "sound" : Amount.counted(verification.problemCount, "problem"))
            fields.add("events", "\(Amount.grouped(verification.events)), offsets \(verification.first) to \(verification.head)")
            fields.add("bytes", Amount.bytes(verification.bytes))
            fields.add("digest", digest?.description)
            fields.add("time", "\(Amount.duration(seconds: seconds)), \(Amount.rate(Double(verification.events) / seconds)) events/s")
            return text + fields.text(for: terminal)
        }

        /// What to do about each kind of problem.
        private var advice: String {
            var lines: [String] = []
            if verification.problemCount(of: .events) + verification.problemCount(of: .meta) > 0 {
                lines.append("What damaged events said is lost here: restore a backup that has them (`bitacora log restore`). The others can be read.")
            }
            if verification.problemCount(of: .indexes) + verification.problemCount(of: .snapshots) > 0 {
                lines.append("Indexes and snapshots hold nothing of their own: `bitacora log repair` makes them anew from the events.")
            }
            return lines.map { "\n\($0)\n" }.joined()
        }

        var json: JSONValue {
            let problems = verification.problems.map { problem -> JSONValue in
                [
                    "part": .string(problem.part.rawValue), "offset": problem.offset.map(JSONValue.offset) ?? .null,
                    "message": .string(problem.message),
                ]
            }
            return [
                "sound": .bool(verification.isSound), "first": .offset(verification.first),
                "head": .offset(verification.head),
                "events": .integer(verification.events), "bytes": .integer(verification.bytes),
                "digest": .text(digest),
                "seconds": .decimal(seconds),
                "problemCount": .integer(verification.problemCount), "problems": .array(problems),
            ]
        }
    }
}

import ArgumentParser
import Foundation
import Handlebars

/// `bench render`: rendering of pages, beside other template engines.
struct RenderBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Measure rendering and compiling of templates, beside other engines.",
        discussion: """
            Example: bench render --peer "handlebars.js=node Tests/RenderPeers/handlebars.js"

            A page is a view with a partial for each row, and a layout. The figure is the size of the output divided \
            by the rendering time; the data is in memory before. Peers render the same templates from the same data \
            in alternate turns, and must print the same bytes. Tests/RenderPeers contains two peers; \
            RenderPeer.swift documents their protocol.
            """)

    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("Directory for the templates and data of the peers.", valueName: "dir"),
        completion: .directory)
    var parent = FileManager.default.temporaryDirectory.path

    @Option(
        help: ArgumentHelp(
            "Another engine: its name and a shell command, which gets a directory as argument; repeatable.",
            valueName: "name=command"))
    var peer: [String] = []

    @Option(help: "Seconds for each engine and page, in five turns.")
    var seconds = 2.5

    @Flag(name: .customLong("json"), help: "Print one JSON object a line.")
    var isJSON = false

    private static let turns = 5

    func validate() throws {
        guard (0.1...600).contains(seconds) else { throw ValidationError("--seconds must be 0.1 … 600") }
        for peer in peer where peer.split(separator: "=", maxSplits: 1).count != 2 {
            throw ValidationError("--peer takes NAME=COMMAND, not '\(peer)'")
        }
    }

    func run() async throws {
        let directory = "\(parent)/bitacora-bench-\(UInt32.random(in: 0...UInt32.max))"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try RenderPages.writeTemplates(to: directory)
        let views = try ViewEngine(views: "\(directory)/views", helpers: RenderPages.helpers)
        let report = BenchReport(isJSON: isJSON)
        try measureMemory(views, report)
        try RenderPages.writeData(to: directory)
        let peers = try peer.map { try RenderPeer($0, directory: directory) }
        defer { for peer in peers { peer.stop() } }
        for page in RenderPages.all {
            try measure(page, views, try peers.filter { try agrees($0, page, views, directory) }, report)
        }
        try measureRows(views, report)
        try measureCompiling(directory, peers, report)
    }

    /// Checks that a peer prints the same bytes; returns false, and reports the reason, when the peer cannot render the page.
    private func agrees(
        _ peer: RenderPeer, _ page: RenderPages.Page, _ views: ViewEngine, _ directory: String
    ) throws -> Bool {
        let file = "output"
        if let reason = try peer.write(page, to: file) {
            FileHandle.standardError.write(Data("\(peer.name) does not render \(page.title): \(reason)\n".utf8))
            return false
        }
        guard
            try Array(Data(contentsOf: URL(filePath: "\(directory)/\(file)")))
                == views.render(page.view, RenderPages.data(of: page))
        else {
            throw BenchmarkError(.wrongResult, "the output of \(peer.name) for \(page.title) differs from ours")
        }
        return true
    }

    private func measure(
        _ page: RenderPages.Page, _ views: ViewEngine, _ peers: [RenderPeer], _ report: BenchReport
    ) throws {
        let data = RenderPages.data(of: page)
        let bytes = try Double(views.render(page.view, data).count)
        let (own, others) = try inTurns(peers) { seconds in
            try time(seconds) { _ = try views.render(page.view, data) }
        } peer: {
            try $0.time(page, seconds: $1)
        }
        let goal = page.data == RenderPages.products.data ? "≥ 100 MB/s" : nil
        let figure = "page of \(page.title), \(Int(bytes / 1000)) KB"
        add(figure, bytes / own / 1e6, "MB/s", others.map { bytes / $0 / 1e6 }, peers, goal, report)
    }

    /// The first page with rows that are made from models when the loop reads them.
    private func measureRows(_ views: ViewEngine, _ report: BenchReport) throws {
        let rows = (1...1000).map(RenderPages.Product.init)
        let bytes = try Double(views.render("products", RenderPages.data(of: RenderPages.products)).count)
        let (own, _) = try inTurns([]) { seconds in
            try time(seconds) {
                _ = try views.render("products", RenderPages.shop(.list(rows, RenderPages.Product.shape)))
            }
        } peer: { _, _ in
            0
        }
        report.add("… each row made from a model for the loop", bytes / own / 1e6, "MB/s")
    }

    private func measureCompiling(_ directory: String, _ peers: [RenderPeer], _ report: BenchReport) throws {
        let text = try Array(Data(contentsOf: URL(filePath: "\(directory)/\(RenderPages.longTemplate)")))
        let peers = try peers.filter { try $0.compile(RenderPages.longTemplate, seconds: 0) != nil }
        let (own, others) = try inTurns(peers) { seconds in
            try time(seconds) { _ = try Template(text, name: "long") }
        } peer: {
            try $0.compile(RenderPages.longTemplate, seconds: $1) ?? .nan
        }
        add("compile \(text.count) bytes", own * 1000, "ms", others.map { $0 * 1000 }, peers, "≤ 1 ms", report)
    }

    private func measureMemory(_ views: ViewEngine, _ report: BenchReport) throws {
        let data = RenderPages.data(of: RenderPages.manyProducts)
        // A short page first allocates what is needed only once.
        _ = try views.render("products", RenderPages.shop(.list(1...10) { data["products"][String($0)] }))
        var bytes = 0
        guard let peak = try PeakMemory.above({ bytes = try views.render("products", data).count }) else { return }
        report.add(
            "peak memory above the data, 10,000 products", Double(peak) / Double(bytes), "× output",
            goal: "≤ 2 × output")
    }
}

// MARK: Measuring

extension RenderBenchmark {
    private func add(
        _ figure: String, _ value: Double, _ unit: String, _ others: [Double], _ peers: [RenderPeer], _ goal: String?,
        _ report: BenchReport
    ) {
        if peers.isEmpty { report.add(figure, value, unit, goal: goal) }
        for (peer, other) in zip(peers, others) {
            report.add(figure, value, unit, baseline: (peer.name, other), goal: goal)
        }
    }

    /// Measures ours and each peer in alternate turns, and returns the median seconds of one execution.
    private func inTurns(
        _ peers: [RenderPeer], own: (Double) throws -> Double, peer: (RenderPeer, Double) throws -> Double
    ) throws -> (own: Double, peers: [Double]) {
        let turn = seconds / Double(Self.turns)
        var ours: [Double] = []
        var theirs = Array(repeating: [Double](), count: peers.count)
        for _ in 0..<Self.turns {
            ours.append(try own(turn))
            for (index, other) in peers.enumerated() { theirs[index].append(try peer(other, turn)) }
        }
        return (ours.percentile(50), theirs.map { $0.percentile(50) })
    }

    /// Repeats `body` for some seconds, and returns the seconds of one execution.
    private func time(_ seconds: Double, _ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        var count = 0.0
        while true {
            try body()
            count += 1
            let passed = (ContinuousClock.now - start) / .seconds(1)
            if passed >= seconds { return passed / count }
        }
    }
}

/// The peak memory of this process.
enum PeakMemory {
    /// Returns the peak of resident bytes while `body` runs, minus the resident bytes before; nil when unknown.
    ///
    /// Linux counts the highest resident size and allows to reset it (proc(5), `clear_refs`). Memory that the process
    /// freed before is not counted when it is used again, so measure early in the life of a process.
    static func above(_ body: () throws -> Void) rethrows -> Int? {
        guard let before = reset() else { return nil }
        try body()
        return highest.map { $0 - before }
    }

    private static func reset() -> Int? {
        guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return nil }
        do {
            try file.write(contentsOf: Data("5".utf8))
            try file.close()
        } catch {
            return nil
        }
        return highest
    }

    private static var highest: Int? {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }.map {
            $0 << 10
        }
    }
}

import ArgumentParser
import Foundation
import Handlebars
import JSON

/// `bitacora bench render`: pages of products, and other engines on the same pages.
struct BenchRender: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Render pages, and compile a template, beside other template engines.",
        discussion: """
            Example: bitacora bench render --peer "handlebars.js=node Tests/RenderPeers/handlebars.js"

            A page is a view with a partial for each row, and its layout; the figure is bytes of output, ready to be \
            sent, by the time that both take. The data is in memory as each engine wants it. Peers render the same \
            templates from the same data, in turns with ours, and must print the same bytes. Tests/RenderPeers has two \
            and says what a peer is told.
            """)

    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("Where the templates and data are written for the peers.", valueName: "dir"),
        completion: .directory)
    var place = FileManager.default.temporaryDirectory.path

    @Option(
        help: ArgumentHelp(
            "Another engine: what to call it, and a shell command which takes a directory. May be repeated.",
            valueName: "name=command"))
    var peer: [String] = []

    @Option(help: "Seconds that each engine renders each page, in five turns.")
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
        let directory = "\(place)/bitacora-bench-\(UInt32.random(in: 0...UInt32.max))"
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

    /// Whether a peer prints the same bytes; a peer that cannot render the page says why.
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
            throw Failure(ExitStatus.refused, "\(peer.name) prints other bytes than ours for \(page.title)")
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

    /// The first page again, with rows that are made when the loop comes to them.
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
        // A short page before, so that what is only needed once is there.
        _ = try views.render("products", RenderPages.shop(.list(1...10) { data["products"][String($0)] }))
        var bytes = 0
        guard let peak = try PeakMemory.above({ bytes = try views.render("products", data).count }) else { return }
        report.add(
            "peak memory above the data, 10,000 products", Double(peak) / Double(bytes), "× output",
            goal: "≤ 2 × output")
    }
}

// MARK: Measuring

extension BenchRender {
    private func add(
        _ figure: String, _ value: Double, _ unit: String, _ others: [Double], _ peers: [RenderPeer], _ goal: String?,
        _ report: BenchReport
    ) {
        if peers.isEmpty { report.add(figure, value, unit, goal: goal) }
        for (peer, other) in zip(peers, others) {
            report.add(figure, value, unit, baseline: (peer.name, other), goal: goal)
        }
    }

    /// Lets ours and each peer go in turns, and gives the median of what each turn took for one.
    private func inTurns(
        _ peers: [RenderPeer], own: (Double) throws -> Double, peer: (RenderPeer, Double) throws -> Double
    ) throws -> (own: Double, peers: [Double]) {
        let turn = seconds / Double(Self.turns)
        var ours: [Double] = []
        var theirs = Array(repeating: [Double](), count: peers.count)
        for _ in 0..<Self.turns {
            ours.append(try own(turn))
            for (place, other) in peers.enumerated() { theirs[place].append(try peer(other, turn)) }
        }
        return (ours.percentile(50), theirs.map { $0.percentile(50) })
    }

    /// Does something again and again for some seconds, and gives what it took once.
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

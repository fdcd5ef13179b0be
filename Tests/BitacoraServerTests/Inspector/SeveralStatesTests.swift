import EventLog
import HTTPTypes
import Handlebars
import Hummingbird
import NIOCore
import Testing
@testable import BitacoraServer

@Suite("Several states") struct SeveralStatesTests {
    private static func request(_ target: String, tag: String? = nil) -> Request {
        var head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: target)
        head.headerFields[.ifNoneMatch] = tag
        return Request(head: head, body: RequestBody(buffer: ByteBuffer()))
    }

    private static func events(_ topics: String...) -> [NewEvent] {
        topics.map { NewEvent(topic: $0, type: "x", data: .json(Array("1".utf8))) }
    }

    /// Two states, `first` and `second`, which are parts of the state of one projector.
    private func withStates(
        _ body: (EventLog, ServedProjections, Projector<TopicCounts>) async throws -> Void
    ) async throws {
        try await withLog { log in
            try await log.append(Self.events("first", "second", "first", "other"))
            let projector = try await log.project(TopicCounts())
            try await body(log, ServedProjections(Self.contents(projector, log)), projector)
        }
    }

    private static func contents(
        _ projector: Projector<TopicCounts>, _ log: EventLog, version: String = "1"
    ) -> ServedProjections.Contents {
        let history = StateHistory(projector, in: log)
        return ServedProjections.Contents(
            states: ["first", "second"].map { name in
                NamedStates(name: name, version: name + version, history: history) { state in
                    Array(#"{"rows":{"n":{"count":\#(state[name, default: 0])}}}"#.utf8)
                }
            }, projectors: [projector])
    }

    /// The page of the inspector, with the templates of the source directory.
    private func inspector(_ log: EventLog, _ projections: ServedProjections) throws -> InspectorRoutes {
        var configuration = ViewEngine.Configuration(sources: [.directory(Project.views + "/server")])
        configuration.helpers = [BitacoraServer.assetHelper: { _ in "" }]
        return InspectorRoutes(
            log: log, views: try ViewEngine(configuration), overviews: LogOverviewCache(log: log),
            projections: projections, stateLimiter: .forPastStates(), searchLimiter: .forSearches())
    }

    private func text(_ response: Response) async throws -> String {
        let collector = BodyCollector()
        try await response.body.write(collector)
        return collector.text
    }

    @Test("are found by name, each at every offset, and 404 lists the names")
    func finds() async throws {
        try await withStates { log, projections, _ in
            let routes = StateRoutes(log: log, projections: projections, limiter: .forPastStates())
            for (name, counts) in [("first", [0, 1, 1, 2, 2]), ("second", [0, 0, 1, 1, 1])] {
                for (offset, count) in counts.enumerated() {
                    let response = try await routes.show(
                        Self.request("/api/state/\(name)?at=\(offset)"), name: name)
                    #expect(
                        try await text(response)
                            == #"{"name":"\#(name)","offset":\#(offset),"head":4,"state":{"rows":{"n":{"count":\#(count)}}}}"#
                    )
                }
            }
            let problem = await #expect(throws: Problem.self) {
                _ = try await routes.show(Self.request("/api/state/third"), name: "third")
            }
            #expect(problem?.status == .notFound && problem?.field == "name")
            #expect(
                problem?.detail == "there is no projection 'third'; the projections of this server are first, second")
        }
    }

    @Test("without one, 404 says so, and the page has no form for a state")
    func none() async throws {
        try await withLog { log in
            let projections = ServedProjections()
            let routes = StateRoutes(log: log, projections: projections, limiter: .forPastStates())
            let problem = await #expect(throws: Problem.self) {
                _ = try await routes.show(Self.request("/api/state/first"), name: "first")
            }
            #expect(problem?.detail == "there is no projection 'first'; this server has no projection")
            try await log.append(Self.events("a"))
            let inspector = try inspector(log, projections)
            #expect(try await !text(inspector.list(Self.request("/log?at=1"))).contains("state-form"))
            #expect(try await !text(inspector.event(Self.request("/log/1"), 1)).contains("State after this event"))
        }
    }

    @Test("the tag of a state changes with its definition")
    func tags() async throws {
        try await withStates { log, projections, projector in
            let routes = StateRoutes(log: log, projections: projections, limiter: .forPastStates())
            let first = try await routes.show(Self.request("/api/state/first"), name: "first")
            let tag = try #require(first.headers[.eTag])
            #expect(
                try await routes.show(Self.request("/api/state/first", tag: tag), name: "first").status == .notModified)
            projections.replace(with: Self.contents(projector, log, version: "2"))
            #expect(try await routes.show(Self.request("/api/state/first", tag: tag), name: "first").status == .ok)
        }
    }

    @Test("the page offers a choice, shows the chosen state, and its links keep the choice")
    func choice() async throws {
        try await withStates { log, projections, _ in
            let inspector = try inspector(log, projections)
            let page = try await text(inspector.list(Self.request("/log")))
            #expect(page.contains(#"<select id="state-name" name="state">"#))
            #expect(page.contains(#"<option value="first" selected>first</option>"#))
            #expect(page.contains(#"<option value="second">second</option>"#))
            let chosen = try await text(inspector.list(Self.request("/log?at=2&state=second")))
            #expect(chosen.contains(#"<option value="second" selected>second</option>"#))
            #expect(chosen.contains("State of second at offset 2"))
            #expect(chosen.contains(#"href="/api/state/second?at&#x3D;2""#))
            #expect(chosen.contains(#"href="/log/2?state&#x3D;second""#))
            #expect(chosen.contains("n: {&quot;count&quot;:1}"))
            let byDefault = try await text(inspector.list(Self.request("/log?at=2&state=")))
            #expect(byDefault.contains("State of first at offset 2"))
            let event = try await text(inspector.event(Self.request("/log/2?state=second"), 2))
            #expect(event.contains(#"<a href="/log?at&#x3D;2&amp;state&#x3D;second">State after this event</a>"#))
            let plain = try await text(inspector.event(Self.request("/log/2?state=third"), 2))
            #expect(plain.contains(#"<a href="/log?at&#x3D;2">State after this event</a>"#))
        }
    }

    @Test("an unknown state is an error beside the form, with the known states")
    func unknown() async throws {
        try await withStates { log, projections, _ in
            for query in ["?state=third", "?state=third&at=1"] {
                let response = try await inspector(log, projections).list(Self.request("/log" + query))
                #expect(response.status == .notFound)
                let page = try await text(response)
                #expect(page.contains("the projections of this server are first, second"))
                #expect(page.contains(#"<details class="past" id="past" open>"#))
            }
        }
    }

    @Test("one state is not named, and needs no choice")
    func one() async throws {
        try await withLog { log in
            try await log.append(Self.events("a"))
            let projector = try await log.project(TopicCounts())
            let projections = ServedProjections(
                .init(states: [StateHistory(projector, in: log)], projectors: [projector]))
            let page = try await text(inspector(log, projections).list(Self.request("/log?at=1")))
            #expect(page.contains("State at offset 1<") && !page.contains("state-name"))
            #expect(page.contains(#"href="/log/1""#) && page.contains(#"href="/api/state/counts?at&#x3D;1""#))
        }
    }

    @Test("a state that begins after trimmed events has every offset that is kept")
    func late() async throws {
        try await withLog { log in
            for _ in 0..<100 { try await log.append(Self.events("a")) }
            try await log.trim(before: 41, projections: [])
            let history = StateHistory(try await log.project(TopicCounts(name: "late")), in: log)
            for offset in (40...100).shuffled() {
                #expect(try history.state(at: Offset(UInt64(offset)))["a", default: 0] == offset - 40)
            }
            #expect(throws: ReadError.gone(first: 41)) { try history.state(at: 39) }
        }
    }
}

/// Collects the body of a response.
private final class BodyCollector: ResponseBodyWriter {
    private(set) var text = ""

    func write(_ buffer: ByteBuffer) async throws { text += String(buffer: buffer) }
    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

import EventLog
import Handlebars
import JSON
import Marketplace
import Testing
@testable import BitacoraServer

@Suite struct StateViewTests {
    private func withProducts(
        _ count: Int, description: String, _ body: (StateHistory<MarketplaceProjection>) throws -> Void
    ) async throws {
        try await withLog { log in
            let projector = try await log.project(MarketplaceProjection())
            try await log.append(
                (1...count).map { number in
                    let data =
                        #"{"id":\#(number),"title":"t","description":"\#(description)","code":"c\#(number)","price":1}"#
                    return NewEvent(topic: "products", type: "product.created", data: .json(Array(data.utf8)))
                })
            try body(StateHistory(projector, in: log))
        }
    }

    /// What a template sees of it.
    private func text(_ view: StateView) throws -> String {
        let template = try Template(
            """
            {{#if isTooLarge}}too large{{/if}}{{#each lists}}{{name}} {{count}}, {{leftOut}} left out, {{elements.length}} shown{{/each}}
            """, name: "state")
        return String(decoding: try template.render(view.value), as: UTF8.self)
    }

    @Test("of a long list the last elements are shown, and the others are counted")
    func lists() async throws {
        try await withProducts(1120, description: "") { history in
            let shown = try text(StateView(at: 1120, against: 1119, history))
            #expect(shown == "products 1,120, 1070 left out, 50 shown")
        }
    }

    @Test("a state that is too large for a page is not shown, and the page says so")
    func size() async throws {
        try await withProducts(1100, description: String(repeating: "x", count: 4096)) { history in
            let shown = try text(StateView(at: 1100, against: 0, history))
            #expect(shown == "too large")
        }
    }
}

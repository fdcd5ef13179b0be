public import BitacoraServer
public import Commands
import Embedded
import EventLog
import Hummingbird
import JSON
import SocketIO

/// The example application: products, a chat and auctions.
///
/// The marketplace uses only public API of the libraries.
public struct Marketplace: BitacoraApplication {
    /// The name of the application.
    public let name = "marketplace"
    /// Folds the log into the products, auctions and the number of messages.
    public let projection = MarketplaceProjection()
    /// The templates and assets, which are part of the executable; development mode reads `Views/marketplace`.
    public var files: ViewFiles { Self.viewFiles }
    /// Demo events. Products are first, because messages and auctions refer to them.
    public var seed: [SeedFile] { Self.seedFiles }

    // Decoded when they are used first: the command line needs the projection only.
    private static let viewFiles = ViewFiles.memory(
        EmbeddedFiles.files(in: EmbeddedArchive.text, below: "Views/marketplace"), directory: "Views/marketplace")
    private static let seedFiles: [SeedFile] = {
        let files = EmbeddedFiles.files(in: EmbeddedArchive.text, below: "Data/seed")
        return [("products.jsonl", true), ("messages.jsonl", true), ("auctions.jsonl", false)].map { name, isRequired in
            SeedFile(name: name, isRequired: isRequired, contents: files[name] ?? [])
        }
    }()

    /// Makes the application, to be given to a `BitacoraServer`.
    public init() {}

    /// The commands about products, messages and auctions.
    public var commands: [CommandDefinition<MarketplaceState>] { MarketplaceState.commands.definitions }

    /// The views that the pages render.
    public var requiredViews: [String] { ProductPages.views + AuctionPages.views + [ChatPage.view] }

    /// Adds the pages, the API, the service that closes auctions, and the behaviour of sockets in the chat and in
    /// auctions.
    public func start(in context: ApplicationContext<MarketplaceProjection>) -> ApplicationParts {
        var parts = ApplicationParts()
        Self.addProductPages(context, to: &parts.routes)
        Self.addProducts(context, to: &parts.routes)
        Self.addAuctions(context, to: &parts.routes)
        Self.addChat(context, to: &parts.routes)
        parts.services = [AuctionClosingService(server: context)]
        let chat = ChatRoom()
        parts.participant = { socket, topic in
            guard let topic else { return nil }
            if topic == MarketplaceTopic.chat { return ChatParticipant(socket, in: chat) }
            return MarketplaceTopic.auction(ofTopic: topic).map { auction in
                AuctionParticipant(auction: auction, socket: socket, server: context)
            }
        }
        return parts
    }

    private static func addProductPages(_ server: Server, to routes: inout Routes) {
        let pages = ProductPages(server)
        let forms = ProductFormRoutes(server: server, pages: pages)
        routes.add("/", [.get: { request, _ in try await pages.home(request) }])
        routes.add(
            "/realtimeproducts",
            [
                .get: { request, _ in try pages.show(.realTimeProducts, request) },
                .post: { request, _ in try await forms.create(request) },
            ])
        routes.add(
            "/products/{id}",
            [
                .get: { request, context in try forms.edit(request, id: try context.number("id")) },
                .post: { request, context in try await forms.update(request, id: try context.number("id")) },
            ])
        routes.add(
            "/products/{id}/delete",
            [.post: { request, context in try await forms.delete(request, id: try context.number("id")) }])
    }

    private static func addProducts(_ server: Server, to routes: inout Routes) {
        let products = ProductRoutes(server: server)
        routes.add(
            "/api/products",
            [
                .get: { request, _ in try products.list(request) },
                .post: { request, _ in try await products.create(request) },
            ])
        routes.add(
            "/api/products/{id}",
            [
                .get: { request, context in try products.show(request, id: try context.number("id")) },
                .put: { request, context in
                    try await products.update(request, id: try context.number("id"), replacing: true)
                },
                .patch: { request, context in
                    try await products.update(request, id: try context.number("id"), replacing: false)
                },
                .delete: { request, context in try await products.delete(request, id: try context.number("id")) },
            ])
    }

    private static func addAuctions(_ server: Server, to routes: inout Routes) {
        let pages = AuctionPages(server)
        let (forms, auctions) = (AuctionFormRoutes(server: server, pages: pages), AuctionRoutes(server: server))
        routes.add(
            "/auctions",
            [
                .get: { request, _ in try pages.list(request) },
                .post: { request, _ in try await forms.open(request) },
            ])
        routes.add(
            "/auctions/{id}", [.get: { request, context in try pages.show(request, id: try context.number("id")) }])
        routes.add(
            "/auctions/{id}/bids",
            [.post: { request, context in try await forms.bid(request, id: try context.number("id")) }])
        routes.add(
            "/api/auctions",
            [
                .get: { request, _ in try auctions.list(request) },
                .post: { request, _ in try await auctions.open(request) },
            ])
        routes.add(
            "/api/auctions/{id}",
            [.get: { request, context in try auctions.show(request, id: try context.number("id")) }])
        routes.add(
            "/api/auctions/{id}/bids",
            [.post: { request, context in try await auctions.bid(request, id: try context.number("id")) }])
        routes.add(
            "/api/auctions/{id}/close",
            [.post: { request, context in try await auctions.close(request, id: try context.number("id")) }])
    }

    private static func addChat(_ server: Server, to routes: inout Routes) {
        let (page, messages) = (ChatPage(server: server), MessageRoutes(server: server))
        routes.add(
            "/chat",
            [
                .get: { request, _ in try await page.show(request) },
                .post: { request, _ in try await page.post(request) },
            ])
        routes.add(
            "/api/messages",
            [
                .get: { request, context in try await messages.list(request, context) },
                .post: { request, _ in try await messages.post(request) },
            ])
    }
}

/// The running server: its log, its state, its templates, and `perform` for commands.
typealias Server = ApplicationContext<MarketplaceProjection>

extension Server {
    /// Performs the command of a request to the API, with the idempotency key of the request.
    ///
    /// - Parameter version: the version that the changed object must have; nil for any version.
    func perform(
        _ name: String, _ data: JSONValue, for request: Request, version: UInt64? = nil
    ) async throws(Problem) -> CommandOutcome {
        let command = Command(name: name, data: data, ifVersion: version)
        return try await perform(command, id: request.idempotencyKey, source: "http")
    }
}

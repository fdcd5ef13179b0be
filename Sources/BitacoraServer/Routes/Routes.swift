import EventLog
public import HTTPTypes
public import Hummingbird
import NIOCore
import WebSocket

/// The routes of an application: paths with an endpoint for each HTTP method.
public struct Routes: Sendable {
    /// Answers one request.
    ///
    /// A `Problem` that the endpoint throws becomes a problem document, or the error page for a browser. Any other
    /// error is logged and answered with 500.
    public typealias Endpoint = @Sendable (Request, ServerContext) async throws -> Response

    private(set) var entries: [(path: String, endpoints: [HTTPRequest.Method: Endpoint])] = []

    /// No routes.
    public init() {}

    /// Adds the endpoints of a path.
    ///
    /// HEAD is answered by the endpoint of GET, without the body; other methods are answered 405 with `Allow`.
    ///
    /// - Parameters:
    ///   - path: such as `/orders/{id}`; `ServerContext.number(_:)` reads a parameter. A path of the server, such as
    ///     `/api/events`, cannot be added: the server then does not start.
    ///   - endpoints: the endpoint of each method.
    public mutating func add(_ path: String, _ endpoints: [HTTPRequest.Method: Endpoint]) {
        entries.append((path, endpoints))
    }

    /// Adds all routes of another table.
    mutating func add(_ other: Routes) { entries += other.entries }

    /// Registers the routes.
    ///
    /// - Throws: `ServerError` when two routes have the same path, parameter names aside.
    func register(in router: Router<ServerContext>) throws(ServerError) {
        var known: Set<String> = []
        for (path, endpoints) in entries {
            guard known.insert(Self.shape(of: path)).inserted else {
                throw ServerError("the route \(path) is defined twice; the server's own routes cannot be replaced")
            }
            Self.register(path, endpoints, in: router)
        }
    }

    /// A path with `{}` for each parameter.
    private static func shape(of path: String) -> String {
        path.split(separator: "/").map { $0.hasPrefix("{") ? "{}" : String($0) }.joined(separator: "/")
    }

    private static func register(
        _ path: String, _ endpoints: [HTTPRequest.Method: Endpoint], in router: Router<ServerContext>
    ) {
        var endpoints = endpoints
        endpoints[.head] = endpoints[.get]
        let path = RouterPath(path)
        for (method, endpoint) in endpoints { router.on(path, method: method, use: endpoint) }
        let allowed = endpoints.keys.map(\.rawValue).sorted().joined(separator: ", ")
        for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete, .options]
        where endpoints[method] == nil {
            router.on(path, method: method) { _, _ -> Response in
                var problem = Problem(.methodNotAllowed, "method-not-allowed", "this address supports \(allowed)")
                problem.headers[.allow] = allowed
                throw problem
            }
        }
    }
}

/// The context of a request: the parameters of its path, and its connection.
public struct ServerContext: RequestContext {
    /// The values that Hummingbird keeps for a request.
    public var coreContext: CoreRequestContextStorage
    /// Whether the client is still connected.
    let client: DisconnectWatcher

    /// Makes the context of a request; the router calls this.
    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        client = DisconnectWatcher(source.channel)
    }
}

extension RequestContext {
    /// Returns a parameter of the path that must be a positive whole number.
    ///
    /// - Parameter name: the name of the parameter, such as `id` in `/orders/{id}`.
    /// - Throws: `Problem` 404 for another value; the detail says which numbers are valid.
    public func number(_ name: String) throws(Problem) -> Int {
        guard let text = parameters.get(name) else { throw .notFound }
        guard let value = Offset(text), let number = Int(exactly: value.rawValue), number > 0 else {
            throw Problem(
                .notFound, "not-found",
                "'\(text.prefix(64))' is not an \(name); \(name)s are whole numbers from 1 to \(Int.max)")
        }
        return number
    }
}

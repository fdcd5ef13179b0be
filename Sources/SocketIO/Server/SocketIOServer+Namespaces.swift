import Synchronization

extension SocketIOServer: ConnectionTarget, BroadcastTarget {
    /// What is registered for `/`.
    public var connections: NamespaceHandlers { of("/").handlers }

    /// The sockets of `/`.
    public var everyone: BroadcastOperator { BroadcastOperator(self, Audience(namespace: "/")) }

    /// The namespace of this name, made where it is new.
    ///
    /// A name that fits a pattern means the namespace which clients get under it.
    ///
    /// - Parameter name: with or without its slash; without commas, at most 255 bytes.
    public func of(_ name: String) -> Namespace {
        let name = name.hasPrefix("/") ? name : "/" + name
        precondition(
            !name.contains(",") && name.utf8.count <= PacketLimits().maximumNamespaceBytes,
            "\(name) cannot be a namespace")
        return Namespace(name, of: self, handlers: namespaces.named(name))
    }

    /// All namespaces whose names, with the slash, `matches` takes.
    ///
    /// - Parameter matches: asked on event loops, where it must not block. A namespace that was made with
    ///   `of(_:)` before is not asked about.
    public func of(matching matches: @escaping @Sendable (String) -> Bool) -> DynamicNamespaces {
        let dynamic = DynamicNamespaces(matches: matches)
        namespaces.add(dynamic)
        return dynamic
    }

    /// All namespaces whose names, with the slash, are of this form as a whole.
    public func of<Output>(matching form: sending Regex<Output>) -> DynamicNamespaces {
        let form = Form(form)
        return of(matching: { form.matches($0) })
    }
}

/// A regular expression, which one name after the other is matched with.
private final class Form<Output>: Sendable {
    private let regex: Mutex<Regex<Output>>

    init(_ regex: sending Regex<Output>) { self.regex = Mutex(regex) }

    func matches(_ name: String) -> Bool {
        regex.withLock { (try? $0.wholeMatch(in: name)) != nil }
    }
}

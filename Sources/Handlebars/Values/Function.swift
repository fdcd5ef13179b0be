/// A value that is worked out when a template comes upon it, with the context it was found in.
public final class Function: Sendable {
    let body: Helper

    /// - Parameter body: called as a helper is; as a plain field it gets no arguments.
    public init(_ body: @escaping Helper) {
        self.body = body
    }
}

extension Value {
    /// A value produced each time a template uses it.
    public static func lazy(_ produce: @escaping @Sendable () throws -> Value) -> Value {
        .function(Function { _ in try produce() })
    }
}

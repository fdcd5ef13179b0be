/// The names that the libraries on both sides use for what happens to a socket itself.
package enum ReservedName {
    /// Whether an event may not be sent under this name, in either direction.
    package static func contains(_ name: String) -> Bool {
        switch name {
        case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener": true
        default: false
        }
    }
}

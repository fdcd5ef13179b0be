import NIOCore

/// The limits of one HTTP connection, in time and in bytes.
package struct ConnectionLimits: Sendable {
    /// The maximum time from the first byte of a request to the end of its headers; then the answer is 408.
    package var headTime = Duration.seconds(10)
    /// The maximum time from the first byte of a request to its last byte; then the answer is 408.
    package var requestTime = Duration.seconds(30)
    /// How long a connection without a request stays open.
    package var idleTime = Duration.seconds(60)
    /// How long a client may take no bytes while bytes wait for it; then the connection is closed.
    package var stallTime = Duration.seconds(60)
    /// How long a closing connection waits while the client takes none of the last bytes, and then how long it waits
    /// for the client to close.
    package var lingerTime = Duration.seconds(2)
    /// The maximum number of bytes of the names and values of all headers of a request; with more the answer is 431.
    package var headerBytes = 16 << 10
    /// The maximum number of headers of a request; with more the answer is 431.
    package var headerCount = 128
    /// The maximum number of bytes of a request target, path and query; with more the answer is 414.
    package var targetBytes = 8 << 10

    /// The default limits.
    package init() {}
}

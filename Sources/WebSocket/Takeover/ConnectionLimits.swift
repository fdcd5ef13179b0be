/// What one HTTP connection may cost before it is refused or cut.
package struct ConnectionLimits: Sendable {
    /// From the first byte of a request to the end of its headers; then 408.
    package var headTime = Duration.seconds(10)
    /// From the first byte of a request to its last; then 408.
    package var requestTime = Duration.seconds(30)
    /// Without a request, before the connection is closed.
    package var idleTime = Duration.seconds(60)
    /// During which a client that does not keep up takes nothing of what is written to it, before it is cut.
    package var stallTime = Duration.seconds(60)
    /// How long a closing connection waits while none of its last bytes is taken, and then for the client to close.
    package var lingerTime = Duration.seconds(2)
    /// Names and values of all headers of a request together; beyond it 431.
    package var headerBytes = 16 << 10
    /// Headers of a request; beyond it 431.
    package var headerCount = 128
    /// The request target, path and query; beyond it 414.
    package var targetBytes = 8 << 10

    package init() {}
}

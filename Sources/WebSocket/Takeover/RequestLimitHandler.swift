import NIOCore

/// Gets the bytes of a connection before they are parsed: starts the time limits of a request, refuses a request line
/// that is too long, and discards the bytes after the last request.
final class RequestLimitHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// The maximum number of bytes of a request line without its target: method, version and spaces.
    private static let lineOverhead = 64

    private let maximumLineBytes: Int
    /// Set to nil on removal, because the gate refers to this handler.
    private var gate: HTTPUpgradeHandler?
    private var lineBytes = 0
    private var lineIsOpen = false

    init(gate: HTTPUpgradeHandler, limits: ConnectionLimits) {
        self.gate = gate
        maximumLineBytes = limits.targetBytes + Self.lineOverhead
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let gate, !gate.ignoresBytes else { return }
        let isFirst = gate.bytesArrived()
        if isFirst || lineIsOpen {
            measureLine(Self.unwrapInboundIn(data), isFirst: isFirst)
            guard lineBytes <= maximumLineBytes else { return gate.refuseTarget() }
        }
        context.fireChannelRead(data)
    }

    private func measureLine(_ bytes: ByteBuffer, isFirst: Bool) {
        if isFirst { lineBytes = 0 }
        let end = bytes.readableBytesView.firstIndex(of: UInt8(ascii: "\n"))
        lineIsOpen = end == nil
        lineBytes += end.map { $0 - bytes.readerIndex } ?? bytes.readableBytes
    }

    func handlerRemoved(context: ChannelHandlerContext) { gate = nil }
}

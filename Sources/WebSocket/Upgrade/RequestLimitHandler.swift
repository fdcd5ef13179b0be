import NIOCore
import NIOHTTP1

/// Gets the bytes of a connection before they are parsed: starts the time limits of a request, rejects a request line
/// that is too long, and discards the bytes after the last request. Keeps the timers of the connection.
///
/// ``HTTPUpgradeHandler`` decides when a deadline is and what happens after the deadline.
final class RequestLimitHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// The maximum number of bytes of a request line without its target: method, version and spaces.
    private static let lineOverhead = 64

    private let limits: ConnectionLimits
    private let eventLoop: any EventLoop
    /// Set to nil on removal, because `handler` refers to this handler.
    private var handler: HTTPUpgradeHandler?
    private var lineBytes = 0
    private var lineIsOpen = false
    private var deadlineTimer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture
    private var stallTimer: Scheduled<Void>?
    private var stall = StallDetector()

    init(handler: HTTPUpgradeHandler, limits: ConnectionLimits, eventLoop: any EventLoop) {
        self.handler = handler
        self.limits = limits
        self.eventLoop = eventLoop
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        cancelTimers()
        handler = nil
    }

    // MARK: Bytes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let handler, !handler.ignoresBytes else { return }
        let isFirst = handler.bytesArrived()
        if isFirst || lineIsOpen {
            measureLine(Self.unwrapInboundIn(data), isFirst: isFirst)
            guard lineBytes <= limits.targetBytes + Self.lineOverhead else { return handler.rejectTarget() }
        }
        context.fireChannelRead(data)
    }

    private func measureLine(_ bytes: ByteBuffer, isFirst: Bool) {
        if isFirst { lineBytes = 0 }
        let end = bytes.readableBytesView.firstIndex(of: UInt8(ascii: "\n"))
        lineIsOpen = end == nil
        lineBytes += end.map { $0 - bytes.readerIndex } ?? bytes.readableBytes
    }

    // MARK: Timers

    /// Sets the only timer for deadlines, unless it fires before `deadline` anyway.
    ///
    /// A timer that is set to an earlier time is left alone, and `HTTPUpgradeHandler` sets it again when it fires: a
    /// request that arrives in one piece changes no timer.
    func setDeadline(_ deadline: NIODeadline) {
        guard handler != nil, deadlineTimer == nil || deadline < timerDeadline else { return }
        deadlineTimer?.cancel()
        timerDeadline = deadline
        deadlineTimer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.deadlineTimer = nil
            self.handler?.deadlineTimerFired()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let channel = context.channel
        if channel.isWritable {
            stall.becameWritable()
        } else if stallTimer == nil {
            stall.start(unsentBytes: channel.unsentBytes)
            scheduleStallCheck(channel)
        }
        context.fireChannelWritabilityChanged()
    }

    private func scheduleStallCheck(_ channel: any Channel) {
        let delay = TimeAmount(limits.stallTime / StallDetector.checks)
        stallTimer = eventLoop.assumeIsolated().scheduleTask(in: delay) {
            self.stallTimer = nil
            guard let handler = self.handler, !channel.isWritable else { return }
            let isStalled = self.stall.check(unsentBytes: channel.unsentBytes)
            if isStalled { handler.closeNow() } else { self.scheduleStallCheck(channel) }
        }
    }

    /// Stops all timers.
    func cancelTimers() {
        deadlineTimer?.cancel()
        deadlineTimer = nil
        stallTimer?.cancel()
        stallTimer = nil
    }
}

/// Detects a client that takes none of the bytes that wait for it.
///
/// While the channel is not writable, neither the router nor an exchange writes more. So a smaller number of unsent
/// bytes means that the client has taken some. The number is checked four times in `ConnectionLimits.stallTime`: a
/// connection is closed at most a quarter of that time late.
struct StallDetector {
    /// How many checks in a row must find no progress.
    static let checks = 4

    /// The number of unsent bytes at the last check; the highest number when the channel has been writable since.
    private var unsentBytes = 0
    private var checksWithoutProgress = 0

    /// The channel has become unwritable, and no check is scheduled.
    mutating func start(unsentBytes: Int) {
        self.unsentBytes = unsentBytes
        checksWithoutProgress = 0
    }

    /// The channel has become writable: the client has taken bytes, even if more wait again at the next check.
    mutating func becameWritable() { unsentBytes = .max }

    /// Checks an unwritable channel.
    ///
    /// - Returns: whether the client has stalled.
    mutating func check(unsentBytes: Int) -> Bool {
        checksWithoutProgress = unsentBytes < self.unsentBytes ? 0 : checksWithoutProgress + 1
        self.unsentBytes = unsentBytes
        return checksWithoutProgress == Self.checks
    }
}

/// NIO's request parser with the limits of the connection; on its removal it hands over the bytes that it has not
/// parsed.
final class RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    /// An event that `HTTPUpgradeHandler` gets when the decoder is removed: the bytes after the last request.
    struct UnparsedBytes {
        let bytes: ByteBuffer
    }

    private let parser: HTTPRequestDecoder
    /// Set to nil on removal, because `handler` refers to this decoder.
    private var handler: HTTPUpgradeHandler?

    init(handler: HTTPUpgradeHandler, limits: ConnectionLimits) {
        self.handler = handler
        var configuration = NIOHTTPDecoderLimitConfiguration()
        // The parser counts the target as a header and does not say which of the two was too long. Its limits in
        // bytes are larger than those of the connection, which `HTTPUpgradeHandler` checks.
        configuration.maxHeaderListSize = limits.headerBytes + limits.targetBytes
        configuration.maxHeaderFieldSize = configuration.maxHeaderListSize
        configuration.maxHeaderFieldCount = limits.headerCount
        parser = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: configuration)
    }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        let state = try parser.decode(context: context, buffer: &buffer)
        // The parser leaves bytes only in the middle of a head: the next request has begun in the read that ended the
        // last one. (The parser leaves no bytes of a method alone; the time of such a request starts with the next
        // byte.)
        if buffer.readableBytes > 0 { _ = handler?.bytesArrived() }
        return state
    }

    func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        guard !seenEOF else { return try parser.decodeLast(context: context, buffer: &buffer, seenEOF: true) }
        if buffer.readableBytes > 0 {
            context.fireUserInboundEventTriggered(UnparsedBytes(bytes: buffer))
            buffer.clear()
        }
        return .needMoreData
    }

    func decoderAdded(context: ChannelHandlerContext) { parser.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) {
        parser.decoderRemoved(context: context)
        handler = nil
    }
}

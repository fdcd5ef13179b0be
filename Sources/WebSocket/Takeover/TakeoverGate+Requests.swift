import DequeModule
import NIOCore
import NIOHTTP1

/// Hands each request, in its turn, to the router or to an exchange, or holds it for the connection itself.
extension HTTPUpgradeHandler {
    /// Takes the next part of the request whose turn it is.
    ///
    /// - Returns: whether the router got the part.
    func take(_ part: HTTPServerRequestPart) -> Bool {
        switch part {
        case .head(let head):
            guard let routed = receive(head) else { return false }
            return route(.head(routed))
        case .body(let bytes):
            sequence.bodyArrived()
            guard let exchange else { return sequence.routesBody && route(part) }
            exchange.receive(bytes)
            return false
        case .end:
            guard let exchange else {
                let isRouted = sequence.routesBody && route(part)
                perform(sequence.requestEnded())
                return isRouted
            }
            endRequest(of: exchange)
            return false
        }
    }

    private func route(_ part: HTTPServerRequestPart) -> Bool {
        context?.fireChannelRead(Self.wrapInboundOut(part))
        return true
    }

    /// - Returns: the head for the router, or nil when the router does not get the request.
    private func receive(_ received: HTTPRequestHead) -> HTTPRequestHead? {
        guard sequence.acceptsRequests else {
            ignore()
            return nil
        }
        if let refusal = refusal(of: received) {
            failNow(refusal)
            return nil
        }
        let head = received.inOriginForm
        let decision = decide(head, channel)
        if case .exchange(let make) = decision {
            admit((head, make))
            return nil
        }
        let held = HeldRequest(head, decision)
        switch held {
        case nil:
            sequence.routed(isLast: head.endsConnection, awaitsContinue: head.expectsContinue, at: now)
            routedRequests.append(RoutedRequest(method: head.method, version: head.version))
            return head
        case .refusal(let refusal):
            failNow(refusal)
        case .takeover:
            self.held = held
            sequence.held(at: now)
        }
        return nil
    }

    private func refusal(of head: HTTPRequestHead) -> RequestRejection? {
        if let refusal = tooLarge(head) { return refusal }
        if head.version == .http1_1, head.headers["host"].count != 1 { return .oneHost }
        if let encoding = head.unknownTransferEncoding { return .unknownTransferEncoding(encoding) }
        return head.unknownExpectation.map { .expectationFailed($0) }
    }

    private func tooLarge(_ head: HTTPRequestHead) -> RequestRejection? {
        guard head.uri.utf8.count <= limits.targetBytes else { return .targetTooLong(limits.targetBytes) }
        let bytes = head.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        return bytes <= limits.headerBytes ? nil : .headersTooLarge(limits)
    }

    private func ignore() {
        // The parser took the first frames of a WebSocket for a request, so these frames are lost.
        if held?.readsOn == true { cut() } else { sequence.ignored(at: now) }
    }
}

import NIOCore
import NIOHTTP1

/// Requests that wait behind one whose answer is due, so that all are answered in order.
///
/// ```
///  router A, exchange B, router C in one packet     exchange A, exchange B in one packet
///    A ─► router                                      A ─► application
///    B waits, C ─► backlog                            B ─► backlog
///    A's response ends                                A is answered
///    B ─► application                                 B ─► application
///    B is answered
///    C ─► router
/// ```
extension HTTPUpgradeHandler {
    /// Whether what is read now has to wait.
    var parksParts: Bool { exchange?.requestHasEnded == true || isParking }

    /// Whether something waits; nothing is read meanwhile.
    var isParking: Bool { waiting != nil || !backlog.isEmpty || isProceeding }

    func park(_ item: RequestBacklog.Item) {
        guard backlog.append(item) else { return cut() }
        sequence.parked()
    }

    /// Takes up what waits, as far as its turn has come.
    ///
    /// Only the outermost call does it: an application that answers at once comes back here.
    func proceed() {
        guard !isProceeding, waiting != nil || !backlog.isEmpty else { return }
        isProceeding = true
        let routed = takeUp()
        isProceeding = false
        if sequence.isOver { forgetBacklog() }
        guard let context else { return }
        // Hummingbird is given what was read only at the end of a read.
        if routed { context.fireChannelReadComplete() }
        if exchange != nil { askForBody() }
        armTimer()
        guard owesRead, !holdsReads else { return }
        owesRead = false
        context.read()
    }

    /// Answers whether the router got anything.
    private func takeUp() -> Bool {
        var routed = false
        while !sequence.isOver {
            if let waiting {
                guard exchangeMayOpen else { break }
                self.waiting = nil
                open(waiting)
            } else {
                guard exchange?.requestHasEnded != true, let item = backlog.popFirst() else { break }
                if takeUp(item) { routed = true }
            }
        }
        return routed
    }

    private func takeUp(_ item: RequestBacklog.Item) -> Bool {
        switch item {
        case .part(let part): return take(part)
        case .failure(let refusal): failNow(refusal)
        case .inputClosed: context?.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
        return false
    }

    func forgetBacklog() {
        waiting = nil
        backlog.removeAll()
    }
}

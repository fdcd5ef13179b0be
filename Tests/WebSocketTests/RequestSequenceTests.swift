import NIOCore
import Testing
@testable import WebSocket

@Suite("Order of requests and responses")
struct RequestSequenceTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func sequence(requests: Int) -> RequestSequence {
        var sequence = RequestSequence(now: start)
        for _ in 0..<requests {
            sequence.bytesArrived(at: start)
            sequence.routed(isLast: false, at: start)
            #expect(sequence.requestEnded() == .nothing)
        }
        return sequence
    }

    @Test("a held request waits for every response before it", arguments: 0..<4)
    func held(pending: Int) {
        var sequence = sequence(requests: pending)
        sequence.held(at: start)
        #expect(!sequence.acceptsRequests)
        var steps = [sequence.requestEnded()]
        for _ in 0..<pending {
            sequence.responseStarted()
            steps.append(sequence.responseEnded(at: start))
        }
        #expect(steps == [RequestSequence.Step](repeating: .nothing, count: pending) + [.performHeld])
    }

    @Test("a held request that is not complete waits for its end")
    func heldIncomplete() {
        var sequence = sequence(requests: 1)
        sequence.held(at: start)
        #expect(sequence.responseEnded(at: start) == .nothing)
        #expect(sequence.requestEnded() == .performHeld)
    }

    @Test("a shutdown answers pending requests and performs no held request")
    func quiesce() {
        var sequence = sequence(requests: 2)
        sequence.held(at: start)
        #expect(sequence.requestEnded() == .nothing)
        #expect(sequence.quiesce() == .nothing)
        #expect(!sequence.nextResponseIsLast)
        #expect(sequence.responseEnded(at: start) == .nothing)
        #expect(sequence.nextResponseIsLast)
        #expect(sequence.responseEnded(at: start) == .finish)
    }

    @Test("a shutdown closes an idle connection at once")
    func quiesceIdle() {
        var sequence = sequence(requests: 0)
        #expect(sequence.quiesce() == .finish)
    }

    @Test("a failure between requests waits for earlier responses")
    func failureHeld() {
        var sequence = sequence(requests: 1)
        sequence.bytesArrived(at: start)
        #expect(sequence.fail() == .hold)
        #expect(sequence.step == .nothing)
        #expect(sequence.responseEnded(at: start) == .performHeld)
    }

    @Test("a failure in a request's body replaces the response, unless the response has begun")
    func failureInBody() {
        var before = RequestSequence(now: start)
        before.routed(isLast: false, at: start)
        var after = before
        #expect(before.fail() == .respondNow)
        #expect(before.fail() == .ignore)
        after.responseStarted()
        #expect(after.fail() == .closeNow)
    }

    @Test("a failure in a later request's body does not answer an earlier one")
    func failureInLaterBody() {
        var sequence = sequence(requests: 1)
        sequence.routed(isLast: false, at: start)
        #expect(sequence.fail() == .closeNow)
    }

    @Test("a parked request has no deadline, and its time starts when it is routed")
    func parked() {
        let limits = ConnectionLimits()
        var sequence = sequence(requests: 1)
        sequence.bytesArrived(at: start)
        #expect(sequence.deadline(limits)?.expiry == .head)
        sequence.parked()
        #expect(sequence.deadline(limits) == nil)
        sequence.bytesArrived(at: start)
        #expect(sequence.deadline(limits) == nil)
        _ = sequence.responseEnded(at: start)
        let later = start + .seconds(100)
        sequence.routed(isLast: false, at: later)
        sequence.parked()
        #expect(sequence.deadline(limits)?.at == later + .seconds(30))
    }

    @Test("the body of an answered request has no deadline of its own, and is ignored")
    func ignoredBody() {
        let limits = ConnectionLimits()
        var sequence = RequestSequence(now: start)
        sequence.routed(isLast: false, at: start)
        sequence.bodyIgnored()
        #expect(!sequence.routesBody)
        #expect(sequence.responseEnded(at: start) == .nothing)
        #expect(sequence.deadline(limits)?.expiry == .idle)
        #expect(sequence.requestEnded() == .nothing)
        #expect(sequence.expectsRequest)
    }

    @Test("100 Continue is sent once, when the response is next and no part of the body has arrived")
    func askingForBody() {
        var waiting = sequence(requests: 1)
        waiting.routed(isLast: false, awaitsContinue: true, at: start)
        var isWanted = [waiting.bodyIsWanted()]
        waiting.responseStarted()
        #expect(!waiting.nextResponseIsLast)
        #expect(waiting.responseEnded(at: start) == .nothing)
        var sending = waiting
        isWanted += [waiting.bodyIsWanted(), waiting.bodyIsWanted()]
        waiting.responseStarted()
        #expect(!waiting.nextResponseIsLast)
        sending.bodyArrived()
        isWanted.append(sending.bodyIsWanted())
        #expect(isWanted == [false, true, false, false])
    }

    @Test("a response before 100 Continue is the last one")
    func answerInPlaceOfBody() {
        var sequence = RequestSequence(now: start)
        sequence.routed(isLast: false, awaitsContinue: true, at: start)
        sequence.responseStarted()
        #expect(sequence.nextResponseIsLast)
        #expect(sequence.responseEnded(at: start) == .finish)
    }

    @Test("a postponed idle time starts again")
    func postponedIdle() {
        var sequence = RequestSequence(now: start)
        sequence.postponeIdle(at: start + .seconds(5))
        #expect(sequence.deadline(ConnectionLimits())?.at == start + .seconds(65))
    }

    @Test("each part of a request has a deadline, and a response has none")
    func deadlines() {
        let limits = ConnectionLimits()
        var sequence = RequestSequence(now: start)
        let later = start + .seconds(7)
        #expect(sequence.deadline(limits)?.expiry == .idle)
        #expect(sequence.deadline(limits)?.at == start + .seconds(60))
        sequence.bytesArrived(at: later)
        sequence.bytesArrived(at: later + .seconds(5))
        #expect(sequence.deadline(limits)?.expiry == .head)
        #expect(sequence.deadline(limits)?.at == later + .seconds(10))
        sequence.routed(isLast: false, at: later + .seconds(6))
        #expect(sequence.deadline(limits)?.expiry == .request)
        #expect(sequence.deadline(limits)?.at == later + .seconds(30))
        _ = sequence.requestEnded()
        #expect(sequence.deadline(limits) == nil)
        _ = sequence.responseEnded(at: later + .seconds(20))
        #expect(sequence.deadline(limits)?.at == later + .seconds(80))
    }
}

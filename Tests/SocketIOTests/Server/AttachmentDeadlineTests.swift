import NIOCore
@testable import SocketIO
import Testing

@Suite struct AttachmentDeadlineTests {
    private let start = NIODeadline.uptimeNanoseconds(1)

    @Test("one timer serves all packets, and is set again for the packet that is awaited when it fires")
    func timer() {
        var deadline = AttachmentDeadline()
        let first = deadline.arm(until: start + .seconds(10))
        deadline.disarm()
        let second = deadline.arm(until: start + .seconds(15))
        #expect(first && !second)
        let early = deadline.timerFired(at: start + .seconds(10))
        #expect(early == .setTimer(start + .seconds(15)))
        let third = deadline.arm(until: start + .seconds(16))
        #expect(!third)
        let late = deadline.timerFired(at: start + .seconds(16))
        #expect(late == .expire)
    }

    @Test("a complete packet does not expire, and the next packet needs a timer again")
    func complete() {
        var deadline = AttachmentDeadline()
        _ = deadline.arm(until: start + .seconds(10))
        deadline.disarm()
        deadline.extend(until: start + .seconds(11))
        let step = deadline.timerFired(at: start + .seconds(10))
        #expect(step == .nothing)
        let needsTimer = deadline.arm(until: start + .seconds(20))
        #expect(needsTimer)
    }

    @Test("a deadline can be extended")
    func extended() {
        var deadline = AttachmentDeadline()
        _ = deadline.arm(until: start + .seconds(10))
        deadline.extend(until: start + .seconds(30))
        let step = deadline.timerFired(at: start + .seconds(10))
        #expect(step == .setTimer(start + .seconds(30)))
    }
}

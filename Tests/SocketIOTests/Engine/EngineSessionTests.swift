import NIOCore
@testable import SocketIO
import Testing

@Suite("EngineSession")
struct EngineSessionTests {
    typealias Phase = EngineSession.Phase

    /// A session in each of its phases.
    static func session(_ phase: Phase) -> EngineSession {
        var session = EngineSession(phase == .webSocket ? .webSocket : .polling)
        switch phase {
        case .polling, .webSocket: break
        case .probed:
            _ = session.candidateOpened()
            _ = session.candidateProbed()
        case .switching:
            session = Self.session(.probed)
            _ = session.candidateUpgraded()
        case .draining: session.end(bytesAreDue: true)
        case .closed: session.end(bytesAreDue: false)
        }
        return session
    }

    static let phases: [Phase] = [.polling, .probed, .switching, .webSocket, .draining, .closed]

    @Test("each phase can be reached", arguments: phases)
    func reaching(phase: Phase) {
        let session = Self.session(phase)
        #expect(session.phase == phase)
        #expect(session.isOpen == (phase != .closed && phase != .draining))
        #expect(session.transport == (phase == .webSocket ? .webSocket : .polling))
    }

    @Test(
        "a GET",
        arguments: [
            (Phase.polling, EngineSession.PollStep.wait, Phase.polling), (.probed, .release, .probed),
            (.switching, .refuse(.badRequest), .switching), (.webSocket, .refuse(.badRequest), .webSocket),
            (.draining, .drain, .draining), (.closed, .refuse(.unknownSession), .closed),
        ])
    func get(phase: Phase, step: EngineSession.PollStep, then: Phase) {
        var session = Self.session(phase)
        let taken = session.pollOpened()
        #expect(taken == step)
        #expect(session.phase == then)
        #expect(session.pollWaits == (step == .wait || step == .release))
    }

    @Test(
        "a POST",
        arguments: [
            (Phase.polling, EngineSession.PostStep.accept), (.probed, .accept), (.switching, .refuse(.badRequest)),
            (.webSocket, .refuse(.badRequest)), (.draining, .refuse(.unknownSession)),
            (.closed, .refuse(.unknownSession)),
        ])
    func post(phase: Phase, step: EngineSession.PostStep) {
        var session = Self.session(phase)
        let taken = session.postOpened()
        #expect(taken == step)
        #expect(session.postIsOpen == (step == .accept))
    }

    @Test("a second GET or POST is a conflict until the first has ended", arguments: [Phase.polling, .probed])
    func conflicts(phase: Phase) {
        var session = Self.session(phase)
        _ = session.pollOpened()
        _ = session.postOpened()
        let secondGet = session.pollOpened()
        #expect(secondGet == .conflict(.badRequest))
        let secondPost = session.postOpened()
        #expect(secondPost == .conflict(.badRequest))
        session.pollEnded()
        session.postEnded()
        let nextGet = session.pollOpened()
        #expect(nextGet == (phase == .polling ? .wait : .release))
        let nextPost = session.postOpened()
        #expect(nextPost == .accept)
    }

    static let packets: [(EnginePacket, EngineSession.PacketStep)] = [
        (.message(ByteBuffer(string: "a")), .text(ByteBuffer(string: "a"))),
        (.binary(ByteBuffer(bytes: [1])), .binary(ByteBuffer(bytes: [1]))),
        (.close, .leave), (.ping(ByteBuffer()), .fail(.transportError)),
        (.ping(ByteBuffer(string: "probe")), .fail(.transportError)),
        (.open(ByteBuffer()), .ignore), (.upgrade, .ignore), (.noop, .ignore), (.pong(ByteBuffer()), .ignore),
    ]

    @Test("a packet means the same on both transports", arguments: packets, [Phase.polling, .webSocket])
    func packet(_ packet: (EnginePacket, EngineSession.PacketStep), phase: Phase) {
        var session = Self.session(phase)
        let step = session.received(packet.0)
        #expect(step == packet.1)
    }

    @Test("a pong counts once for a ping")
    func pong() {
        var session = Self.session(.webSocket)
        let due = session.pingIsDue()
        #expect(due == .ping)
        #expect(session.awaitsPong)
        let first = session.received(.pong(ByteBuffer()))
        #expect(first == .alive)
        let second = session.received(.pong(ByteBuffer()))
        #expect(second == .ignore)
    }

    @Test("a pong that does not come is a timeout, unless the client is not read")
    func timeout() {
        var session = Self.session(.polling)
        _ = session.pingIsDue()
        session.isPaused = true
        let whilePaused = session.pongIsDue()
        #expect(whilePaused == .ping)
        session.isPaused = false
        let whileRead = session.pongIsDue()
        #expect(whileRead == .timeout)
    }

    @Test("only a polling session without a candidate takes one", arguments: phases)
    func candidate(phase: Phase) {
        var session = Self.session(phase)
        let isTaken = session.candidateOpened()
        #expect(isTaken == (phase == .polling))
        let isTakenTwice = session.candidateOpened()
        #expect(!isTakenTwice)
    }

    @Test("an upgrade goes through its steps and no others")
    func upgrade() {
        var session = Self.session(.polling)
        let probedUnopened = session.candidateProbed()
        #expect(!probedUnopened)
        let upgradedUnopened = session.candidateUpgraded()
        #expect(!upgradedUnopened)
        let opened = session.candidateOpened()
        #expect(opened)
        let upgradedUnprobed = session.candidateUpgraded()
        #expect(!upgradedUnprobed)
        let probed = session.candidateProbed()
        #expect(probed)
        let probedAgain = session.candidateProbed()
        #expect(probedAgain)
        _ = session.pingIsDue()
        let upgraded = session.candidateUpgraded()
        #expect(upgraded)
        let probedLate = session.candidateProbed()
        #expect(!probedLate)
        session.switched()
        #expect(session.phase == .webSocket)
        #expect(!session.awaitsPong)
        #expect(!session.hasCandidate)
        let lostLate = session.candidateLost()
        #expect(!lostLate)
    }

    @Test("a lost candidate ends the session only after its 5", arguments: [Phase.polling, .probed, .switching])
    func lostCandidate(phase: Phase) {
        var session = Self.session(phase)
        let endsSession = session.candidateLost()
        #expect(endsSession == (phase == .switching))
        #expect(session.phase == (phase == .switching ? .switching : .polling))
    }

    @Test("a POST is refused if its session has changed in the meantime", arguments: phases)
    func latePost(phase: Phase) {
        let refusal = Self.session(phase).refusalOfPost()
        switch phase {
        case .polling, .probed: #expect(refusal == nil)
        case .switching, .webSocket: #expect(refusal == .badRequest)
        case .draining, .closed: #expect(refusal == .unknownSession)
        }
    }

    @Test("last bytes wait only for a polling client", arguments: phases)
    func draining(phase: Phase) {
        var session = Self.session(phase)
        session.end(bytesAreDue: true)
        #expect(session.phase == (phase == .polling || phase == .probed ? .draining : .closed))
        session.drainingEnded()
        #expect(session.phase == .closed)
    }
}

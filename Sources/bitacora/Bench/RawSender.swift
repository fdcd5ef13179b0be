import Foundation
import Glibc

/// The baseline of delivery: a thread that writes the same bytes to every socket with nothing in between.
final class RawSender: @unchecked Sendable {  // the thread alone uses `accepted` after `start`
    let port: UInt16
    private let listener: Int32
    private var accepted: [Int32] = []

    init() throws { (listener, port) = try Loopback.listen() }

    deinit {
        for descriptor in accepted { Glibc.close(descriptor) }
        Glibc.close(listener)
    }

    func accept(_ count: Int) {
        for _ in 0..<count { accepted.append(Glibc.accept(listener, nil, nil)) }
    }

    /// Writes `bytes` to every socket, `times` times, on a thread of its own.
    func start(_ bytes: [UInt8], times: Int) {
        Thread.detachNewThread { [self] in
            for _ in 0..<times {
                for descriptor in accepted {
                    guard Loopback.send(bytes, to: descriptor) else { return }
                }
            }
        }
    }

    /// How long `bytes` in all take to `sockets` clients that get as much each.
    static func seconds(bytes: Int, sockets: Int) throws -> Double {
        let sender = try RawSender()
        let swarm = ClientSwarm(port: sender.port)
        try swarm.connectRaw(sockets)
        sender.accept(sockets)
        let chunk = frames(bytes: min(128 << 10, max(bytes / sockets, 1)))
        let times = max(1, bytes / sockets / chunk.bytes.count)
        let start = ContinuousClock.now
        sender.start(chunk.bytes, times: times)
        try swarm.read(until: times * chunk.count)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return seconds * Double(bytes) / Double(max(swarm.bytes, 1))
    }

    /// Frames of about 350 bytes that fill `bytes`; one at least.
    static func frames(bytes: Int) -> (bytes: [UInt8], count: Int) {
        let frame: [UInt8] = [0x81, 126, 1, 94] + [UInt8](repeating: UInt8(ascii: " "), count: 350)
        let count = max(1, bytes / frame.count)
        return ((0..<count).flatMap { _ in frame }, count)
    }
}

import Foundation
import Glibc

/// The baseline of delivery: a thread that writes the same bytes to every socket with nothing in between.
final class RawSender: @unchecked Sendable {  // the thread alone uses `accepted` after `start`
    let port: UInt16
    private let listener: Int32
    private var accepted: [Int32] = []

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 4096) == 0 && getsockname(listener, address, &size) == 0
            }
        }
        guard status else { throw Failure(ExitStatus.unusable, "the baseline cannot listen: \(String(cString: strerror(errno)))") }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
    }

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
                    bytes.withUnsafeBytes { bytes in
                        var written = 0
                        while written < bytes.count {
                            let count = write(descriptor, bytes.baseAddress! + written, bytes.count - written)
                            guard count > 0 else { return }
                            written += count
                        }
                    }
                }
            }
        }
    }
}

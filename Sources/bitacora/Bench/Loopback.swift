import Glibc

/// Plain blocking sockets on 127.0.0.1: what clients and baselines are made of.
enum Loopback {
    static func connect(_ port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let isConnected = descriptor >= 0 && withAddress(port) { Glibc.connect(descriptor, $0, $1) == 0 }
        guard isConnected else {
            throw Failure(ExitStatus.refused, "a client cannot connect: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    /// Listens on a free port.
    static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var port: UInt16 = 0
        let isListening = withAddress(0) { address, size in
            var size = size
            guard bind(descriptor, address, size) == 0, Glibc.listen(descriptor, 4096) == 0,
                getsockname(descriptor, address, &size) == 0
            else { return false }
            port = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
            return true
        }
        guard isListening else {
            throw Failure(ExitStatus.unusable, "the baseline cannot listen: \(String(cString: strerror(errno)))")
        }
        return (descriptor, port)
    }

    /// Writes all of `bytes`.
    ///
    /// - Returns: whether the other end took them.
    static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = write(descriptor, bytes.baseAddress! + sent, bytes.count - sent)
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    private static func withAddress<Result>(
        _ port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
        }
    }
}

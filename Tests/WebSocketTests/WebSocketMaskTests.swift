import Testing
import WebSocket

@Suite("Masking")
struct WebSocketMaskTests {
    @Test("eight bytes at a time is the same as one at a time", arguments: 0..<4)
    func sameAsByteLoop(offset: Int) {
        let key: [UInt8] = [0x11, 0x22, 0x44, 0x88]
        let mask = WebSocketMask(key: 0x8844_2211)
        for count in 0..<40 {
            let source = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            var copy = [UInt8](repeating: 0, count: count)
            source.withUnsafeBytes { source in
                copy.withUnsafeMutableBytes { mask.copy(source, to: $0, payloadOffset: offset) }
            }
            #expect(copy == source.enumerated().map { $1 ^ key[(offset + $0) % 4] })
        }
    }
}

import NIOCore
import TestSupport
import Testing
import WebSocket

/// Bytes from a client and the events that they must produce.
struct InboundCase: Sendable, CustomTestStringConvertible {
    let name: String
    let frames: [ClientFrame]
    let expected: [WebSocketMessageDecoder.Event]
    var testDescription: String { name }

    init(_ name: String, _ frames: [ClientFrame], _ expected: [WebSocketMessageDecoder.Event]) {
        self.name = name
        self.frames = frames
        self.expected = expected
    }
}

/// A client's mistake and the close code for it.
struct ViolationCase: Sendable, CustomTestStringConvertible {
    let name: String
    let frames: [ClientFrame]
    let code: WebSocketCloseCode
    var testDescription: String { name }

    init(_ name: String, _ frames: [ClientFrame], _ code: WebSocketCloseCode) {
        self.name = name
        self.frames = frames
        self.code = code
    }

    static let reserved: [Self] =
        [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map { .init("opcode \($0)", [.init(first: 0x80 | $0)], .protocolError) }
        + [0x10, 0x20, 0x40].map { .init("reserved bit \($0)", [.init(first: 0x81 | $0)], .protocolError) }

    static let closeCodes: [Self] =
        [0, 999, 1004, 1005, 1006, 1012, 1014, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]
        .map { .init("close code \($0)", [.close($0)], .protocolError) }

    static let order: [Self] = [
        .init("continuation first", [.init(.continuation, "x")], .protocolError),
        .init("text in a fragmented message", [.init(.text, "a", isFinal: false), .init(.text, "b")], .protocolError),
        .init(
            "binary in a fragmented message", [.init(.text, "a", isFinal: false), .init(.binary, "b")], .protocolError),
        .init("continuation after the last", [.init(.text, "a"), .init(.continuation, "b")], .protocolError),
        .init("fragmented ping", [.init(.ping, "a", isFinal: false)], .protocolError),
        .init("fragmented close", [.init(.close, isFinal: false)], .protocolError),
    ]

    static let lengths: [Self] = [
        .init("unmasked", [.init(.text, "a").with { $0.key = nil }], .protocolError),
        .init("ping of 126 bytes", [.init(.ping, [UInt8](repeating: 1, count: 126))], .protocolError),
        .init("close of 126 bytes", [.init(.close, [UInt8](repeating: 1, count: 126))], .protocolError),
        .init(
            "125 in two bytes", [.init(.text, [UInt8](repeating: 65, count: 125)).with { $0.lengthBytes = 2 }],
            .protocolError),
        .init(
            "65535 in eight bytes", [.init(.text, "a").with { ($0.lengthBytes, $0.announced) = (8, 65_535) }],
            .protocolError),
        .init("the sign bit", [.init(.binary).with { ($0.lengthBytes, $0.announced) = (8, 1 << 63) }], .protocolError),
        .init("close of one byte", [.init(.close, [3])], .protocolError),
        .init("one byte too long", [.init(.binary, [UInt8](repeating: 0, count: 1025))], .messageTooLong),
        .init(
            "too long in sum",
            [
                .init(.binary, [UInt8](repeating: 0, count: 1000), isFinal: false),
                .init(.continuation, [UInt8](repeating: 0, count: 25)),
            ],
            .messageTooLong),
        .init(
            "huge, announced only", [.init(.binary).with { ($0.lengthBytes, $0.announced) = (8, 1 << 62) }],
            .messageTooLong),
        .init(
            "too many fragments",
            [.init(.text, isFinal: false)] + [ClientFrame](repeating: .init(.continuation, isFinal: false), count: 8),
            .messageTooLong),
    ]

    static let text: [Self] = [
        .init("text not UTF-8", [.init(.text, [0x41, 0xFF])], .invalidText),
        .init("text cut in a character", [.init(.text, [0xE2, 0x82])], .invalidText),
        .init(
            "surrogate over two fragments",
            [.init(.text, [0xED], isFinal: false), .init(.continuation, [0xA0, 0x80])], .invalidText),
        .init("wrong before the end has come", [.init(.text, [0xC0], isFinal: false)], .invalidText),
        .init("wrong before its frame has come", [.init(.text, [0xFF]).with { $0.announced = 100 }], .invalidText),
        .init("close reason not UTF-8", [.close(1000, [0xC0, 0x80])], .invalidText),
        .init("close reason cut in a character", [.close(1000, [0xE2, 0x82])], .invalidText),
    ]
}

@Suite("Frames from a client")
struct WebSocketMessageDecoderTests {
    private func decoder() -> WebSocketMessageDecoder {
        WebSocketMessageDecoder(maximumMessageBytes: 1024, maximumFragments: 8)
    }

    static let right: [InboundCase] =
        [
            .init("RFC 6455's masked Hello", [.init(.text, "Hello")], [.text(ByteBuffer(string: "Hello"))]),
            .init("empty text", [.init(.text)], [.text(ByteBuffer())]),
            .init("empty binary", [.init(.binary)], [.binary(ByteBuffer())]),
            .init(
                "126 bytes", [.init(.binary, [UInt8](repeating: 7, count: 126))],
                [.binary(ByteBuffer(repeating: 7, count: 126))]),
            .init(
                "the longest message", [.init(.binary, [UInt8](repeating: 7, count: 1024))],
                [.binary(ByteBuffer(repeating: 7, count: 1024))]),
            .init(
                "ping inside a fragmented text",
                [.init(.text, "Hel", isFinal: false), .init(.ping, "?"), .init(.continuation, "lo")],
                [.ping(ByteBuffer(string: "?")), .text(ByteBuffer(string: "Hello"))]),
            .init(
                "a character over three fragments",
                [
                    .init(.text, [0xE2], isFinal: false), .init(.continuation, [0x82], isFinal: false),
                    .init(.continuation, [0xAC]),
                ],
                [.text(ByteBuffer(string: "€"))]),
            .init(
                "as many fragments as allowed",
                [.init(.text, isFinal: false)]
                    + [ClientFrame](repeating: .init(.continuation, isFinal: false), count: 6)
                    + [.init(.continuation)],
                [.text(ByteBuffer())]),
            .init(
                "two messages after each other", [.init(.text, "a"), .init(.binary, [0xFF])],
                [.text(ByteBuffer(string: "a")), .binary(ByteBuffer(bytes: [0xFF]))]),
            .init(
                "binary need not be text", [.init(.binary, [0xFF], isFinal: false), .init(.continuation, [0xC0])],
                [.binary(ByteBuffer(bytes: [0xFF, 0xC0]))]),
            .init(
                "ping of 125 bytes", [.init(.ping, [UInt8](repeating: 9, count: 125))],
                [.ping(ByteBuffer(repeating: 9, count: 125))]),
            .init("pong unasked", [.init(.pong, "x")], [.pong(ByteBuffer(string: "x"))]),
            .init("close without a code", [.init(.close)], [.close(.missing, reason: "")]),
            .init("close with a reason", [.close(1001, Array("adiós".utf8))], [.close(.goingAway, reason: "adiós")]),
            .init(
                "nothing counts after a close", [.close(1000), .init(.text, "late"), .init(first: 0xFF)],
                [.close(.normal, reason: "")]),
        ]
        + [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].map { code in
            .init("close code \(code)", [.close(code)], [.close(.init(rawValue: code), reason: "")])
        }

    @Test("valid frames arrive completely, in any pieces", arguments: right)
    func accepts(_ test: InboundCase) {
        let bytes = test.frames.flatMap(\.bytes)
        var whole = decoder(), byBytes = decoder()
        #expect(whole.events(of: [bytes]) == test.expected)
        #expect(byBytes.events(of: bytes.map { [$0] }) == test.expected)
    }

    @Test(
        "each violation fails the connection with its code, once",
        arguments: ViolationCase.reserved + ViolationCase.closeCodes + ViolationCase.order + ViolationCase.lengths
            + ViolationCase.text)
    func rejects(_ test: ViolationCase) {
        let bytes = test.frames.flatMap(\.bytes) + ClientFrame(.text, "late").bytes
        for pieces in [[bytes], bytes.map { [$0] }] {
            var decoder = decoder()
            let violations = decoder.events(of: pieces).compactMap { event in
                if case .violation(let violation) = event { violation } else { nil as WebSocketViolation? }
            }
            #expect(violations.map(\.code) == [test.code])
            #expect(violations.allSatisfy { !$0.detail.isEmpty && $0.detail.utf8.count <= 123 })
            #expect(decoder.isOver)
        }
    }

    @Test(
        "a violation is reported before the end of the header",
        arguments: [
            [0x91], [0x83], [0x08], [0x80], [0x81, 0x05], [0x89, 0xFE], [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0],
        ] as [[UInt8]])
    func failsEarly(_ bytes: [UInt8]) {
        var decoder = decoder()
        let events = decoder.events(of: [bytes])
        guard case .violation(let violation)? = events.first else { return #expect(Bool(false), "\(events)") }
        #expect(violation.code == .protocolError)
    }

    @Test("random frames in random pieces arrive as they were sent", arguments: [11, 12, 13] as [UInt64])
    func model(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var bytes: [UInt8] = [], expected: [WebSocketMessageDecoder.Event] = []
        for _ in 0..<300 {
            let payload = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            var rest = payload[...]
            var opcode = WebSocketOpcode.binary
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                let piece = rest.prefix(Int.random(in: 0...200, using: &generator))
                rest = rest.dropFirst(piece.count)
                bytes +=
                    ClientFrame(opcode, Array(piece), isFinal: false).with {
                        $0.key = [1, 2, UInt8(piece.count & 0xFF), 9]
                    }.bytes
                opcode = .continuation
                if Bool.random(using: &generator) {
                    bytes += ClientFrame(.ping, Array(piece.prefix(9))).bytes
                    expected.append(.ping(ByteBuffer(bytes: piece.prefix(9))))
                }
            }
            bytes += ClientFrame(opcode, Array(rest)).bytes
            expected.append(.binary(ByteBuffer(bytes: payload)))
        }
        var decoder = decoder()
        #expect(decoder.events(of: generator.cut(bytes)) == expected, "seed \(seed)")
    }

    @Test("random bytes never crash the decoder, and end it at most once", arguments: SeededGenerator.seeds)
    func fuzz(seed: UInt64) {
        print("WebSocketMessageDecoderTests.fuzz seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        for round in 0..<5000 {
            // Most first bytes are plausible; otherwise every round would end at once.
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes += [[0x81, 0x82, 0x01, 0x00, 0x80, 0x89, 0x8A, 0x88].randomElement(using: &generator)!]
                bytes += [0x80 | UInt8.random(in: 0...127, using: &generator)]
                bytes += (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
            }
            let pieces = generator.cut(bytes)
            var cut = decoder(), whole = decoder()
            let events = cut.events(of: pieces)
            #expect(events == whole.events(of: [bytes]), "seed \(seed), round \(round)")
            let ends = events.indices.filter { index in
                switch events[index] {
                case .close, .violation: true
                default: false
                }
            }
            #expect(ends.isEmpty || ends == [events.count - 1], "seed \(seed), round \(round)")
            #expect(cut.isOver == !ends.isEmpty, "seed \(seed), round \(round)")
        }
    }
}

import JSON
import NIOCore
import SocketIO
import TestSupport
import Testing

@Suite("Packet properties")
struct PacketPropertyTests {
    @Test(
        "packets that are written to one transport are read as the same packets",
        arguments: SeededGenerator.seeds, Transport.allCases)
    func roundTrip(seed: UInt64, transport: Transport) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<300 {
            let pairs = (0..<Int.random(in: 1...5, using: &random)).map { _ in RandomPacket.pair(using: &random) }
            var rendered = ByteBuffer()
            for (packet, _) in pairs { packet.append(to: &rendered, for: transport) }
            var assembler = PacketAssembler()
            let read = try assembler.packets(of: enginePackets(rendered, from: transport))
            #expect(read == pairs.map(\.1), "seed \(seed), round \(round)")
        }
    }

    @Test(
        "guarded packets are read, too, with at most a null more", arguments: SeededGenerator.seeds, Transport.allCases)
    func guarded(seed: UInt64, transport: Transport) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<300 {
            let (packet, expected) = RandomPacket.pair(using: &random)
            var assembler = PacketAssembler()
            let rendered = packet.encoded(for: transport, guarded: true)
            let read = try assembler.packets(of: enginePackets(rendered, from: transport))
            guard case .event(_, _, nil, let arguments, _) = read.first else {
                #expect(read == [expected], "seed \(seed), round \(round)")
                continue
            }
            #expect(!String(buffer: arguments).hasSuffix("\"]"), "seed \(seed), round \(round)")
            let plain = Arguments(arguments, attachments: [], skippingName: true).count
            guard case .event(_, _, _, let before, _) = expected else { return }
            #expect((0...1).contains(plain - Arguments(before, attachments: [], skippingName: true).count))
        }
    }

    @Test("arguments end where their values end", arguments: SeededGenerator.seeds)
    func items(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for round in 0..<500 {
            let values = (0..<Int.random(in: 0..<6, using: &random)).map { _ in
                RandomPacket.value(depth: 3, using: &random).text
            }
            let arguments = Arguments(
                buffer("[" + values.joined(separator: ",") + "]"), attachments: [], skippingName: false)
            #expect(
                (0..<arguments.count).map { arguments.json(at: $0).map { String(buffer: $0) } } == values,
                "seed \(seed), round \(round)")
        }
    }

    @Test("arbitrary bytes give packets or an error", arguments: SeededGenerator.seeds)
    func arbitraryBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let interesting =
            Array("0123456789b-/,[]{}\"\\:=_placeholdernum true null.eE".utf8) + [0x1E, 0xC3, 0xA9, 0xFF, 0]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<24, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? interesting.randomElement(using: &random) ?? 0 : .random(in: .min ... .max, using: &random)
            }
            readAnything(buffer(bytes))
        }
    }

    @Test("damaged packets give packets or an error", arguments: SeededGenerator.seeds)
    func damagedPackets(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<4_000 {
            var bytes = Array(buffer: RandomPacket.outgoing(using: &random).encoded(for: .polling))
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[place] = .random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(Array("09-,/[]{}\"\\\u{1E}".utf8).randomElement(using: &random) ?? 0, at: place)
                case 3: bytes.insert(contentsOf: bytes[place...].prefix(8), at: place)
                default: bytes.removeSubrange(place...)
                }
            }
            readAnything(buffer(bytes))
        }
    }

    /// Reads bytes with every reader; only a trap can fail the test.
    private func readAnything(_ bytes: ByteBuffer) {
        _ = try? EnginePacket(text: bytes)
        var assembler = PacketAssembler()
        readArguments(try? assembler.receive(text: bytes))
        readArguments(try? assembler.receive(binary: bytes))
        var polling = PacketAssembler()
        for packet in (try? polling.packets(of: PollingPayload.decode(bytes))) ?? [] { readArguments(packet) }
        _ = Arguments(bytes, attachments: [], skippingName: true).json(at: 0)
    }

    private func readArguments(_ packet: SocketPacket?) {
        guard case .event(_, let name, _, let array, let attachments) = packet else { return }
        #expect(!ReservedName.contains(name))
        let arguments = Arguments(array, attachments: attachments, skippingName: true)
        for position in 0..<arguments.count {
            _ = try? arguments.decode(String.self, at: position)
            _ = try? arguments.decode([String: Int?].self, at: position)
        }
    }
}

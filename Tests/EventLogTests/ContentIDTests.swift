import EventLog
import Testing

@Suite("Ids made from content") struct ContentIDTests {
    private static let event = NewEvent(
        topic: "t", type: "x", source: "s", data: .json(Array("1".utf8)), time: Timestamp(microseconds: 5))

    @Test("do not change between versions: importing a file again must find them")
    func stable() {
        #expect(Self.event.contentID(number: 17) == "000000000017-9df7748de7855847")
        #expect(Self.event.contentID(number: .max).hasPrefix("18446744073709551615-"))
    }

    @Test("ascend with the number")
    func ascending() {
        let ids = [0, 1, 9, 10, 99, 100, 999_999_999_999].map { Self.event.contentID(number: $0) }
        #expect(ids == ids.sorted())
    }

    @Test("differ when any field but the id differs")
    func different() {
        var others: [NewEvent] = []
        for change in 0..<9 {
            var event = Self.event
            switch change {
            case 0: event.topic = "tx"
            case 1: (event.topic, event.type) = ("tx", "")
            case 2: event.type = "y"
            case 3: event.source = nil
            case 4: event.data = .bytes(Array("1".utf8))
            case 5: event.data = .json(Array("2".utf8))
            case 6: event.time = nil
            case 7: event.time = Timestamp(microseconds: 6)
            default: (event.source, event.type) = ("", "xs")
            }
            others.append(event)
        }
        #expect(Set((others + [Self.event]).map { $0.contentID(number: 1) }).count == 10)
        var named = Self.event
        named.id = "a"
        #expect(named.contentID(number: 1) == Self.event.contentID(number: 1))
    }
}

@Suite("Ids made from the source and the id of another system") struct ExternalIDTests {
    @Test("do not change between versions: importing a file again must find them")
    func stable() {
        #expect(
            NewEvent.externalID(source: "https://example.com/shop", id: "A 234") == "https://example.com/shop A 234")
        let long = NewEvent.externalID(source: "s", id: String(repeating: "9", count: 300))
        #expect(long.wholeMatch(of: #/[0-9a-f]{32}/#) != nil)
    }

    @Test("are the same for the same source and id only", arguments: [0, 260])
    func different(_ padding: Int) {
        // Some texts, split in two at every place, also at spaces.
        let texts = ["a b c", "a  b", " 1 a b c", " 3 a b c", "3 a b c d"].map {
            $0 + String(repeating: "x", count: padding)
        }
        var ids: [String: [String]] = [:]
        for text in texts {
            for end in text.indices.dropFirst()
            where end <= text.index(text.startIndex, offsetBy: 8, limitedBy: text.endIndex) ?? text.endIndex {
                let (source, id) = (String(text[..<end]), String(text[end...]))
                for pair in [(source, id), (source, String(id.drop { $0 == " " }))] where !pair.1.isEmpty {
                    let made = NewEvent.externalID(source: pair.0, id: pair.1)
                    #expect(ids[made, default: [pair.0, pair.1]] == [pair.0, pair.1])
                    ids[made] = [pair.0, pair.1]
                }
            }
        }
        #expect(ids.keys.allSatisfy { $0.utf8.count <= EventLimits.id })
    }
}

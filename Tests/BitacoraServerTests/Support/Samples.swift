import EventLog
import JSON

/// An event whose data is a JSON string of `size` letters.
func sample(topic: String = "products", type: String = "product.created", size: Int = 8, id: String? = nil) -> NewEvent
{
    NewEvent(
        topic: topic, type: type, id: id,
        data: .json([UInt8(ascii: "\"")] + [UInt8](repeating: UInt8(ascii: "x"), count: size) + [UInt8(ascii: "\"")]))
}

func samples(_ count: Int, topic: String = "products", size: Int = 8) -> [NewEvent] {
    (0..<count).map { _ in sample(topic: topic, size: size) }
}

func patterns(_ texts: String...) -> [TopicPattern] { texts.compactMap { TopicPattern($0) } }

extension EventLog {
    /// The JSON of the events, as every interface shows them.
    func json(_ offsets: ClosedRange<UInt64>) throws -> [[UInt8]] {
        var texts: [[UInt8]] = []
        _ = try scan(after: Offset(offsets.lowerBound).previous, through: Offset(offsets.upperBound)) { event in
            texts.append(event.json)
            return true
        }
        return texts
    }
}

struct TestFailure: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

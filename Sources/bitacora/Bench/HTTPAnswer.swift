/// One HTTP answer, as it comes in pieces; its length must be told.
struct HTTPAnswer {
    private var bytes: [UInt8] = []
    /// Where its body begins and ends, once its head has come.
    private var body: Range<Int>?

    /// - Returns: whether all of it has come.
    mutating func take(_ piece: UnsafeRawBufferPointer) -> Bool {
        bytes.append(contentsOf: piece)
        if body == nil, let end = bytes.endOfHead { body = end..<end + Self.contentLength(bytes[..<end]) }
        return body.map { bytes.count >= $0.upperBound } ?? false
    }

    /// Its body; what came so far is forgotten.
    ///
    /// - Throws: when the status is not the one that is wanted.
    mutating func takeBody(wanting status: Int) throws -> [UInt8] {
        guard let body, bytes.starts(with: "HTTP/1.1 \(status) ".utf8) else {
            throw Failure(
                ExitStatus.refused, "the server answered \(String(decoding: bytes.prefix(400), as: UTF8.self))")
        }
        defer { self = HTTPAnswer() }
        return Array(bytes[body])
    }

    private static func contentLength(_ head: ArraySlice<UInt8>) -> Int {
        let name = Array("\ncontent-length:".utf8)
        var place = head.startIndex
        while let line = head[place...].firstIndex(of: name[0]) {
            place = line + name.count
            guard place < head.endIndex else { return 0 }
            if zip(head[line..<place], name).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 }) {
                return head[place...].drop { $0 == UInt8(ascii: " ") }.prefix { (48...57).contains($0) }
                    .reduce(0) { ($0 &* 10) &+ Int($1 - 48) }
            }
            place = line + 1
        }
        return 0
    }
}

extension [UInt8] {
    /// What follows the empty line behind the head of an HTTP message.
    var endOfHead: Int? {
        var place = 0
        while let newline = self[place...].firstIndex(of: UInt8(ascii: "\n")) {
            place = newline + 1
            if place >= 4, self[place - 2] == UInt8(ascii: "\r"), self[place - 3] == UInt8(ascii: "\n") { return place }
        }
        return nil
    }
}

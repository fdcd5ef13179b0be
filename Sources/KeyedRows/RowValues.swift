internal import Glibc
package import JSON

/// The values of a row by the index of their fields, nil for a missing one.
///
/// One block of memory has all of them, in the form in which snapshots have them: for each value its kind (1 byte), then for
/// numbers, strings, arrays and objects the length and the text. So rows are compared and stored as bytes. After them, the row
/// of a group has the group's aggregates, which are not values of the row.
///
/// `Sendable`, because a block is not changed after it was filled, before another thread can refer to it.
package struct RowValues: @unchecked Sendable {
    /// Nil without values.
    private let block: Block?

    private struct Header {
        let byteCount: UInt32
        let fieldCount: UInt32
        let aggregateCount: UInt32
    }

    private final class Block: ManagedBuffer<Header, UInt8> {}

    /// No values.
    init() { block = nil }

    /// Copies values that are known to be in the form of snapshots.
    init(_ bytes: UnsafeRawBufferPointer, fieldCount: Int) {
        self.init(fieldCount: fieldCount, byteCount: bytes.count) { $0.copyMemory(from: bytes) }
    }

    package init(_ values: [JSONValue?]) {
        self = ValueArena.with { arena in
            var arena = arena
            let stored = values.map { arena.store($0) }
            return stored.withUnsafeBufferPointer { RowValues($0) }
        }
    }

    /// - Parameter aggregates: what a group keeps beside the values of its row; copied.
    init(_ values: UnsafeBufferPointer<StoredValue>, aggregates: UnsafeRawBufferPointer = .empty) {
        var byteCount = 0
        for value in values { byteCount += value.byteCount }
        self.init(fieldCount: values.count, byteCount: byteCount, aggregates) { bytes in
            var position = 0
            for value in values { value.write(to: bytes, at: &position) }
        }
    }

    @inline(__always)
    private init(
        fieldCount: Int, byteCount: Int, _ aggregates: UnsafeRawBufferPointer = .empty,
        _ fill: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        let header = Header(
            byteCount: UInt32(byteCount), fieldCount: UInt32(fieldCount), aggregateCount: UInt32(aggregates.count))
        let buffer = Block.create(minimumCapacity: byteCount + aggregates.count) { _ in header }
        buffer.withUnsafeMutablePointerToElements { start in
            fill(UnsafeMutableRawBufferPointer(start: start, count: byteCount))
            UnsafeMutableRawBufferPointer(start: start + byteCount, count: aggregates.count)
                .copyMemory(from: aggregates)
        }
        block = unsafeDowncast(buffer, to: Block.self)
    }

    /// The values in the form of snapshots.
    @inline(__always)
    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        guard let block else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return try block.withUnsafeMutablePointers { header, start in
            try body(UnsafeRawBufferPointer(start: start, count: Int(header.pointee.byteCount)))
        }
    }

    /// The bytes that a group keeps beside the values.
    @inline(__always)
    func withAggregates<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        guard let block else { return try body(.empty) }
        return try block.withUnsafeMutablePointers { header, start in
            let start = start + Int(header.pointee.byteCount)
            return try body(UnsafeRawBufferPointer(start: start, count: Int(header.pointee.aggregateCount)))
        }
    }

    /// Calls a closure with the stored form of a value, which is valid during the call.
    @inline(__always)
    func withValue<Result>(_ field: Int, _ body: (StoredValue) throws -> Result) rethrows -> Result {
        precondition(indices.contains(field), "a row does not have the field \(field)")
        return try withUnsafeBytes { bytes in
            var position = 0
            for _ in 0..<field { StoredValue.skip(bytes, &position) }
            return try body(StoredValue(bytes, &position))
        }
    }

    /// Whether the values are written with the same bytes.
    package func hasSameBytes(as other: RowValues) -> Bool {
        if block === other.block { return true }
        return withUnsafeBytes { mine in other.withUnsafeBytes { mine.hasSameBytes(as: $0) } }
    }

    func sortValue(_ field: Int) -> SortValue { withValue(field) { SortValue($0) } }
}

extension RowValues: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { block.map { Int($0.header.fieldCount) } ?? 0 }
    package subscript(field: Int) -> JSONValue? { withValue(field) { $0.json } }
}

extension UnsafeRawBufferPointer {
    static var empty: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

    func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let start = baseAddress, let otherStart = other.baseAddress else { return true }
        return memcmp(start, otherStart, count) == 0
    }
}

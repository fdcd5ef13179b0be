import JSON

/// A constant of a definition, stored once for all rows that get it.
///
/// `Sendable`, because the bytes are not changed after the initializer.
final class StoredConstant: @unchecked Sendable {
    private let bytes: UnsafeMutableRawBufferPointer
    /// Valid as long as the constant.
    let value: StoredValue

    init(_ value: JSONValue) {
        bytes = ValueArena.with { arena in
            var arena = arena
            let stored = arena.store(value)
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: stored.byteCount, alignment: 1)
            var position = 0
            stored.write(to: bytes, at: &position)
            return bytes
        }
        var position = 0
        self.value = StoredValue(UnsafeRawBufferPointer(bytes), &position)
    }

    deinit { bytes.deallocate() }
}

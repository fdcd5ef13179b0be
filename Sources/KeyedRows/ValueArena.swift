import JSON

/// Memory for the texts of values that are made while an event is applied.
///
/// The first bytes are on the stack; longer texts get memory of their own, which is released with the arena.
struct ValueArena: ~Copyable {
    private var free: UnsafeMutableRawBufferPointer
    private var blocks: [UnsafeMutableRawBufferPointer] = []

    private static let stackBytes = 256

    /// Calls a closure with an arena. The texts of the arena must not be used after the call.
    @inline(__always)
    static func with<Result>(_ body: (consuming ValueArena) -> Result) -> Result {
        withUnsafeTemporaryAllocation(byteCount: stackBytes, alignment: 1) { body(ValueArena(free: $0)) }
    }

    private init(free: UnsafeMutableRawBufferPointer) { self.free = free }

    deinit { for block in blocks { block.deallocate() } }

    /// Memory without content.
    mutating func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
        guard count <= free.count else {
            blocks.append(.allocate(byteCount: count, alignment: 1))
            return blocks[blocks.count - 1]
        }
        let memory = UnsafeMutableRawBufferPointer(rebasing: free[..<count])
        free = UnsafeMutableRawBufferPointer(rebasing: free[count...])
        return memory
    }

    private mutating func copy(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let memory = allocate(text.count)
        memory.copyMemory(from: text)
        return UnsafeRawBufferPointer(memory)
    }

    private mutating func copy(_ text: String) -> UnsafeRawBufferPointer {
        text.utf8.span.bytes.withUnsafeBytes { copy($0) }
    }

    /// - Parameter value: nil for a missing value.
    mutating func store(_ value: JSONValue?) -> StoredValue {
        switch value {
        case nil: .missing
        case .null: .null
        case .bool(let value): value ? .yes : .no
        case .number(let number): .number(copy(number.text))
        case .string(let text): .string(copy(text))
        case .array?, .object?: .nested((value?.bytes ?? []).withUnsafeBytes { copy($0) })
        }
    }

    mutating func store(_ number: ExactDecimal) -> StoredValue {
        let memory = allocate(ExactDecimal.maximumText)
        let count = number.write(to: memory.assumingMemoryBound(to: UInt8.self))
        return .number(UnsafeRawBufferPointer(rebasing: memory[..<count]))
    }
}

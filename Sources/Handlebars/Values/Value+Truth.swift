extension Value {
    /// JavaScript's falsy values: undefined, null, false, 0, NaN and "".
    public var isFalsy: Bool {
        switch self {
        case .undefined, .null: true
        case .bool(let bool): !bool
        case .number(let number): number == 0 || number.isNaN
        case .string(let text): text.isEmpty
        case .safeString, .array, .object, .function: false
        }
    }

    /// What `{{#with}}` takes for nothing: the falsy values but 0, and the empty array.
    public var isEmpty: Bool {
        switch self {
        case .number(let number): number.isNaN
        case .array(let items): items.isEmpty
        default: isFalsy
        }
    }

    /// What `{{#if}}` takes for false: the falsy values and the empty array.
    @inline(__always)
    var isIfFalsy: Bool {
        if case .array(let items) = self { return items.isEmpty }
        return isFalsy
    }

    /// JavaScript's `==` between contexts: the same object, array or function, or equal simple values.
    ///
    /// A block climbs a level of `..` only when its context is not this one already.
    func isSame(as other: Value) -> Bool {
        switch (self, other) {
        case (.object(let one), .object(let two)): one.storage === two.storage
        case (.array(let one), .array(let two)): one.isSame(as: two)
        case (.function(let one), .function(let two)): one === two
        case (.string(let one), .string(let two)): one == two
        case (.number(let one), .number(let two)): one == two
        case (.bool(let one), .bool(let two)): one == two
        case (.undefined, .undefined), (.null, .null), (.undefined, .null), (.null, .undefined): true
        default: false
        }
    }
}

/// Helpers by name.
///
/// A helper named as a built-in one (`if`, `each` …) takes its place. Two names are hooks and cannot be called
/// from a template: `helperMissing` answers for names that nothing else has, `blockHelperMissing` decides what a
/// plain section does.
public struct HelperRegistry: Sendable, ExpressibleByDictionaryLiteral {
    /// As objects: a closure that is put into a dictionary and taken out again is wrapped each time, and then
    /// called through all the wrappers.
    private var helpers: [String: Function] = [:]
    /// A bit for each helper's hash: most fields of a page are told from helpers by this alone.
    private(set) var filter: UInt64 = 0
    private(set) var overridesBuiltIn = false
    private(set) var missing: Helper?
    private(set) var blockMissing: Helper?

    /// No helpers but the built-in ones.
    public init() {}

    /// Registers the helpers in order.
    public init(dictionaryLiteral elements: (String, Helper)...) {
        for (name, helper) in elements { register(name, helper) }
    }

    /// Adds a helper, in the place of one of the same name.
    public mutating func register(_ name: String, _ helper: @escaping Helper) {
        switch name {
        case "helperMissing": missing = helper
        case "blockHelperMissing": blockMissing = helper
        default: add(name, Function(helper))
        }
    }

    private mutating func add(_ name: String, _ helper: Function) {
        helpers[name] = helper
        filter |= FieldName.filterBit(of: FieldName.hash(of: name))
        if BuiltIn.names.contains(name) { overridesBuiltIn = true }
    }

    /// These helpers and others, whose own win.
    public func merging(_ other: HelperRegistry) -> HelperRegistry {
        var merged = self
        for (name, helper) in other.helpers { merged.add(name, helper) }
        if let hook = other.missing { merged.missing = hook }
        if let hook = other.blockMissing { merged.blockMissing = hook }
        return merged
    }

    /// The names of the registered helpers, in no order.
    public var names: [String] { Array(helpers.keys) }

    func find(_ key: FieldName) -> Helper? {
        filter & key.filterBit != 0 ? helpers[key.text]?.body : nil
    }
}

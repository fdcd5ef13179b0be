import JSON

/// Compiles a schema and all schemas that its references lead to, and collects the faults of all of them.
///
/// The targets of references wait in a queue, so that only schemas nested in each other need nested calls.
struct SchemaCompiler {
    private let documents: SchemaDocuments
    private let budget: SchemaBudget
    private var nodes: [SchemaRules] = []
    private var locations: [SchemaLocation] = []
    private var indices: [SchemaLocation: Int] = [:]
    private var isCompiled: [Bool] = []
    /// The targets of references.
    private var queue: [(index: Int, value: JSONValue)] = []
    private var faults: [SchemaFaults.Fault] = []
    private var isOverLimit = false

    init(documents: SchemaDocuments, budget: SchemaBudget) { (self.documents, self.budget) = (documents, budget) }

    /// Compiles the schemas; the first of the result is the schema itself.
    mutating func compile() throws(SchemaFaults) -> [SchemaRules] {
        let start = documents.start
        compile(start.value, at: start.location, depth: 1)
        var position = 0
        while position < queue.count, !budget.isExceeded {
            let (index, value) = queue[position]
            position += 1
            if !isCompiled[index] { compile(value, at: locations[index], depth: 1) }
        }
        if !isOverLimit, !budget.isExceeded { checkReferences() }
        guard faults.isEmpty else { throw SchemaFaults(faults: sortedFaults()) }
        return nodes
    }

    /// The faults, grouped by file. The files are in the order of their first faults.
    private func sortedFaults() -> [SchemaFaults.Fault] {
        var files: [String] = []
        for fault in faults where !files.contains(fault.file) { files.append(fault.file) }
        return files.flatMap { file in faults.filter { $0.file == file } }
    }

    private mutating func report(_ fault: KeywordFault, at location: SchemaLocation) {
        guard faults.count < SchemaFaults.maximum else { return }
        let place = location.appending(fault.steps)
        faults.append(
            SchemaFaults.Fault(
                file: place.file, pointer: place.pointer, isName: fault.isName, message: fault.message))
    }

    /// The index of the schema at a place, which may be compiled later.
    private mutating func index(of location: SchemaLocation) -> Int {
        if let index = indices[location] { return index }
        do throws(KeywordFault) {
            try countSchema()
        } catch {
            if !isOverLimit { report(error, at: location) }
            isOverLimit = true
            return 0
        }
        indices[location] = nodes.count
        nodes.append(SchemaRules())
        locations.append(location)
        isCompiled.append(false)
        return nodes.count - 1
    }

    private func countSchema() throws(KeywordFault) {
        guard nodes.count < Schema.maximumSchemas else {
            throw KeywordFault(message: "there are more than \(Schema.maximumSchemas) schemas in this one; split it")
        }
        try budget.takeSchema()
    }

    /// Compiles one schema and those in it.
    ///
    /// - Returns: its index.
    @discardableResult
    private mutating func compile(_ value: JSONValue, at location: SchemaLocation, depth: Int) -> Int {
        guard !budget.isExceeded else { return 0 }
        let index = index(of: location)
        guard !isOverLimit, !isCompiled[index] else { return index }
        isCompiled[index] = true
        guard depth <= Schema.maximumDepth else {
            report(
                KeywordFault(message: "schemas are nested deeper than the limit of \(Schema.maximumDepth); use $ref"),
                at: location)
            return index
        }
        switch value {
        case .bool(let accepts): nodes[index].refusesAll = !accepts
        case .object(let object): nodes[index] = compileKeywords(of: object, at: location, depth: depth)
        default:
            report(
                KeywordFault(message: "must be a schema, an object or a boolean, not \(value.kindName)"), at: location)
        }
        return index
    }

    private mutating func compileKeywords(
        of object: JSONObject, at location: SchemaLocation, depth: Int
    ) -> SchemaRules {
        var rules = SchemaRules()
        for (name, value) in object.entries {
            let place = location.appending([name])
            do throws(KeywordFault) {
                switch try SchemaKeyword(name: name) {
                case .items:
                    rules.arrays[orNew: ArrayRules()].items = compile(value, at: place, depth: depth + 1)
                case .properties:
                    let members = try compileMembers(value, at: place, depth: depth)
                    rules.objects[orNew: ObjectRules()].properties = members
                case .additionalProperties where value == .bool(false):
                    rules.objects[orNew: ObjectRules()].additional = .refused
                case .additionalProperties:
                    rules.objects[orNew: ObjectRules()].additional = .schema(
                        compile(value, at: place, depth: depth + 1))
                case .definitions: _ = try compileMembers(value, at: place, depth: depth)
                case .reference: rules.reference = try resolve(value, in: location.file)
                case let keyword: try read(keyword, value, into: &rules)
                }
            } catch {
                report(error, at: place)
            }
        }
        return rules
    }

    /// Reads a keyword that contains no schemas.
    private func read(
        _ keyword: SchemaKeyword, _ value: JSONValue, into rules: inout SchemaRules
    ) throws(KeywordFault) {
        switch keyword {
        case .enum, .const, .required: try budget.take(values: value)
        default: break
        }
        try rules.read(keyword, value)
        if keyword == .pattern, let pattern = rules.strings?.pattern { try budget.take(pattern) }
    }

    /// Compiles an object whose members are schemas.
    private mutating func compileMembers(
        _ value: JSONValue, at location: SchemaLocation, depth: Int
    ) throws(KeywordFault) -> [ExactText: Int] {
        guard let object = value.object else {
            throw KeywordFault(message: "must be an object whose members are schemas, not \(value.kindName)")
        }
        var members: [ExactText: Int] = [:]
        for (name, schema) in object.entries {
            try budget.take(name: name)
            members[ExactText(name)] = compile(schema, at: location.appending([name]), depth: depth + 1)
        }
        return members
    }

    private mutating func resolve(_ value: JSONValue, in file: String) throws(KeywordFault) -> Int {
        guard let text = value.string else {
            throw KeywordFault(message: "must be a string as '#/$defs/item' or 'order.json', not \(value.kindName)")
        }
        let target = try documents.target(of: text, in: file)
        let index = index(of: target.location)
        queue.append((index, target.value))
        return index
    }

    /// Reports references that lead back to themselves without a step into the value, and long chains of references.
    private mutating func checkReferences() {
        let maximumCount = Schema.maximumDepth + 1
        for start in nodes.indices where nodes[start].reference != nil {
            var chain = [start]
            while let next = nodes[chain[chain.count - 1]].reference, chain.count <= maximumCount {
                // Each cycle is reported at its first schema.
                if next == start, chain.min() == start { reportCycle(chain) }
                if chain.contains(next) { break }
                chain.append(next)
            }
            if chain.count > maximumCount {
                let message = "leads through more than \(Schema.maximumDepth) references; refer to the last one"
                report(KeywordFault(steps: ["$ref"], message: message), at: locations[start])
            }
        }
    }

    private mutating func reportCycle(_ chain: [Int]) {
        let places = (chain + [chain[0]]).map {
            "\(locations[$0].file)#\(locations[$0].pointer)".shortened
        }
        let path = places.count > 4 ? "\(places[0]) → \(places[1]) → … → \(places[0])" : places.joined(separator: " → ")
        report(
            KeywordFault(steps: ["$ref"], message: "leads back to itself: \(path); refer to a schema with rules"),
            at: locations[chain[0]])
    }
}

extension Optional {
    /// The value, or a new one if there is none.
    subscript(orNew new: @autoclosure () -> Wrapped) -> Wrapped {
        get { self ?? new() }
        set { self = newValue }
    }
}

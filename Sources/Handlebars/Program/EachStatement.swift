/// `{{#each}}` with one argument.
final class EachStatement: Statement {
    private let call: BlockCallStatement

    init(_ call: BlockCallStatement) { self.call = call }

    func render(_ scope: borrowing Scope, to output: inout [UInt8]) throws(TemplateError) {
        guard !scope.activation.rendering.overridesBuiltIn else { return try call.render(scope, to: &output) }
        let value = try call.call.arguments[0].evaluate(scope).called(by: call.call, scope)
        switch value {
        case .array(let items) where !items.isEmpty:
            guard let program = call.program else { return }
            try Loop.overArray(items, program, scope, at: call.call.position, to: &output)
        case .object(let object) where !object.isEmpty:
            guard let program = call.program else { return }
            try Loop.overObject(object, program, scope, at: call.call.position, to: &output)
        default: try call.inverse?.render(scope.enteringOwnContext(), outer: scope.frame, to: &output)
        }
    }
}

/// Runs a block once for each element.
///
/// The frames are made once for the whole loop and changed at each turn: nothing that is called in the block
/// outlives its turn.
enum Loop {
    static func overArray(
        _ items: Value.Elements, _ program: Program, _ scope: borrowing Scope, at position: Int,
        to output: inout [UInt8]
    ) throws(TemplateError) {
        let turn = Turn(scope, program)
        let count = items.count
        for index in 0..<count {
            let item = items[index]
            turn.data?.loop = DataFrame.Loop(key: nil, index: index, isLast: index == count - 1)
            if turn.hasParameters { turn.setParameters(item, Value(index)) }
            try turn.run(item, at: position, to: &output)
        }
    }

    static func overObject(
        _ object: Object, _ program: Program, _ scope: borrowing Scope, at position: Int, to output: inout [UInt8]
    ) throws(TemplateError) {
        let turn = Turn(scope, program)
        let entries = object.storage.entries
        for (index, entry) in entries.enumerated() {
            turn.data?.loop = DataFrame.Loop(key: entry.key, index: index, isLast: index == entries.count - 1)
            if turn.hasParameters { turn.setParameters(entry.value, .string(entry.key)) }
            try turn.run(entry.value, at: position, to: &output)
        }
    }

    private struct Turn {
        let program: Program
        let data: DataFrame?
        let hasParameters: Bool
        private let outer: ContextFrame
        private let frame: ContextFrame
        private let scope: Scope
        private let sameScope: Scope

        init(_ scope: borrowing Scope, _ program: Program) {
            self.program = program
            outer = scope.frame
            frame = ContextFrame(.undefined, parent: scope.frame)
            data = scope.data.map { DataFrame(parent: $0) }
            hasParameters = program.blockParameterCount > 0
            var inner = copy scope
            inner.data = data
            if hasParameters { inner.parameters = ParameterFrame(of: program, [], parent: scope.parameters) }
            sameScope = inner
            inner.frame = frame
            self.scope = inner
        }

        func setParameters(_ item: Value, _ key: Value) {
            scope.parameters?.values = [item, key]
        }

        @inline(__always)
        func run(_ item: Value, at position: Int, to output: inout [UInt8]) throws(TemplateError) {
            let rendering = scope.activation.rendering
            guard rendering.countLoopTurn(), output.count <= rendering.limits.outputBytes else {
                throw scope.error(
                    .limit,
                    "more than \(rendering.limits.outputBytes) bytes of output or \(rendering.limits.loopTurns) turns of loops",
                    at: position)
            }
            if item.isSame(as: outer.value) {
                try program.render(sameScope, outer: outer, to: &output)
            } else {
                frame.value = item
                try program.render(scope, outer: outer, to: &output)
            }
        }
    }
}

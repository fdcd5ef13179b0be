import JSON
import Schemas

/// The faults that were found so far, at most `ApplicationFaults.maximum`.
final class FaultList {
    private struct Entry {
        let location: Location
        let message: String
    }

    private struct Location: Hashable {
        let file: String
        let place: Place
    }

    private enum Place: Hashable {
        case file
        case position(TextPosition)
        case value(JSONPointer, isName: Bool)
    }

    private var entries: [Entry] = []

    private var isFull: Bool { entries.count >= ApplicationFaults.maximum }

    /// Adds a fault of a whole file.
    func add(file: String, _ message: @autoclosure () -> String) { add(file, .file, message) }

    /// Adds a fault at a position.
    func add(file: String, at position: TextPosition, _ message: @autoclosure () -> String) {
        add(file, .position(position), message)
    }

    /// Adds a fault of a value, or of the name of a member.
    func add(file: String, at pointer: JSONPointer, isName: Bool = false, _ message: @autoclosure () -> String) {
        add(file, .value(pointer, isName: isName), message)
    }

    func add(_ faults: SchemaFaults) {
        for fault in faults.faults { add(file: fault.file, at: fault.pointer, isName: fault.isName, fault.message) }
    }

    /// Builds the message only if the fault is kept, because suggestions cost time.
    private func add(_ file: String, _ place: Place, _ message: () -> String) {
        guard !isFull else { return }
        entries.append(Entry(location: Location(file: file, place: place), message: message()))
    }

    /// Throws the faults by file and position, each once; returns when there are none.
    func throwAny(in files: [String: [UInt8]]) throws(ApplicationFaults) {
        guard !entries.isEmpty else { return }
        // Many faults can have one place, and finding a place reads the file.
        var positions: [Location: TextPosition] = [:]
        var seen: Set<ApplicationFaults.Fault> = []
        let faults = entries.map { Self.resolve($0, in: files, &positions) }.filter { seen.insert($0).inserted }
        // The index keeps faults of one place in the order in which they were found.
        let sorted = faults.enumerated().sorted { left, right in
            if left.element.file != right.element.file { return left.element.file < right.element.file }
            return Self.place(left).lexicographicallyPrecedes(Self.place(right))
        }
        throw ApplicationFaults(faults: sorted.map(\.element))
    }

    private static func place(_ fault: (offset: Int, element: ApplicationFaults.Fault)) -> [Int] {
        [fault.element.position?.line ?? 0, fault.element.position?.column ?? 0, fault.offset]
    }

    private static func resolve(
        _ entry: Entry, in files: [String: [UInt8]], _ positions: inout [Location: TextPosition]
    ) -> ApplicationFaults.Fault {
        let location = entry.location
        let position: TextPosition?
        switch location.place {
        case .file: position = nil
        case .position(let known): position = known
        case .value(let pointer, let isName):
            position =
                positions[location]
                ?? files[location.file]?.withUnsafeBytes { JSONText.position(of: pointer, name: isName, in: $0) }
            positions[location] = position
        }
        return .init(file: location.file, position: position, message: entry.message)
    }
}

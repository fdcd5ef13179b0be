package import JSON

/// What is wrong with an application, as `FILE:LINE:COLUMN: message`.
package struct ApplicationFaults: Error, Sendable {
    /// The most faults that are reported; further faults show when these are corrected.
    package static let maximum = 100

    package struct Fault: Sendable, Hashable, CustomStringConvertible {
        package let file: String
        /// Nil when the fault concerns the whole file.
        package let position: TextPosition?
        /// What is wrong and what to write instead.
        package let message: String

        package init(file: String, position: TextPosition?, message: String) {
            (self.file, self.position, self.message) = (file, position, message)
        }

        package var description: String {
            position.map { "\(file):\($0.line):\($0.column): \(message)" } ?? "\(file): \(message)"
        }
    }

    /// At least one.
    package let faults: [Fault]

    package init(faults: [Fault]) { self.faults = faults }
}

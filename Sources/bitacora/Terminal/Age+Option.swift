import ArgumentParser
import Inspection

extension Age {
    /// For an option whose age must not be nothing.
    @Sendable static func parse(_ text: String) throws -> Duration {
        guard let duration = duration(text), duration > .zero else {
            throw ValidationError("'\(text)' is not an age; write a number and s, m, h, d or w, such as 12h or 90d")
        }
        return duration
    }
}

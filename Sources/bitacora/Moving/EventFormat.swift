import ArgumentParser
import JSON

/// How events lie in a file: one on each line, in one of two JSON forms.
enum EventFormat: String, CaseIterable, ExpressibleByArgument {
    /// The form that every interface of ours shares.
    case jsonl
    /// CloudEvents 1.0, for other systems.
    case cloudevents
}

extension EventFormat {
    /// The format of a line: only a cloud event says which version of its specification it follows.
    init(of line: UnsafeRawBufferPointer) {
        var isCloudEvent = false
        try? JSONText.visitMembers(of: line) { if $0.key == "specversion" { isCloudEvent = true } }
        self = isCloudEvent ? .cloudevents : .jsonl
    }
}

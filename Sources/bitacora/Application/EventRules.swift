import Commands
import Declarations
import EventLog

/// Which events an application accepts from those who append events themselves.
struct EventRules: Sendable {
    private let topics: TopicRules
    private let allowsCommandTypes: Bool

    /// - Parameter allowsCommandTypes: whether types that only commands append are accepted, as in the history of a log.
    init(_ definition: ApplicationDefinition, allowsCommandTypes: Bool) {
        topics = definition.topics
        self.allowsCommandTypes = allowsCommandTypes
    }

    /// Why the application does not accept an event, such as `/data/amount must be a number, not a string`; nil when the
    /// event is accepted.
    func problem(of event: NewEvent) -> String? {
        do throws(Refusal) {
            try topics.check(
                topic: event.topic, type: event.type, data: event.data, allowsCommandTypes: allowsCommandTypes)
            return nil
        } catch {
            return error.message
        }
    }

    func check(_ event: NewEvent) throws(Failure) {
        if let problem = problem(of: event) { throw Failure(ExitStatus.refused, problem) }
    }
}

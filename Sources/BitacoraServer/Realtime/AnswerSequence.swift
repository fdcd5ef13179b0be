import DequeModule

/// Puts the answers to the commands of one client into the order in which the commands came.
///
/// Commands are decided in order, many of them in one commit, but the tasks that wait for the commit resume in any
/// order:
/// ```
///  reserve 1, 2, 3, 4     fill 2: nothing leaves     fill 1: 1 and 2 leave     fill 4: nothing     fill 3: 3 and 4
/// ```
/// Holds at most one answer for each reserved place; the caller limits how many places are reserved.
struct AnswerSequence<Answer> {
    /// A place in the order.
    struct Place: Sendable {
        fileprivate let number: Int
    }

    /// For each reserved place its answer, nil until it is known. The first element is always nil.
    private var answers: Deque<Answer?> = []
    /// The number of the place of the first element of `answers`.
    private var first = 0

    /// How many places are reserved whose answers have not left.
    var count: Int { answers.count }

    /// Reserves the place behind all others.
    mutating func reserve() -> Place {
        answers.append(nil)
        return Place(number: first + answers.count - 1)
    }

    /// Gives the answer for a place, once.
    ///
    /// - Returns: the answers that leave now, in their order.
    mutating func fill(_ place: Place, with answer: Answer) -> [Answer] {
        answers[place.number - first] = answer
        var leaving: [Answer] = []
        while let next = answers.first, let answer = next {
            answers.removeFirst()
            first += 1
            leaving.append(answer)
        }
        return leaving
    }
}

import Foundation
import TestSupport
import Testing

/// Random templates over random data, rendered by this engine and by handlebars.js for Node.
///
/// The outputs must be the same bytes, and where one side fails so must the other. `HANDLEBARS_FUZZ_CASES` says how
/// many there are, `BITACORA_SEED` where they begin. Skipped where Node or its handlebars (Debian: node-handlebars) is not.
///
/// Where 4.7.7 is plainly wrong this engine is not like it, and the grammar and peer.js keep out of the way:
/// - unescaped numbers side by side are added up (`{{{1}}}{{{2}}}` prints 3);
/// - the name of an inline partial cannot come from a helper ("helpers is not defined") or, mostly, from a field;
/// - an inline partial cannot read the parameters of the blocks around it ("Cannot read properties of undefined");
/// - strict and assumeObjects look for the first name of a path twice when it is a block parameter, or with compat;
/// - with explicitPartialContext, a partial whose name is worked out gets that name for its context;
/// - a parameter of a plain section over a value is what the block around it was given;
/// - inherited properties (`constructor`) are there in strict mode and in compat, and functions and SafeStrings
///   have fields and print their source: data here has only what it was given;
/// - `{{@partial-block}}` printed as a value renders the block with the call's options for its context.
@Suite("Beside handlebars.js", .serialized)
struct DifferentialTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let count = environment["HANDLEBARS_FUZZ_CASES"].flatMap { Int($0) } ?? 4_000
    private static let seed = SeededGenerator.seeds.last ?? 0
    private static let maximumFailures = 12

    @Test(
        "random templates print the same bytes",
        .enabled(
            if: NodeHandlebars.version != nil || environment["BITACORA_TEST_PACKAGES"] != nil,
            "needs node and its handlebars 4.7"))
    func agrees() throws {
        var node = try NodeHandlebars()
        var rendered = 0
        var failures = 0
        for number in 0..<Self.count {
            // Each case has a seed of its own, so that one that fails is run again alone.
            let seed = Self.seed &+ UInt64(number)
            let item = DifferentialCase.arbitrary(seed: seed)
            if (try? item.render()) != nil { rendered += 1 }
            guard let difference = try item.difference(from: node) else { continue }
            failures += 1
            let (smallest, shown) = try Shrinker(node).shrink(item, difference)
            Issue.record("seed \(seed)\n\(smallest)\n\(shown)")
            if failures == Self.maximumFailures { break }
            node = try NodeHandlebars()
        }
        print("Beside handlebars.js: seed \(Self.seed), \(rendered) of \(Self.count) cases render")
        #expect(rendered > Self.count / 4 || failures > 0, "most cases fail, which tests little")
    }
}

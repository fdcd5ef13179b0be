import Testing
@testable import BitacoraServer

@Suite struct EntityTagsTests {
    @Test("If-None-Match compares weakly", arguments: [
        ("\"17\"", true), ("W/\"17\"", true), ("*", true), ("\"1\", \"17\"", true), ("\"1\",W/\"17\" ", true), (" \t\"17\"\t", true),
        ("17", false), ("\"170\"", false), ("\"1\"", false), ("", false), (",", false), ("w/\"17\"", false), (nil, false),
    ] as [(String?, Bool)])
    func matching(header: String?, matches: Bool) {
        #expect(EntityTags.matches(header, EntityTags.strong(17)) == matches)
    }
}

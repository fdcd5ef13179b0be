import EventLog
import Testing
@testable import BitacoraServer

@Suite struct EntityTagsTests {
    @Test(
        "If-None-Match compares weakly",
        arguments: [
            ("\"17\"", true), ("W/\"17\"", true), ("*", true), ("\"1\", \"17\"", true), ("\"1\",W/\"17\" ", true),
            (" \t\"17\"\t", true),
            ("17", false), ("\"170\"", false), ("\"1\"", false), ("", false), (",", false), ("w/\"17\"", false),
            (nil, false),
        ] as [(String?, Bool)])
    func matching(header: String?, matches: Bool) {
        #expect(EntityTags.matches(header, EntityTags.strong(17)) == matches)
    }

    @Test(
        "the tag of a version contains the id of the log",
        arguments: [
            ("00000000000000ff-17", 17), ("00000000000000ff-0", 0), ("00000000000000ff-18446744073709551615", .max),
            ("17", nil), ("", nil),
            ("00000000000000fe-17", nil), ("00000000000000ff-", nil), ("00000000000000ff-+1", nil),
            ("00000000000000ff-1 ", nil),
            ("00000000000000ff17", nil), ("\"00000000000000ff-17\"", nil),
        ] as [(String, UInt64?)])
    func versions(name: String, version: UInt64?) {
        let log = LogID(rawValue: 255)
        #expect(EntityTags.version(named: name, in: log) == version)
        #expect(EntityTags.versions("\"\(name)\", W/\"\(name)\"", in: log) == (version.map { [$0, $0] } ?? []))
        if let version { #expect(EntityTags.name(of: version, in: log) == name) }
    }
}

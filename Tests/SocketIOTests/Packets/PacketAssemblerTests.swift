import NIOCore
import SocketIO
import Testing

@Suite("Socket.IO packets, read")
struct PacketAssemblerTests {
    private static func event(
        _ arguments: String, _ name: String, namespace: String = "/", id: UInt64? = nil, attachments: [ByteBuffer] = []
    ) -> SocketPacket {
        .event(namespace: namespace, name: name, id: id, arguments: buffer(arguments), attachments: attachments)
    }

    private static func ack(_ arguments: String, id: UInt64, namespace: String = "/") -> SocketPacket {
        .ack(namespace: namespace, id: id, arguments: buffer(arguments), attachments: [])
    }

    static let sound: [(String, SocketPacket)] = [
        ("0", .connect(namespace: "/", auth: nil)),
        ("0/", .connect(namespace: "/", auth: nil)),
        ("0/,", .connect(namespace: "/", auth: nil)),
        ("0{}", .connect(namespace: "/", auth: Array("{}".utf8))),
        (#"0{ "token" : "t" }"#, .connect(namespace: "/", auth: Array(#"{"token":"t"}"#.utf8))),
        ("0/x", .connect(namespace: "/x", auth: nil)),
        ("0/x,", .connect(namespace: "/x", auth: nil)),
        (#"0/admin,{"a":[1]}"#, .connect(namespace: "/admin", auth: Array(#"{"a":[1]}"#.utf8))),
        ("0/x?a=1,", .connect(namespace: "/x?a=1", auth: nil)),
        ("0/é/ü,", .connect(namespace: "/é/ü", auth: nil)),
        ("1", .disconnect(namespace: "/")),
        ("1/x", .disconnect(namespace: "/x")),
        ("1/x,", .disconnect(namespace: "/x")),
        (#"2["e"]"#, event(#"["e"]"#, "e")),
        (#"2["e",1,null,{"a":"b"}]"#, event(#"["e",1,null,{"a":"b"}]"#, "e")),
        ("2 [ \"e\" ,\n1 ]", event(#"["e",1]"#, "e")),
        (#"2/a,["e"]"#, event(#"["e"]"#, "e", namespace: "/a")),
        (#"27["e"]"#, event(#"["e"]"#, "e", id: 7)),
        (#"2/a,0["e"]"#, event(#"["e"]"#, "e", namespace: "/a", id: 0)),
        (#"29007199254740991["e"]"#, event(#"["e"]"#, "e", id: 9_007_199_254_740_991)),
        (#"2["é\u00e9\n\"]",2]"#, event(#"["é\u00e9\n\"]",2]"#, "éé\n\"]")),
        (#"2["\ud83d","\ude00"]"#, event(#"["\ufffd","\ufffd"]"#, "\u{FFFD}")),
        (#"2[""]"#, event(#"[""]"#, "")),
        ("2[1]", event("[1]", "1")),
        (#"2[-1.5e3,"a"]"#, event(#"[-1.5e3,"a"]"#, "-1.5e3")),
        (#"2["connected"]"#, event(#"["connected"]"#, "connected")),
        // Without announced attachments the object is no placeholder.
        (#"2["e",{"_placeholder":true,"num":9}]"#, event(#"["e",{"_placeholder":true,"num":9}]"#, "e")),
        ("37[]", ack("[]", id: 7)),
        (#"3/a,12["res",{}]"#, ack(#"["res",{}]"#, id: 12, namespace: "/a")),
        (#"4{"message":"no"}"#, .connectError(namespace: "/", payload: Array(#"{"message":"no"}"#.utf8))),
        (#"4/a,{"message":"no"}"#, .connectError(namespace: "/a", payload: Array(#"{"message":"no"}"#.utf8))),
        (#"50-["e"]"#, event(#"["e"]"#, "e")),
        ("60-3[]", ack("[]", id: 3)),
    ]

    @Test("a valid text is its packet", arguments: sound)
    func accepts(text: String, packet: SocketPacket) throws {
        #expect(try socketPacket(text) == packet)
    }

    static let faulty = [
        "", "7", "9", "a", "/x,", "é", "-1",
        // CONNECT: absent or an object
        "0[]", #"0"x""#, "0null", "0true", "0{", "0{}{}", "01", "01{}", "0/x,1", "0/x,[]", "0{\"a\":1,}",
        // DISCONNECT: nothing
        "1{}", "1[]", "11", "1/x,{}", "1 ",
        // EVENT: an array that begins with a name
        "2", "2/x", "2/x,", "21", "2{}", #"2"e""#, "2[]", "2[null]", "2[true]", "2[[]]", "2[{}]", #"2[{"e":1}]"#,
        #"2["e""#, #"2["e"],"#, #"2["e"]]"#, "2[\"e\",\u{1}]", "2['e']", #"2abc["e"]"#, #"2-1["e"]"#, #"21.5["e"]"#,
        #"2+1["e"]"#, #"21e3["e"]"#, #"2["e",01]"#, #"2["e",NaN]"#, #"2["e",undefined]"#, "2\u{FEFF}[\"e\"]",
        #"29007199254740992["e"]"#, #"299999999999999999999999999999["e"]"#,
        // ACK: an id and an array
        "3", "3[]", "37", "37{}", "37null", #"37"x""#, "3/a,[]", "3-1[]",
        // CONNECT_ERROR: an object
        "4", "4[]", #"4"no""#, "41{}",
        // BINARY_*: a count
        "5", #"5["e"]"#, #"5-["e"]"#, #"51["e"]"#, #"5a-["e"]"#, #"5-1-["e"]"#, #"51.0-["e"]"#, #"511-["e"]"#,
        #"518446744073709551616-["e"]"#, "6", "60-[]", "6[]", "60[]", "61-", "61-7{}",
        #"50-["e",{"_placeholder":true,"num":0}]"#,
    ]

    @Test("any other text is refused", arguments: faulty)
    func refuses(text: String) {
        #expect(throws: PacketError.self) { try socketPacket(text) }
    }

    @Test(
        "reserved names are refused, escaped ones too",
        arguments: [
            "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
            #"conn\u0065ct"#,
        ])
    func reserved(name: String) {
        #expect(throws: PacketError.self) { try socketPacket("2[\"\(name)\"]") }
        #expect(throws: PacketError.self) { try socketPacket("50-[\"\(name)\"]") }
    }

    @Test("an event waits for its attachments, which come in their order")
    func attachments() throws {
        var assembler = PacketAssembler()
        let json = #"["e",{"a":[{"_placeholder":true,"num":1}]},{"num":0,"_placeholder":true}]"#
        #expect(try assembler.receive(text: buffer("52-/a,5" + json)) == nil)
        #expect(try assembler.receive(binary: buffer([1])) == nil)
        let whole = try assembler.receive(binary: buffer([2, 3]))
        #expect(whole == Self.event(json, "e", namespace: "/a", id: 5, attachments: [buffer([1]), buffer([2, 3])]))
        #expect(try assembler.receive(text: buffer(#"2["e"]"#)) == Self.event(#"["e"]"#, "e"))
    }

    @Test("an ack waits for its attachments")
    func ackAttachments() throws {
        var assembler = PacketAssembler()
        let json = #"[{"_placeholder":true,"num":0}]"#
        #expect(try assembler.receive(text: buffer("61-9" + json)) == nil)
        #expect(
            try assembler.receive(binary: buffer([]))
                == .ack(namespace: "/", id: 9, arguments: buffer(json), attachments: [buffer([])]))
    }

    @Test("an attachment without a placeholder is accepted")
    func unusedAttachment() throws {
        var assembler = PacketAssembler()
        #expect(try assembler.receive(text: buffer(#"51-["e"]"#)) == nil)
        #expect(try assembler.receive(binary: buffer([1])) == Self.event(#"["e"]"#, "e", attachments: [buffer([1])]))
    }

    @Test("text and attachments together have at most maximumBytes")
    func bytes() throws {
        var limits = PacketLimits()
        limits.maximumBytes = 20
        var assembler = PacketAssembler(limits: limits)
        let text = buffer(#"52-["e"]"#)
        #expect(try assembler.receive(text: text) == nil)
        #expect(try assembler.receive(binary: buffer([UInt8](repeating: 1, count: 10))) == nil)
        #expect(try assembler.receive(binary: buffer([1, 2])) != nil)
        #expect(try assembler.receive(text: text) == nil)
        #expect(try assembler.receive(binary: buffer([UInt8](repeating: 1, count: 12))) == nil)
        #expect(throws: PacketError.self) { try assembler.receive(binary: buffer([1])) }
        let long = buffer("52-[\"\(String(repeating: "e", count: 20))\"]")
        #expect(throws: PacketError.self) { try assembler.receive(text: long) }
        #expect(try assembler.receive(text: buffer(#"2["twenty-one bytes!"]"#)) != nil)
    }

    @Test("a packet whose attachments are refused comes at once, with empty ones, and its attachments are dropped")
    func refusedAttachments() throws {
        var assembler = PacketAssembler()
        #expect(assembler.incompletePacket == nil)
        let isNone = assembler.refuseAttachments() == nil
        #expect(isNone)
        let json = #"["e",{"_placeholder":true,"num":1}]"#
        _ = try assembler.receive(text: buffer("52-3" + json))
        #expect(assembler.incompletePacket == Self.event(json, "e", id: 3))
        let given = assembler.refuseAttachments()
        #expect(given == Self.event(json, "e", id: 3, attachments: [ByteBuffer(), ByteBuffer()]))
        #expect(assembler.incompletePacket == nil)
        #expect(try assembler.receive(binary: buffer([1])) == nil)
        #expect(try assembler.receive(binary: buffer([2])) == nil)
        #expect(try assembler.receive(text: buffer(#"2["e"]"#)) == Self.event(#"["e"]"#, "e"))
        #expect(throws: PacketError.self) { try assembler.receive(binary: buffer([1])) }
    }

    @Test(
        "a placeholder without its own attachment is refused",
        arguments: [
            #"{"_placeholder":true,"num":1}"#, #"{"_placeholder":true,"num":-1}"#, #"{"_placeholder":true,"num":0.5}"#,
            #"{"_placeholder":true,"num":"0"}"#, #"{"_placeholder":true,"num":null}"#, #"{"_placeholder":true}"#,
            #"{"_placeholder":true,"num":1e400}"#, #"[[{"a":{"_placeholder":true,"num":7}}]]"#,
            #"{"\u005fplaceholder":true,"num":1}"#, #"{"_placeholder":false,"_placeholder":true,"num":1}"#,
            #"{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}"#,
            #"{"_placeholder":true,"num":0,"more":{"_placeholder":true,"num":0}}"#,
        ])
    func placeholders(items: String) {
        #expect(throws: PacketError.self) { try socketPacket("51-[\"e\",\(items)]") }
        #expect(throws: PacketError.self) { try socketPacket("61-1[\(items)]") }
    }

    @Test(
        "an object that only resembles a placeholder is data",
        arguments: [
            #"{"_placeholder":false,"num":5}"#, #"{"_placeholder":1,"num":5}"#, #"{"_placeholder":"true"}"#,
            #"{"num":5}"#,
        ])
    func lookalikes(item: String) throws {
        var assembler = PacketAssembler()
        #expect(try assembler.receive(text: buffer("51-[\"e\",\(item)]")) == nil)
        #expect(try assembler.receive(binary: buffer([1])) != nil)
    }

    @Test("binary that was not announced is refused")
    func unannounced() throws {
        var assembler = PacketAssembler()
        #expect(throws: PacketError.self) { try assembler.receive(binary: buffer([1])) }
        _ = try assembler.receive(text: buffer(#"51-["e"]"#))
        _ = try assembler.receive(binary: buffer([1]))
        #expect(throws: PacketError.self) { try assembler.receive(binary: buffer([1])) }
        _ = try assembler.receive(text: buffer(#"50-["e"]"#))
        #expect(throws: PacketError.self) { try assembler.receive(binary: buffer([1])) }
    }

    @Test("a text packet between attachments is refused", arguments: [#"2["e"]"#, "0", "1", #"50-["e"]"#, ""])
    func textBetween(text: String) throws {
        var assembler = PacketAssembler()
        _ = try assembler.receive(text: buffer(#"52-["e"]"#))
        _ = try assembler.receive(binary: buffer([1]))
        #expect(throws: PacketError.self) { try assembler.receive(text: buffer(text)) }
    }
}

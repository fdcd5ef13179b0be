import FoundationEssentials
import NIOCore
import SocketIO
import Testing

@Suite("Arguments")
struct ArgumentsTests {
    struct Picture: Codable, Equatable {
        var title: String
        var bytes: Data
        var more: [Data]?
    }

    private func arguments(_ array: String, _ attachments: [UInt8]...) -> Arguments {
        Arguments(buffer(array), attachments: attachments.map { buffer($0) }, skippingName: true)
    }

    /// The error's code, nil when there is none.
    private func code(_ body: () throws -> Void) -> ArgumentError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? ArgumentError)?.code
        }
    }

    @Test("values of several types are decoded at once")
    func pack() throws {
        let came = arguments(#"["e",1,"two",[3.5],{"a":true},null]"#)
        #expect(came.count == 5)
        let (number, text, doubles, flags, nothing) = try came.decode(
            as: (Int.self, String.self, [Double].self, [String: Bool].self, Int?.self))
        #expect(number == 1 && text == "two" && doubles == [3.5] && flags == ["a": true] && nothing == nil)
        let alone = try came.decode(as: (Int.self))
        #expect(alone == 1)
    }

    @Test("a handler of any arity gets its arguments")
    func handlers() throws {
        func call<each Value: Decodable, Result>(
            _ came: Arguments, _ handler: (repeat each Value) throws -> Result
        ) throws -> Result {
            let values = try came.decode(as: (repeat (each Value).self))
            return try handler(repeat each values)
        }
        let came = arguments(#"["e",40,2]"#)
        #expect(try call(came) { (a: Int, b: Int) in a + b } == 42)
        #expect(try call(came) { (a: Int) in a } == 40)
        #expect(try call(came) { 7 } == 7)
        #expect(try call(came) { (a: Int, b: Int, c: String?) in c == nil ? a - b : 0 } == 38)
        #expect(code { _ = try call(came) { (_: Int, _: Int, _: String) in 0 } } == .missing)
    }

    @Test("single values are read in the types they have")
    func values() throws {
        #expect(try arguments(#"["e","é\n\"\u00e9/\/"]"#).decode(String.self, at: 0) == "é\n\"é//")
        #expect(try arguments(#"["e",-12.0]"#).decode(Int.self, at: 0) == -12)
        #expect(try arguments(#"["e",7]"#).decode(UInt8.self, at: 0) == 7)
        #expect(try arguments(#"["e",1e2]"#).decode(Double.self, at: 0) == 100)
        #expect(try arguments(#"["e",false]"#).decode(Bool.self, at: 0) == false)
        #expect(try arguments(#"["e",null]"#).decode(String?.self, at: 0) == nil)
        #expect(try arguments(#"["e","x"]"#).decode(String?.self, at: 0) == "x")
        #expect(try arguments(#"["e",[1,[2]],3]"#).decode(Int.self, at: 1) == 3)
    }

    @Test("dates are read as JavaScript writes them, and without fractions")
    func dates() throws {
        let came = arguments(#"["e","2031-05-06T07:08:09.010Z","2031-05-06T07:08:09Z"]"#)
        let (exact, whole) = try came.decode(as: (Date.self, Date.self))
        #expect(abs(exact.timeIntervalSince(whole) - 0.010) < 0.000_5)
        #expect(code { _ = try arguments(#"["e","tomorrow"]"#).decode(Date.self, at: 0) } == .mismatch)
        #expect(String(buffer: try EncodedArguments(whole).items) == #""2031-05-06T07:08:09.000Z""#)
    }

    @Test("the error names the first argument that is missing or of another type")
    func errors() {
        let came = arguments(#"["e",1,"two"]"#)
        #expect(throws: ArgumentError.self) { try came.decode(as: (Int.self, Int.self)) }
        do {
            _ = try came.decode(as: (Int.self, Int.self))
        } catch {
            #expect(error.code == .mismatch && error.position == 1)
        }
        do {
            _ = try came.decode(as: (Int?.self, String.self, Bool.self))
        } catch {
            #expect(error.code == .missing && error.position == 2)
            #expect(error.description == "argument 3: it is missing; 2 came (missing)")
        }
        #expect(code { _ = try came.decode(Int.self, at: -1) } == .missing)
        #expect(code { _ = try came.decode(Int.self, at: .max) } == .missing)
        #expect(code { _ = try arguments(#"["e",1e99]"#).decode(Int.self, at: 0) } == .mismatch)
        #expect(code { _ = try arguments(#"["e",null]"#).decode(String.self, at: 0) } == .mismatch)
    }

    @Test("binary values are read from attachments, at the top and inside")
    func binary() throws {
        let came = arguments(
            #"["e",{"_placeholder":true,"num":1},{"title":"t","bytes":{"num":0,"_placeholder":true}}]"#, [1, 2], [3])
        let (top, picture) = try came.decode(as: (Data.self, Picture.self))
        #expect(top == Data([3]))
        #expect(picture == Picture(title: "t", bytes: Data([1, 2])))
        #expect(try came.decode(Data?.self, at: 0) == Data([3]))
    }

    @Test(
        "only a placeholder with an attachment is a binary value",
        arguments: [
            #""AQID""#, "null", "[1,2]", #"{"_placeholder":true,"num":1}"#, #"{"_placeholder":true,"num":-1}"#,
            #"{"_placeholder":false,"num":0}"#, #"{"_placeholder":true}"#,
        ])
    func notBinary(json: String) {
        #expect(code { _ = try arguments("[\"e\",\(json)]", [1]).decode(Data.self, at: 0) } == .mismatch)
        #expect(code { _ = try arguments("[\"e\",\(json)]").decode(Data.self, at: 0) } == .mismatch)
    }

    @Test("values are encoded as compact JSON")
    func written() throws {
        struct Point: Encodable { var x = 1.5 }
        let nothing: Int? = nil
        let encoded = try EncodedArguments(
            "a/\"\n\u{1F600}", -5, true, 1.0, 0.1, nothing, [1, 2], Point(), UInt8(3), "x" as String?)
        #expect(String(buffer: encoded.items) == #""a/\"\n😀",-5,true,1,0.1,null,[1,2],{"x":1.5},3,"x""#)
        #expect(encoded.attachments.isEmpty)
        #expect(try EncodedArguments() == .none)
        #expect(String(buffer: try EncodedArguments(["url": "a/b"]).items) == #"{"url":"a/b"}"#)
    }

    @Test("binary values become attachments, numbered in their order, and are decoded again")
    func writtenBinary() throws {
        let picture = Picture(title: "t", bytes: Data([4, 5]), more: [Data(), Data([6])])
        let encoded = try EncodedArguments(Data([1, 2, 3]), "between", picture, Data([7]) as Data?)
        #expect(encoded.attachments.first == buffer([1, 2, 3]))
        #expect(encoded.attachments.count == 5)
        #expect(String(buffer: encoded.items).hasPrefix(#"{"#))
        var assembler = PacketAssembler()
        let rendered = OutgoingPacket.event("e", encoded).encoded(for: .polling)
        let packets = try assembler.packets(of: PollingPayload.decode(rendered))
        guard case .event(_, _, _, let array, let attachments) = packets.first else {
            Issue.record("the event did not come back")
            return
        }
        let came = Arguments(array, attachments: attachments, skippingName: true)
        let (first, text, second, last) = try came.decode(as: (Data.self, String.self, Picture.self, Data.self))
        #expect(first == Data([1, 2, 3]) && text == "between" && second == picture && last == Data([7]))
    }

    @Test("more binary values than a packet may have are refused, and so is what is not JSON")
    func notEncodable() throws {
        let ten = Array(repeating: Data([1]), count: 10)
        #expect(try EncodedArguments(ten).attachments.count == 10)
        #expect(code { _ = try EncodedArguments(ten, Data()) } == .tooManyAttachments)
        #expect(code { _ = try EncodedArguments(1, Double.nan) } == .notEncodable)
        #expect(code { _ = try EncodedArguments([Double.infinity]) } == .notEncodable)
        do {
            _ = try EncodedArguments(1, 2, Double.nan)
        } catch {
            #expect(error.position == 2)
        }
    }
}

import Testing
import Base64

@Suite struct Base64Tests {
    @Test(
        "the vectors of RFC 4648, section 10",
        arguments: [
            ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ])
    func vectors(text: String, decoded: String) {
        #expect(Base64.decoded(text) == Array(decoded.utf8))
        #expect(Base64.encoded(Array(decoded.utf8)) == text)
        let bare = String(text.prefix { $0 != "=" })
        #expect(Base64.decoded(bare, .url) == Array(decoded.utf8))
        #expect(Base64.encoded(Array(decoded.utf8), .url) == bare)
    }

    @Test("every byte is decoded")
    func bytes() {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        for byte in 0...255 {
            let text = String([alphabet[byte >> 2], alphabet[byte << 4 & 63]]) + "=="
            #expect(Base64.decoded(text) == [UInt8(byte)])
        }
    }

    @Test("any bytes are decoded as they were encoded, in both alphabets", arguments: 0..<50)
    func roundTrip(count: Int) {
        var seed = SystemRandomNumberGenerator()
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &seed) }
        for alphabet in [Base64.Alphabet.standard, .url] {
            let text = Base64.encoded(bytes, alphabet)
            #expect(text.utf8.count == Base64.encodedCount(count, alphabet))
            #expect(Base64.decoded(text, alphabet) == bytes, "\(bytes)")
        }
    }

    @Test(
        "a text that is not in the URL alphabet is rejected",
        arguments: ["Z", "Zg==", "Zm9+", "Zm9/", "Zh", "Zm9vZ", "Zm 9"])
    func refusingURL(text: String) {
        #expect(Base64.decoded(text, .url) == nil)
    }

    @Test(
        "a text that is not standard base64 with padding is rejected",
        arguments: [
            "Z", "Zg", "Zg=", "Zg===", "====", "=", "==", "Zg==Zg==", "Zm=v", "Z===", "Zm9v\n", " Zm9v", "Zm9-", "Zm9_",
            "Zh==", "Zm9=", "Zmé=", "=g==",
        ])
    func refusing(text: String) {
        #expect(Base64.decoded(text) == nil)
    }
}

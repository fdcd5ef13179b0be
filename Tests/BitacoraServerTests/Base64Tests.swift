import Testing
@testable import BitacoraServer

@Suite struct Base64Tests {
    @Test("the vectors of RFC 4648, section 10", arguments: [
        ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmE=", "fooba"), ("Zm9vYmFy", "foobar"),
    ])
    func vectors(text: String, decoded: String) {
        #expect(Base64.decoded(text) == Array(decoded.utf8))
    }

    @Test("every byte in every place")
    func bytes() {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        for byte in 0...255 {
            let text = String([alphabet[byte >> 2], alphabet[byte << 4 & 63]]) + "=="
            #expect(Base64.decoded(text) == [UInt8(byte)])
        }
    }

    @Test("what is not standard base64 with padding is refused", arguments: [
        "Z", "Zg", "Zg=", "Zg===", "====", "=", "==", "Zg==Zg==", "Zm=v", "Z===", "Zm9v\n", " Zm9v", "Zm9-", "Zm9_", "Zh==", "Zm9=", "Zmé=", "=g==",
    ])
    func refusing(text: String) {
        #expect(Base64.decoded(text) == nil)
    }
}

/// The object that stands in JSON where an attachment belongs.
struct AttachmentPlaceholder: Codable {
    let isPlaceholder: Bool
    /// Which attachment, counted from 0.
    let number: Int

    enum CodingKeys: String, CodingKey {
        case isPlaceholder = "_placeholder"
        case number = "num"
    }
}

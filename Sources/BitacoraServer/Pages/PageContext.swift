import Handlebars
import JSON
import Marketplace

/// What the template of the real-time page can name, beside the products' own fields.
struct PageContext: Encodable {
    let title: String
    let isHome = false
    let isRealtime = true
    /// The page's own style sheet, beside the one of all pages.
    let sheet = "forms"
    /// What the page shows is the state after the event at this offset.
    let offset: UInt64
    let logId: String
    let position: String
    let productCount: Int
    /// A list: a product becomes an object when the page comes to it, and is gone when the page is past it.
    let products: Value
    /// The form for a new product.
    let form: Value
    /// The form for a product that is on the list, which the page's script clones.
    var editor = ProductForm().value
    /// A product with nothing in it, for the row that the page's script clones.
    var blank = Self.blankProduct
    /// The origins whose pictures the page's script may show.
    let imageOrigins: String
    /// The address of the placeholder that the script shows for all other pictures.
    var elsewhere = ImageOrigins.placeholder

    private static let blankProduct: Value = {
        var object = row(ImageOrigins()).names.reduce(into: Object()) { $0[$1] = "" }
        object["thumbnails"] = []
        object["picture"] = .string(ImageOrigins.noPicture)
        return .object(object)
    }()

    /// A product as the templates see it.
    ///
    /// - Parameter images: which of its pictures are shown.
    static func row(_ images: ImageOrigins) -> ObjectShape<Product> {
        [
            "id": { Value($0.id) },
            "title": { .string($0.title) },
            "description": { .string($0.description) },
            "code": { .string($0.code) },
            "price": { Self.price($0.price) },
            "status": { .bool($0.status) },
            "stock": { Value($0.stock) },
            "category": { .string($0.category) },
            "thumbnails": { .list($0.thumbnails) { .string($0) } },
            "picture": { images.first(of: $0).picture },
            "elsewhere": { images.first(of: $0).elsewhere },
            "version": { Value($0.version) },
        ]
    }

    /// The number nearest to the price, which prints as the price does: one division of exact numbers is that near.
    private static func price(_ price: Price) -> Value {
        .number(Double(exactly: price.tenThousandths).map { $0 / 10_000 } ?? price.number.double)
    }
}

/// The data of the pages of products, as a dictionary for each row: quicker for Mustache than to mirror structs.
struct Shop: Decodable {
    struct User: Decodable { let name: String }
    struct Product: Decodable {
        let id: Int, title: String, description: String, code: String, price: Double, stock: Int, category: String
        let thumbnail: String?
    }

    let title: String
    let user: User
    let count: Int
    let products: [Product]

    var dictionary: [String: Any] {
        [
            "title": title, "user": ["name": user.name], "count": count,
            "products": products.enumerated().map { $1.dictionary(at: $0) },
        ]
    }
}

extension Shop.Product {
    func dictionary(at index: Int) -> [String: Any] {
        var fields: [String: Any] = [
            "index": index, "id": id, "title": title, "description": description, "code": code, "price": price,
            "stock": stock,
            "category": category,
        ]
        fields["thumbnail"] = thumbnail
        return fields
    }
}

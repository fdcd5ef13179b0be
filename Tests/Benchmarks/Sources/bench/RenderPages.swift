import Foundation
import Handlebars

/// The pages that `bench render` measures, as files for any engine.
///
/// The data avoids what engines treat differently: escaping of `'`, `` ` `` and `=`, some numbers, and empty text in a
/// condition.
enum RenderPages {
    struct Page {
        /// The name of the page in figures.
        let title: String
        let view: String
        /// The name of the data file.
        let data: String
    }

    static let products = Page(title: "1,000 products", view: "products", data: "products-1000")
    static let manyProducts = Page(title: "10,000 products", view: "products", data: "products-10000")
    static let deep = Page(title: "helpers and partial blocks", view: "deep", data: "deep")
    static let all = [products, manyProducts, deep]

    /// A template of 10 KB for the measurement of compiling.
    static let longTemplate = "long.handlebars"

    /// Writes `views/…` and the long template.
    static func writeTemplates(to directory: String) throws {
        for (name, text) in templates { try write(text, "\(directory)/views/\(name).handlebars") }
        let parts = ["deep", "partials/product", "products", "partials/card"].compactMap { templates[$0] }
        var text = ""
        for part in repeatElement(parts, count: 100).joined() where text.utf8.count < 10_240 { text += part + "\n" }
        try write(text, "\(directory)/\(longTemplate)")
    }

    /// Writes `data/….json`.
    static func writeData(to directory: String) throws {
        for page in all {
            try write(
                String(decoding: JSONEncoder().encode(data(of: page)), as: UTF8.self),
                "\(directory)/data/\(page.data).json")
        }
    }

    private static func write(_ text: String, _ path: String) throws {
        let file = URL(filePath: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }
}

// MARK: Data

extension RenderPages {
    /// One row of a page of products.
    struct Product: Sendable {
        let number: Int

        static let shape: ObjectShape<Product> = [
            "id": { Value($0.number) },
            "title": { "Ship lamp & lantern <no. \($0.number)>" },
            "description": { "Brass \"oil\" lamp, \($0.number % 40 + 10) cm, for the chart table & the cabin" },
            "code": { "LAMP-\($0.number)" },
            "price": { .number(Double($0.number % 50) + 0.49) },
            "stock": { Value($0.number % 7) },
            "category": { _ in "light & sound" },
            "thumbnail": { $0.number.isMultiple(of: 2) ? "/assets/thumbs/\($0.number).svg" : .null },
        ]
    }

    /// The data of a page, with all rows in memory.
    static func data(of page: Page) -> Value {
        switch page.data {
        case products.data: shop(.array((1...1000).map { .object(Product.shape.object(of: Product(number: $0))) }))
        case manyProducts.data:
            shop(.array((1...10_000).map { .object(Product.shape.object(of: Product(number: $0))) }))
        default: warehouse
        }
    }

    /// The data of the pages of products.
    static func shop(_ products: Value) -> Value {
        [
            "title": "Products & more", "user": ["name": "Ada <the first>"], "count": products["length"],
            "products": products,
        ]
    }

    private static let warehouse: Value = [
        "title": "Warehouse & yard", "user": ["name": "Ada <the first>"], "count": 2400, "limit": 30,
        "shelves": .array((1...120).map(shelf)),
    ]

    private static func shelf(_ number: Int) -> Value {
        let items = (1...20).map { item -> Value in
            let price = Double(item * number % 50) + 0.49
            return [
                "name": "item \(item) & co", "price": .number(price), "hidden": .bool(item % 9 == 0),
                "tags": ["brass", "used"],
            ]
        }
        let place: Value = ["row": Value(number % 9 + 1), "side": "<port>"]
        return ["name": "shelf \(number)", "place": place, "items": .array(items)]
    }
}

// MARK: Templates

extension RenderPages {
    private static let templates = [
        "layouts/main": """
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><title>{{title}} · Shop</title><link rel="stylesheet" href="/assets/style.css"></head>
        <body>
        <header><a href="/">{{title}}</a>{{#if user}} <span>{{user.name}}</span>{{else}} <a href="/login">Log in</a>{{/if}}</header>
        <main>
        {{{body}}}
        </main>
        <footer>{{count}} things</footer>
        </body>
        </html>
        """,
        "products": """
        <h1>{{title}}</h1>
        <ol class="products">
        {{#each products}}
        {{> product}}
        {{/each}}
        </ol>
        """,
        "partials/product": """
        <li class="product" id="product-{{id}}" data-index="{{@index}}">
        <h2>{{title}}</h2>
        <p>{{description}}</p>
        {{#if thumbnail}}
        <img src="{{thumbnail}}" alt="{{title}}" loading="lazy">
        {{/if}}
        <p class="facts"><span>{{category}}</span> <code>{{code}}</code> <b>{{stock}}</b> in stock</p>
        <p class="price">{{price}} €</p>
        </li>
        """,
        "deep": """
        {{#*inline "side"}}<i>{{row}}{{side}}</i>{{/inline}}
        {{#> panel heading=(upper title)}}
        {{#each shelves as |shelf place|}}
        {{#> card heading=shelf.name number=place}}
        {{#with shelf.place}}{{> side}}{{/with}}
        {{#each shelf.items}}
        {{#unless hidden}}
        {{#box kind="item"}}
        <b class="{{#if @first}}first{{else if @last}}last{{else}}inner{{/if}}">{{upper name}}</b>
        {{#if (over price @root.limit)}}<em>{{money price currency="EUR"}}</em>{{else}}{{money price currency="EUR"}}{{/if}}
        {{#each tags}}{{> tag label=(upper this) shelf=shelf.name}}{{/each}}
        {{/box}}
        {{/unless}}
        {{/each}}
        {{/card}}
        {{/each}}
        {{/panel}}
        """,
        "partials/panel": #"<section class="panel"><h1>{{heading}}</h1>{{> @partial-block}}</section>"#,
        "partials/card": #"<div class="card" id="card-{{number}}"><h2>{{heading}}</h2>{{> @partial-block}}</div>"#,
        "partials/tag": #"<a href="/tags/{{label}}">{{label}}, {{shelf}}</a>"#,
    ]

    /// The helpers of the deep page; a peer needs the same.
    static let helpers: HelperRegistry = [
        "upper": { .string($0[0].text.uppercased()) },
        "over": { call in
            guard case .number(let one) = call[0], case .number(let other) = call[1] else { return false }
            return .bool(one > other)
        },
        "money": { call in
            guard case .number(let amount) = call[0] else { return "" }
            let cents = String(Int((amount * 100).rounded()) + 100)
            return .string("\(Int(cents.dropLast(2))! - 1).\(cents.suffix(2)) \(call["currency"].text)")
        },
        "box": { .string("<div class=\"\(HTML.escape($0["kind"].text))\">\(try $0.fn())</div>") },
    ]
}

import Foundation
import Mustache

/// The pages of products in Mustache, which has no `@index` in a partial: the data has it as a field. Line breaks are where they end up in Handlebars' output.
struct Pages {
    private let library: MustacheLibrary

    init() throws {
        var library = MustacheLibrary()
        try library.register(Self.layout, named: "main")
        try library.register(Self.view, named: "products")
        try library.register(Self.row, named: "product")
        self.library = library
    }

    /// The page as UTF-8, or nil when there is no such view.
    func render(_ view: String, _ data: [String: Any]) -> [UInt8]? {
        guard view == "products", let body = library.render(data, withTemplate: view) else { return nil }
        var data = data
        data["body"] = body
        return library.render(data, withTemplate: "main").map { Array($0.utf8) }
    }

    static let layout = """
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><title>{{title}} · Shop</title><link rel="stylesheet" href="/assets/style.css"></head>
        <body>
        <header><a href="/">{{title}}</a>{{#user}} <span>{{name}}</span>{{/user}}{{^user}} <a href="/login">Log in</a>{{/user}}</header>
        <main>
        {{{body}}}
        </main>
        <footer>{{count}} things</footer>
        </body>
        </html>
        """

    static let view = """
        <h1>{{title}}</h1>
        <ol class="products">
        {{#products}}{{> product}}{{/products}}</ol>
        """

    static let row = """
        <li class="product" id="product-{{id}}" data-index="{{index}}">
        <h2>{{title}}</h2>
        <p>{{description}}</p>
        {{#thumbnail}}
        <img src="{{.}}" alt="{{title}}" loading="lazy">
        {{/thumbnail}}
        <p class="facts"><span>{{category}}</span> <code>{{code}}</code> <b>{{stock}}</b> in stock</p>
        <p class="price">{{price}} €</p>
        </li>
        """
}

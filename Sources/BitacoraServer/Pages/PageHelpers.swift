import Handlebars

extension BitacoraServer {
    /// The template helpers that the server adds to the built-in ones.
    static func pageHelpers(_ assets: Assets) -> HelperRegistry {
        [
            assetHelper: { call in .string(assets.address(of: call.arguments.map(\.text).joined())) },
            urlHelper: { call in
                // `{{url}}` without arguments is a field of this name, as without the helper.
                guard !call.arguments.isEmpty else { return call.context["url"] }
                return .string(Query.encoded(call.arguments.map { $0.isNullish ? "" : $0.text }.joined()))
            },
        ]
    }
}

// swift-mustache as a peer of `bench render`: mustache-peer DIRECTORY
//
// It brings its own templates, which print the same bytes; compiling is measured on its own page and row.
import Foundation
import Mustache

let directory = CommandLine.arguments[1]
let pages = try Pages()
var loaded: [String: [String: Any]] = [:]

@MainActor
func data(_ name: String) throws -> [String: Any] {
    if let data = loaded[name] { return data }
    let bytes = try Data(contentsOf: URL(filePath: "\(directory)/data/\(name).json"))
    let data = try JSONDecoder().decode(Shop.self, from: bytes).dictionary
    loaded[name] = data
    return data
}

func repeating(_ seconds: Double, _ body: () throws -> Void) rethrows -> String {
    let start = ContinuousClock.now
    var count = 0
    while true {
        try body()
        count += 1
        let passed = (ContinuousClock.now - start) / .seconds(1)
        if passed >= seconds { return "\(passed) \(count)" }
    }
}

@MainActor
func answer(_ words: [String]) throws -> String {
    switch (words.first, words.count) {
    case ("write", 4):
        guard words[1] == "products" else { return "cannot Mustache has no helpers and no partial blocks" }
        guard let page = try pages.render(words[1], data(words[2])) else { return "cannot find the template" }
        try Data(page).write(
            to: URL(filePath: words[3], relativeTo: URL(filePath: directory, directoryHint: .isDirectory)))
        return "done"
    case ("time", 4):
        let context = try data(words[2])
        return repeating(Double(words[3]) ?? 1) { _ = pages.render(words[1], context) }
    case ("compile", 3):
        // As much Mustache as the file has Handlebars.
        let size = try Data(contentsOf: URL(filePath: "\(directory)/\(words[1])")).count
        let text = String(repeating: Pages.row + "\n", count: size / Pages.row.utf8.count + 1)
        return try repeating(Double(words[2]) ?? 1) { _ = try MustacheTemplate(string: text) }
    default: return "cannot do an unknown command"
    }
}

while let line = readLine() {
    let text = (try? answer(line.split(separator: " ").map(String.init))) ?? "cannot, it failed"
    FileHandle.standardOutput.write(Data("\(text)\n".utf8))
}

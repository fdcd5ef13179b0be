import EventLog
import Glibc
import JSON
import Testing

@Suite("bitacora serve --app")
struct ServeApplicationTests {
    @Test(
        "options that need another application are refused with --app",
        arguments: [
            (["--bare"], "--bare serves no application, and --app names one; leave out one of them"),
            (["--seed"], "--seed appends the demo events of an application, and a folder has none"),
        ])
    func usage(_ options: [String], _ message: String) async throws {
        let files = try TemporaryFiles(FolderApplication.files)
        let result = try await Tool.run(
            ["serve", "--app", files.directory, "--data", files["log"], "--port", "0"] + options)
        #expect(result.status == 64)
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(!files.names.contains("log"))
    }

    @Test("a folder with errors ends the server with all of them and status 1, and creates no log")
    func broken() async throws {
        let files = try TemporaryFiles(["app/app.json": #"{"topics":1,"pages":2}"#])
        let result = try await Tool.run(["serve", "--app", files["app"], "--data", files["log"], "--port", "0"])
        #expect(result.status == 1 && result.output.isEmpty)
        let lines = result.errors.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("bitacora: \(files["app/app.json"]):1:11: ") }, "\(result.errors)")
        #expect(lines.contains { $0.hasPrefix("\(files["app/app.json"]):1:21: ") }, "\(result.errors)")
        #expect(!files.names.contains("log"))
    }

    @Test("the commands know the application of a log while its server runs and afterwards")
    func stored() async throws {
        let files = try TemporaryFiles(FolderApplication.files)
        let data = ["--data", files["log"]]
        let server = try RunningTool([
            "serve", "--app", files.directory, "--data", files["log"], "--port", "0", "--log-level", "error",
        ])
        let line = try #require(try server.line(), "\(server.errors)")
        #expect(line.hasPrefix("listening on http://127.0.0.1:"))
        let append = ["log", "append"] + data + ["--topic", "orders/7", "--type"]
        let placed = try await Tool.run(append + ["order.placed", #"{"customer":"Ada","total":1}"#])
        #expect(placed.output == "1\n", "\(placed.errors)")
        for (type, data, reason) in [
            ("order.paid", #"{"amount":"1"}"#, "/data/amount must be a number, not a string"),
            ("order.cancelled", "{}", "order.cancelled on orders/{order} is only appended by commands"),
        ] {
            let refused = try await Tool.run(append + [type, data])
            #expect(refused.status == 1)
            #expect(refused.errors.hasPrefix("bitacora: \(reason)"), "\(refused.errors)")
        }
        let running = try await Tool.run(["log", "state", "customers"] + data)
        #expect(running.output.contains(#""Ada""#), "\(running.errors)")
        server.send(SIGTERM)
        #expect(await server.status() == 0, "\(server.errors)")
        #expect(try await Tool.run(["log", "state", "customers"] + data).output == running.output)
        #expect(try await Tool.run(["log", "verify"] + data).status == 0)
    }
}

import Testing

@Suite("bitacora completions")
struct CompletionsTests {
    @Test("prints the script of the parser for each shell", arguments: ["bash", "zsh", "fish"])
    func scripts(_ shell: String) async throws {
        let script = try await Tool.run(["completions", shell])
        #expect(script.status == 0)
        #expect(script.output.contains("bitacora"))
        #expect(script.output == (try await Tool.run(["--generate-completion-script", shell]).output))
    }

    @Test("the help shows where each shell expects the script")
    func help() async throws {
        let help = try await Tool.run(["completions", "--help"])
        #expect(help.status == 0)
        #expect(help.output.contains("Example: bitacora completions bash > /etc/bash_completion.d/bitacora"))
        #expect(help.output.contains("USAGE: bitacora completions <shell>"))
    }

    @Test(
        "bash completes commands, options and values",
        arguments: [
            ("bitacora lo", "log"), ("bitacora log hist", "histogram"), ("bitacora log list --fie", "--field"),
            ("bitacora log histogram --by mi", "minute"), ("bitacora log state market", "marketplace"),
            ("bitacora completions z", "zsh"), ("bitacora app ch", "check"), ("bitacora app new Sou", "Sources/"),
            ("bitacora serve --ap", "--app"), ("bitacora log state --app Sou", "Sources/"),
            ("bitacora serve --log-level cri", "critical"), ("bitacora serve --durability no", "none"),
            ("bitacora log stats --data Sou", "Sources/"),
        ])
    func bash(_ line: String, _ expected: String) async throws {
        let files = try TemporaryFiles([
            "script": try await Tool.run(["completions", "bash"]).output, "Sources/file": "",
        ])
        // What bash does at a tab: the function gets the words and the place, and leaves COMPREPLY.
        try files.write(
            "try",
            """
            set -e
            bash -n '\(files["script"])'
            cd '\(files.directory)'
            source ./script
            COMP_LINE='\(line)'; COMP_POINT=${#COMP_LINE}; read -ra COMP_WORDS <<< "$COMP_LINE"; COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            function compopt { :; }
            _bitacora bitacora "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" || true
            printf '%s\\n' "${COMPREPLY[@]}"
            """)
        let result = try await Tool.run([files["try"]], program: "/usr/bin/bash")
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.lines.contains { $0.trimmingSpaces == expected || $0 + "/" == expected },
            "\(result.output) \(result.errors)")
    }
}

extension String {
    fileprivate var trimmingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }
}

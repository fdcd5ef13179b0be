import ArgumentParser

/// `bitacora completions`: prints the completion script for a shell.
struct Completions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the completion script for a shell.",
        discussion: """
            Example: bitacora completions bash > /etc/bash_completion.d/bitacora

            For one session of bash: source <(bitacora completions bash)
            For zsh, into a directory of $fpath: bitacora completions zsh > ~/.zfunc/_bitacora
            For fish: bitacora completions fish > ~/.config/fish/completions/bitacora.fish
            """)

    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish
    }

    @Argument(help: "The shell: bash, zsh or fish.")
    var shell: Shell

    func run() throws {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        let output = Output()
        output.add(Bitacora.completionScript(for: kind) + "\n")
        try output.flush()
    }
}

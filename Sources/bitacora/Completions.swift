import ArgumentParser

/// `bitacora completions`: what makes a shell know the commands.
struct Completions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a script that lets a shell complete commands, options and their values.",
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

//! Entry point of the `matomo-conformance` program.

fn main() -> std::process::ExitCode {
    matomo_conformance::cli::main()
}

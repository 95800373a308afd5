//! What the tests need beside Rust. As root it is installed; otherwise the command that installs it is printed.

use std::process::{Command, Stdio};

use crate::BoxError;

/// A tool, how to see that it is there, and how to get it.
struct Tool {
    name: &'static str,
    probe: &'static [&'static str],
    install: &'static [&'static str],
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "rustfmt",
        probe: &["cargo", "fmt", "--version"],
        install: &["rustup", "component", "add", "rustfmt"],
    },
    Tool {
        name: "clippy",
        probe: &["cargo", "clippy", "--version"],
        install: &["rustup", "component", "add", "clippy"],
    },
    Tool {
        name: "cargo-nextest",
        probe: &["cargo", "nextest", "--version"],
        install: &["cargo", "install", "cargo-nextest", "--locked"],
    },
    Tool {
        name: "postgresql",
        // Debian keeps the programs out of PATH.
        probe: &[
            "sh",
            "-c",
            "[ -n \"$TEST_DATABASE_URL\" ] || command -v initdb || ls /usr/lib/postgresql/*/bin/initdb",
        ],
        install: &["sh", "-c", "apt-get update && apt-get install --yes postgresql"],
    },
];

/// Sees that every tool is there.
pub(super) fn ensure() -> Result<(), BoxError> {
    let missing: Vec<&Tool> = TOOLS.iter().filter(|tool| !succeeds(tool.probe)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let commands: Vec<String> = missing.iter().map(|tool| in_words(tool.install)).collect();
    let names: Vec<&str> = missing.iter().map(|tool| tool.name).collect();
    if !is_root() {
        return Err(format!("{} missing; install with:\n  {}", names.join(", "), commands.join(" && ")).into());
    }
    for tool in missing {
        println!("installing {}: {}", tool.name, in_words(tool.install));
        if !command(tool.install).status()?.success() || !succeeds(tool.probe) {
            return Err(format!("{} could not be installed with: {}", tool.name, in_words(tool.install)).into());
        }
    }
    Ok(())
}

/// The command as one types it.
fn in_words(command: &[&str]) -> String {
    match command {
        ["sh", "-c", script] => (*script).to_owned(),
        words => words.join(" "),
    }
}

fn command(words: &[&str]) -> Command {
    let (program, arguments) = words.split_first().unwrap_or((&"false", &[]));
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

fn succeeds(words: &[&str]) -> bool {
    let status = command(words).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

//! What the tests need beside Rust. As root it is installed; otherwise the command that installs it is printed.

use std::process::{Command, Stdio};

use crate::BoxError;

/// A tool, how to see that it is there, and how to get it: both are for a shell.
struct Tool {
    name: &'static str,
    probe: &'static str,
    install: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool { name: "rustfmt", probe: "cargo fmt --version", install: "rustup component add rustfmt" },
    Tool { name: "clippy", probe: "cargo clippy --version", install: "rustup component add clippy" },
    Tool { name: "cargo-nextest", probe: "cargo nextest --version", install: "cargo install cargo-nextest --locked" },
    Tool {
        name: "chromium with chromedriver",
        probe: "chromium --version && chromedriver --version",
        install: "apt-get update && apt-get install -y --no-install-recommends chromium chromium-driver",
    },
    Tool {
        name: "postgresql",
        // Debian keeps the programs out of PATH.
        probe: "[ -n \"$TEST_DATABASE_URL\" ] || command -v initdb || ls /usr/lib/postgresql/*/bin/initdb",
        install: "apt-get update && apt-get install -y --no-install-recommends postgresql",
    },
];

/// Sees that every tool is there.
pub(super) fn ensure() -> Result<(), BoxError> {
    let missing: Vec<&Tool> = TOOLS.iter().filter(|tool| !succeeds(tool.probe)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let commands: Vec<&str> = missing.iter().map(|tool| tool.install).collect();
    let names: Vec<&str> = missing.iter().map(|tool| tool.name).collect();
    if !is_root() {
        return Err(format!("{} missing; install with:\n  {}", names.join(", "), commands.join(" && ")).into());
    }
    for tool in missing {
        println!("installing {}: {}", tool.name, tool.install);
        if !shell(tool.install).status()?.success() || !succeeds(tool.probe) {
            return Err(format!("{} could not be installed with: {}", tool.name, tool.install).into());
        }
    }
    Ok(())
}

fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", line]);
    command
}

fn succeeds(line: &str) -> bool {
    let status = shell(line).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

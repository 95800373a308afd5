//! The repository's own chores: `cargo xtask --help`.

mod cargo;
mod prove;
mod suite;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

/// The repository's own chores
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything that must hold before a commit lands: formatting, clippy, documentation, tests, doctests, generated files
    Test,
    /// Run a test of the suite with numbers that are too large for it
    Prove {
        #[command(subcommand)]
        proof: prove::Proof,
    },
    /// Build the integration guide, and open it
    Guide {
        /// Do not open it in the browser
        #[arg(long)]
        no_open: bool,
        /// Write nothing; fail if something generated in its pages is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Write openapi.json from the server's code
    Openapi {
        /// Write nothing; fail if the file is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Write what is generated from openapi.json and the server's providers: the client, and the mock's catalogue
    Codegen {
        /// Write nothing; fail if a file is not what would be written
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Test => suite::run(),
        Command::Prove { proof } => proof.run(),
        Command::Guide { no_open, check } => cargo::guide(no_open, check),
        Command::Openapi { check } => cargo::codegen("openapi", check),
        Command::Codegen { check } => cargo::codegen("files", check),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What goes wrong in a chore, for people.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

//! Writes the generated files. `cargo xtask` runs it; it is a program of its own, so that `xtask` itself builds in seconds.

mod catalogue;
mod client;
mod generated;
mod lower;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use generated::Mode;

/// Write the generated files
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write openapi.json from the server's code
    Openapi {
        /// Write nothing; fail if the file is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Write what is generated from openapi.json and the server's providers: the client, and the mock's catalogue
    Files {
        /// Write nothing; fail if a file is not what would be written
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Openapi { check } => generated::openapi(Mode::of(check)),
        Command::Files { check } => generated::files(Mode::of(check)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What goes wrong, for people.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

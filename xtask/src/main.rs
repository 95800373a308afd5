//! The repository's own chores: `cargo xtask --help`.

mod catalogue;
mod client;
mod generated;
mod lower;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use generated::Mode;

/// The repository's own chores
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
    Codegen {
        /// Write nothing; fail if a file is not what would be written
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Openapi { check } => generated::openapi(Mode::of(check)),
        Command::Codegen { check } => generated::codegen(Mode::of(check)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What goes wrong in a chore, for people.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

//! `cargo xtask guide` runs it.

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

/// Build the integration guide
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask guide")]
struct Cli {
    /// The folder to build it into
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/guide"))]
    into: PathBuf,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match connectors_guide::build(&connectors_guide::root(), &cli.into) {
        Ok(page) => {
            println!("{}", page.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

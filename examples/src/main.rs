//! The main job: `cargo run` walks through the journey, `cargo run -- demo` shows it in a browser.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use connectors_examples::{demo, journey};

/// What Poblysh Core would write, to see it run
///
/// Without a command: walk through "Connect GitHub" as the integration guide describes it, against the Connectors Service and
/// stand-ins for the providers. What is printed went over the wire; tokens, codes and states are masked. With the URL of a service
/// that runs already, it asks whoever sits at the terminal to approve in a browser.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, bin_name = "cargo run --")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    journey: journey::Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the service, a stand-in for GitHub, and Core's pages, to look at in a browser
    Demo(demo::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let succeeded = match cli.command {
        None => journey::run(&cli.journey).await,
        Some(Command::Demo(options)) => match demo::run(&options).await {
            Ok(()) => true,
            Err(error) => {
                eprintln!("error: {error}");
                false
            }
        },
    };
    if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

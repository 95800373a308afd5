//! The main job: `cargo run`.

use std::process::ExitCode;

use clap::Parser;
use connectors_examples::journey::{self, Options};

#[tokio::main]
async fn main() -> ExitCode {
    if journey::run(&Options::parse()).await { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

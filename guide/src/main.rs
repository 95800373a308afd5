//! `cargo xtask guide` runs it.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use clap::Parser;
use connectors_guide::{BoxError, build, generated, root};

/// Build the integration guide, and open it
///
/// The pages are in guide/pages. What is generated in them (tables, diagrams, HTTP) is written anew first.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask guide")]
struct Cli {
    /// The folder to build it into
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/guide"))]
    into: PathBuf,
    /// Do not open it in the browser
    #[arg(long)]
    no_open: bool,
    /// Write nothing into guide/pages; fail if something generated there is not what would be written
    #[arg(long)]
    check: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: &Cli) -> Result<(), BoxError> {
    let root = root();
    if cli.check {
        let stale = generated::stale(&root).await?;
        if let Some(first) = stale.first() {
            let more = stale.len() - 1;
            return Err(format!("{} is stale, and {more} more; `cargo xtask guide` writes it", first.display()).into());
        }
    } else {
        generated::write(&root).await?;
    }
    let page = build(&root, &cli.into)?.canonicalize()?;
    println!("{}", page.display());
    if !cli.check && !cli.no_open && !open(&page) {
        println!("No browser could be opened here; open that file in one.");
    }
    Ok(())
}

fn open(page: &Path) -> bool {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let status = Command::new(opener).arg(page).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

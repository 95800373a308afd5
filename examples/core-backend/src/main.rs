//! Runs Core's backend: `cargo run -p core-backend -- --help`.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Parser, ValueEnum};
use connectors_client::{Connectors, OperatorToken, TokenFile};
use core_backend::{Core, serve, tenants::Tenants};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Poblysh Core's pages and routes for connectors, as an example
///
/// The Connectors Service must run, and its POBLYSH_OAUTH_REDIRECT_URL must lead here:
/// http://127.0.0.1:3000/api/connectors/{provider}/callback
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// Where to listen
    #[arg(long, env = "CORE_BIND_ADDR", default_value = "127.0.0.1:3000")]
    bind: SocketAddr,
    /// The Connectors Service
    #[arg(long, env = "CONNECTORS_URL", default_value = "http://127.0.0.1:8080")]
    connectors: String,
    /// A file that holds the operator token; without it, POBLYSH_OPERATOR_TOKENS and POBLYSH_OPERATOR_TOKEN are read
    #[arg(long, env = "CONNECTORS_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// How a Poblysh tenant is called at the service
    #[arg(long, env = "CORE_TENANTS", value_enum, default_value_t = Strategy::Same)]
    tenants: Strategy,
    /// The database of the mapping table
    #[arg(long, env = "CORE_DATABASE_URL", default_value = "sqlite:core.db?mode=rwc")]
    database: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Strategy {
    /// By the Poblysh tenant id itself
    Same,
    /// By the id that a table of Core's maps it to
    Mapped,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).init();
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), BoxError> {
    let builder = Connectors::builder(&options.connectors);
    let connectors = match options.token_file {
        Some(file) => builder.token_source(TokenFile::new(file)).build()?,
        None => builder.operator_token(OperatorToken::from_env()?).build()?,
    };
    let tenants = match options.tenants {
        Strategy::Same => Tenants::Same,
        Strategy::Mapped => Tenants::mapped(&options.database).await?,
    };
    let listener = TcpListener::bind(options.bind).await?;
    tracing::info!("Poblysh Core is at http://{}", listener.local_addr()?);
    serve(listener, Core::new(connectors, tenants), stopped()).await?;
    Ok(())
}

/// Ends when the process is told to stop.
async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminated) = signal(SignalKind::terminate()) else { return };
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
}

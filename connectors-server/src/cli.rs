//! The command line.

use std::io::Write;

use clap::{CommandFactory, Parser, Subcommand};
use connectors_server::{
    AppState,
    config::{self, Config, Environment, LogFormat, WebhookRoots},
    document,
    model::{Secret, TenantId},
    provider::{Registry, SecretSource},
    serve::{self, Signals},
    store::Store,
};
use tokio::net::TcpListener;
use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

use crate::BoxError;

/// The Poblysh Connectors Service: third-party connections, OAuth, tokens and normalized signals
///
/// To try it, run these lines and open the address that the last one prints:
///
///   export POBLYSH_OPERATOR_TOKENS=a-token-for-a-first-try
///   export POBLYSH_CRYPTO_KEY=$(openssl rand -base64 32)
///   connectors-server serve
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment, after_long_help = config::help(), after_help = "--help lists the environment variables too.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM or SIGINT, a second of which ends it at once; the schema is brought up to date first
    #[command(after_long_help = config::help())]
    Serve,
    /// Print the OpenAPI document, as GET /openapi.json serves it
    Openapi,
    /// Bring the database's schema up to date and exit
    Migrate,
    /// Print a tenant's own webhook secret, to be set at the provider; for Zoho Mail it stands in the URL, after ?setup=
    WebhookSecret {
        /// The provider's slug, as github
        provider: String,
        /// The tenant's UUID
        tenant_id: String,
    },
    /// Print a script that completes this program's arguments
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

impl Cli {
    pub(crate) async fn run(self) -> Result<(), BoxError> {
        match self.command {
            Command::Serve => serve(Config::from_env()?).await,
            Command::Openapi => print(document()),
            Command::Migrate => migrate(&config::database_url(&mut Environment::of_process())?).await,
            Command::WebhookSecret { provider, tenant_id } => {
                let roots = WebhookRoots::from_environment(&mut Environment::of_process())?;
                print(&format!("{}\n", webhook_secret(&roots, &provider, &tenant_id)?))
            }
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Self::command(), "connectors-server", &mut script);
                print(&String::from_utf8_lossy(&script))
            }
        }
    }
}

/// Writes to standard output; a reader that has gone, as `head` does, is no error.
fn print(text: &str) -> Result<(), BoxError> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

async fn serve(config: Config) -> Result<(), BoxError> {
    log_to_stderr(&config)?;
    // Two listeners see the same signals: the first signal ends the service in order, the second at once.
    let (mut first, mut second) = (Signals::listen()?, Signals::listen()?);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let bind_addr = config.bind_addr;
    let state = AppState::open(config).await?;
    let durability = state.service().store().durability().await?;
    let listener =
        TcpListener::bind(bind_addr).await.map_err(|error| format!("can't listen on {bind_addr}: {error}"))?;
    let address = listener.local_addr()?;
    tracing::info!(
        %address,
        docs = format!("http://{address}/docs/"),
        durability,
        providers = ?state.service().config().providers.configured(),
        "serving"
    );
    tokio::select! {
        served = serve::serve(listener, state, first.next()) => Ok(served?),
        () = async { second.next().await; second.next().await } => Err("a second signal cut off what was under way".into()),
    }
}

async fn migrate(database_url: &Secret) -> Result<(), BoxError> {
    let store = Store::open(database_url.expose(), 1).await?;
    store.migrate().await?;
    store.close().await;
    print("the schema is up to date\n")
}

fn webhook_secret(roots: &WebhookRoots, provider: &str, tenant_id: &str) -> Result<String, BoxError> {
    let Some(known) = Registry.get(provider) else {
        let hint = Registry.nearest(provider).map(|slug| format!("; did you mean {slug}?")).unwrap_or_default();
        return Err(format!("there is no provider {provider}{hint}").into());
    };
    let webhook = &known.descriptor().webhook;
    if webhook
        .own
        .as_ref()
        .is_none_or(|own| !matches!(own.secret, SecretSource::Derived | SecretSource::HandedOver { .. }))
    {
        let name = known.descriptor().display_name;
        return Err(format!("{name} has no webhooks of tenants: it signs all deliveries with the app's secret").into());
    }
    let tenant = TenantId::parse(tenant_id).filter(|tenant| !tenant.0.is_nil());
    let tenant = tenant.ok_or("the tenant id must be a hyphenated UUID, and not the nil one")?;
    let secrets = roots.secrets(provider, tenant);
    let newest = secrets.first().ok_or(
        "there is no key to derive it from: set POBLYSH_WEBHOOK_ROOT_KEYS (make one with: openssl rand -base64 32)",
    )?;
    Ok(newest.expose().to_owned())
}

fn log_to_stderr(config: &Config) -> Result<(), BoxError> {
    let filter = EnvFilter::try_new(&config.log)?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    }
}

//! Everything at once, to look at in a browser: the service, a stand-in for GitHub, and Core's pages.

use std::{error::Error, time::Duration};

use anstream::println;
use clap::Parser;
use connectors_client::TenantId;
use core_backend::{
    Core,
    tenants::Tenants,
    users::{PASSWORD, USERS},
};
use tokio::{net::TcpListener, time::interval};

use crate::{
    backend::{Against, Backend},
    database::Engine,
    recorded::{self, RecordedDelivery},
};

type BoxError = Box<dyn Error + Send + Sync>;

/// Start the service, a stand-in for GitHub, and Core's pages, to look at in a browser
///
/// GitHub delivers an event every few seconds, so that the timeline moves. Ends with Ctrl-C; nothing is left behind.
#[derive(Debug, Parser)]
pub struct Options {
    /// The port of Core's pages; 0 takes a free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// What Core runs against
    #[arg(long, value_enum, default_value_t = Against::Service)]
    against: Against,
    /// Seconds between GitHub's deliveries; 0: there are none
    #[arg(long, default_value_t = 4)]
    every: u64,
}

/// What happens in a repository, in an order in which it might.
const STORY: &[&str] = &[
    "push",
    "issues.opened",
    "issue_comment.created",
    "pull_request.opened",
    "pull_request.synchronize",
    "pull_request_review.submitted",
    "pull_request.closed.merged",
    "issues.closed",
    "release.published",
];

/// Core and what it runs against, both listening.
#[derive(Debug)]
pub struct Demo {
    /// What Core runs against.
    pub backend: Backend,
    /// Where Core's pages are.
    pub url: String,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Demo {
    /// Starts both; the port may be 0.
    ///
    /// # Errors
    /// If the port is taken, or the service can't start.
    pub async fn start(against: Against, port: u16, tenants: Tenants) -> Result<Self, BoxError> {
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .map_err(|error| format!("port {port} can't be had: {error}; take another with --port"))?;
        let url = format!("http://{}", listener.local_addr()?);
        let backend =
            Backend::with(against, Engine::Sqlite, &format!("{url}/api/connectors/{{provider}}/callback")).await?;
        let core = Core::new(backend.connectors()?, tenants);
        let server = tokio::spawn(core_backend::serve(listener, core, std::future::pending()));
        Ok(Self { backend, url, server })
    }
}

/// Runs the demo until Ctrl-C.
///
/// # Errors
/// If it can't start.
pub async fn run(options: &Options) -> Result<(), BoxError> {
    let demo = Demo::start(options.against, options.port, Tenants::Same).await?;
    println!("Poblysh Core      {}", demo.url);
    for user in &USERS {
        println!("                  log in as {} (of {}), password {PASSWORD}", user.login, user.company);
    }
    println!("Against           {}", demo.backend.name());
    println!("                  {}", demo.backend.url()?);
    if matches!(demo.backend, Backend::Service(_)) {
        println!("Swagger UI        {}docs", demo.backend.url()?);
    }
    if options.every > 0 {
        println!("\nGitHub delivers an event to {} every {} seconds.", USERS[0].company, options.every);
    }
    tokio::select! {
        // First, so that it is heard from when it is announced.
        biased;
        stopped = tokio::signal::ctrl_c() => Ok(stopped?),
        result = async {
            println!("Ctrl-C ends it.");
            deliver(&demo.backend, options.every).await
        } => result,
    }
}

/// Delivers one event after the other, without end.
async fn deliver(backend: &Backend, every: u64) -> Result<(), BoxError> {
    if every == 0 {
        return std::future::pending().await;
    }
    let tenant = TenantId::new(USERS[0].poblysh_tenant_id)?;
    let recorded = recorded::github();
    let story: Vec<&RecordedDelivery> =
        STORY.iter().filter_map(|name| recorded.iter().find(|delivery| delivery.name == *name)).collect();
    let mut due = interval(Duration::from_secs(every));
    for delivery in story.iter().cycle() {
        due.tick().await;
        backend.deliver_now(tenant, delivery).await?;
    }
    Ok(())
}

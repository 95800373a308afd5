//! A PostgreSQL server that is started when it is needed.
//!
//! It is shared by all processes that need one at the same time, and ends by itself, folder and all, some seconds after the
//! last of them has ended, however it ended. It listens on a socket in a folder that nobody else can enter. Where
//! `TEST_DATABASE_URL` is set, the server is the one that it names, whose user must be allowed to create databases.

mod cluster;
mod programs;
mod unprivileged;

use std::{io, str::FromStr, sync::mpsc, time::Duration};

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, postgres::PgConnectOptions};
use uuid::Uuid;

use cluster::Cluster;

/// How long a database is waited for that is dropped.
const PATIENCE: Duration = Duration::from_secs(5);

/// An empty database. It is dropped with this value, whoever is connected to it.
#[derive(Debug)]
pub(super) struct Postgres {
    name: String,
    server: PgConnectOptions,
    // The server runs at least until this is dropped.
    _cluster: Option<Cluster>,
}

impl Postgres {
    /// Creates a database.
    pub(super) async fn create() -> io::Result<Self> {
        let (server, cluster) = match std::env::var("TEST_DATABASE_URL") {
            Ok(url) => (PgConnectOptions::from_str(&url).map_err(io::Error::other)?, None),
            Err(_) => {
                let cluster = tokio::task::spawn_blocking(Cluster::share).await??;
                (cluster.options(), Some(cluster))
            }
        };
        let server = server.disable_statement_logging();
        let name = format!("connectors_{}", Uuid::new_v4().simple());
        execute(&server, format!("CREATE DATABASE {name}")).await.map_err(io::Error::other)?;
        Ok(Self { name, server, _cluster: cluster })
    }

    /// Its URL, as `POBLYSH_DATABASE_URL` takes it.
    pub(super) fn url(&self) -> String {
        self.server.clone().database(&self.name).to_url_lossy().into()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let (server, statement) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        let (done, dropped) = mpsc::channel();
        // A thread of its own: this one may be in the midst of a runtime.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let dropped = runtime.block_on(execute(&server, statement)).map_err(io::Error::other);
            // Nobody waits any more: nothing is lost.
            let _ = done.send(dropped);
            Ok::<_, io::Error>(())
        });
        // The server waits for connections that this thread's runtime has begun and can't go on with while it is kept here. They
        // end with this process, and then the server drops the database by itself.
        if let Ok(Err(error)) = dropped.recv_timeout(PATIENCE) {
            eprintln!("the database {} is left behind: {error}", self.name);
        }
    }
}

async fn execute(server: &PgConnectOptions, statement: String) -> sqlx::Result<()> {
    let mut connection = server.connect().await?;
    connection.execute(AssertSqlSafe(statement)).await?;
    connection.close().await
}

//! An empty database of one's own, for a test or the journey.
//!
//! ```
//! use connectors_examples::database::{Database, Engine};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let database = Database::create(Engine::Sqlite).await?;
//! assert!(database.url().starts_with("sqlite:"));
//! # Ok(())
//! # }
//! ```

mod postgres;

use std::io;

use clap::ValueEnum;
use tempfile::TempDir;

use postgres::Postgres;

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// SQLite, in a temporary folder
    Sqlite,
    /// PostgreSQL, on a server that is started for it
    Postgres,
}

impl Engine {
    /// The engine that tests run on: SQLite, unless `TEST_DATABASE` says `postgres`.
    ///
    /// # Panics
    ///
    /// When it says anything else.
    pub fn of_tests() -> Self {
        match std::env::var("TEST_DATABASE").as_deref() {
            Err(_) | Ok("sqlite") => Self::Sqlite,
            Ok("postgres") => Self::Postgres,
            Ok(other) => panic!("TEST_DATABASE must be sqlite or postgres, not {other:?}"),
        }
    }
}

/// An empty database. It goes with this value, whoever is connected to it.
#[derive(Debug)]
pub struct Database(Kind);

#[derive(Debug)]
enum Kind {
    Sqlite(TempDir),
    Postgres(Box<Postgres>),
}

impl Database {
    /// Creates a database.
    ///
    /// # Errors
    ///
    /// When there is no room, or no PostgreSQL that can be started or reached.
    pub async fn create(engine: Engine) -> io::Result<Self> {
        Ok(Self(match engine {
            Engine::Sqlite => Kind::Sqlite(tempfile::tempdir()?),
            Engine::Postgres => Kind::Postgres(Box::new(Postgres::create().await?)),
        }))
    }

    /// Its URL, as `POBLYSH_DATABASE_URL` takes it.
    pub fn url(&self) -> String {
        match &self.0 {
            Kind::Sqlite(folder) => format!("sqlite:{}", folder.path().join("poblysh-connectors.db").display()),
            Kind::Postgres(postgres) => postgres.url(),
        }
    }
}

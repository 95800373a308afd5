//! PostgreSQL: a server that several processes of the service share.

use std::str::FromStr;

use sqlx::{
    ConnectOptions, Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{ACQUIRE_TIMEOUT, Database};
use crate::store::{StoreError, migrations};

/// What every connection of the service is set to.
const SETTINGS: &[(&str, &str)] = &[
    // A plan that is made for any values can't know that a page is short, and would sort.
    ("plan_cache_mode", "force_custom_plan"),
    // There is an index for each statement; statistics from before a table grew must not speak for anything else.
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("lock_timeout", "5s"),
    // The locks of a process whose machine has gone are not kept until TCP notices.
    ("idle_in_transaction_session_timeout", "10s"),
];

/// Connects to the server.
pub(super) async fn open(url: &str, connections: u32) -> Result<Database, StoreError> {
    let mut options = PgConnectOptions::from_str(url)?;
    if options.get_application_name().is_none() {
        options = options.application_name("connectors-server");
    }
    let options = options.options(SETTINGS.iter().copied()).disable_statement_logging();
    let pool = PgPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT).max_connections(connections);
    Ok(Database::Postgres(pool.connect_with(options).await?))
}

/// Migrates under the migrator's advisory lock.
pub(super) async fn migrate(pool: &PgPool) -> Result<(), StoreError> {
    // A connection of its own: the lock belongs to it and ends with it, and may be waited for without end.
    let mut connection = pool.connect_options().as_ref().clone().options([("lock_timeout", "0")]).connect().await?;
    let migrated = migrations::postgres().run(&mut connection).await;
    connection.close().await?;
    Ok(migrated?)
}

/// The server's `fsync`, which is its operator's choice, and `synchronous_commit`.
pub(super) async fn durability(pool: &PgPool) -> Result<String, StoreError> {
    let fsync: String = sqlx::query_scalar("SHOW fsync").fetch_one(pool).await?;
    let synchronous_commit: String = sqlx::query_scalar("SHOW synchronous_commit").fetch_one(pool).await?;
    let durability = format!("fsync {fsync}, synchronous_commit {synchronous_commit}");
    if synchronous_commit == "off" { Err(StoreError::NotDurable { durability }) } else { Ok(durability) }
}

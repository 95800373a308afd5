//! What is due to be done for connections while nobody waits.
//!
//! One row is one task of one connection. A replica that takes it moves its time to where a dead replica's lease has run out, so
//! that nobody else takes it before; what was done is settled under that lease, or not at all.

use uuid::Uuid;

use super::{
    Store, StoreError, TenantStore,
    database::{Engine, Row, Statement, Transaction},
    deliveries::{self, Stored},
    plans,
};
use crate::model::{ConnectionId, TenantId, Timestamp};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Refresh the tokens before they expire.
    Refresh,
    /// Subscribe webhooks, or renew them before they run out.
    Subscribe,
    /// Read what has changed.
    Fetch,
}

impl Task {
    /// The task's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Subscribe => "subscribe",
            Self::Fetch => "fetch",
        }
    }
}

/// A task that a replica has taken.
#[derive(Debug, Clone)]
pub struct Due {
    /// Whose it is.
    pub tenant: TenantId,
    /// For which connection.
    pub connection: ConnectionId,
    /// What is to be done.
    pub task: Task,
    /// The provider's slug.
    pub provider: String,
    /// How often it failed in a row.
    pub failures: u32,
    /// Where a fetch begins.
    pub position: Option<String>,
    lease: Uuid,
    rings: i64,
}

/// How a taken task is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, and due again then; `None`: not before the user connects again.
    Done(Option<Timestamp>),
    /// It failed, and is due again then.
    Failed(Timestamp),
    /// This replica goes on with it, and counts as dead then.
    GoesOn(Timestamp),
}

/// A delivery that announces a change.
#[derive(Debug)]
pub struct Ring<'a> {
    /// The provider's slug.
    pub provider: &'a str,
    /// The connection.
    pub connection: ConnectionId,
    /// Hashes of what marks a repeat.
    pub keys: &'a [[u8; 32]],
    /// When it came in.
    pub received_at: Timestamp,
}

impl Store {
    /// When the next task is due, if there is one.
    ///
    /// # Errors
    /// If the database does.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let statement = Statement::new("SELECT due_at FROM upkeep WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1");
        let row = self.database.read_one(statement).await?;
        row.map(|row| Ok(Timestamp::from_micros(row.get(0)?))).transpose()
    }

    /// Takes at most `limit` tasks that are due, those that have waited longest, until `until`.
    ///
    /// # Errors
    /// If the database does.
    pub async fn take_due(&self, limit: u32, now: Timestamp, until: Timestamp) -> Result<Vec<Due>, StoreError> {
        self.database.write_rows(taking(limit, now, until)).await?.iter().map(due).collect()
    }

    /// How the database would find what is due, a line for each step.
    ///
    /// # Errors
    /// If the database does.
    pub async fn due_plan(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        plans::plan(&self.database, taking(8, now, now)).await
    }

    /// Leaves a task; false if it is not this replica's any more.
    ///
    /// # Errors
    /// If the database does; then the lease runs out by itself.
    pub async fn settle(&self, due: &Due, outcome: Outcome) -> Result<bool, StoreError> {
        Ok(self.database.write(due.settling(outcome)).await? == 1)
    }
}

fn taking(limit: u32, now: Timestamp, until: Timestamp) -> Statement<'static> {
    Statement::new(
        "UPDATE upkeep SET lease_id = $1, due_at = $2 WHERE (tenant_id, connection_id, task) IN \
             (SELECT tenant_id, connection_id, task FROM upkeep WHERE due_at <= $3 ORDER BY due_at LIMIT $4",
    )
    // Replicas that look at once take different ones.
    .only(Engine::Postgres, " FOR UPDATE SKIP LOCKED")
    .text(") RETURNING tenant_id, connection_id, task, provider_slug, failures, position, lease_id, rings")
    .bind(Uuid::new_v4())
    .bind(until)
    .bind(now)
    .bind(i64::from(limit))
}

impl Due {
    fn settling(&self, outcome: Outcome) -> Statement<'_> {
        let (due_at, failures, lease) = match outcome {
            Outcome::Done(at) => (at, 0, None),
            Outcome::Failed(at) => (Some(at), i64::from(self.failures) + 1, None),
            Outcome::GoesOn(at) => (Some(at), i64::from(self.failures), Some(self.lease)),
        };
        // What rang meanwhile may tell of a change that was made after it was read.
        let may_be_due = matches!(outcome, Outcome::Done(Some(_)));
        Statement::new(
            "UPDATE upkeep SET due_at = CASE WHEN $9 = 1 AND rings <> $1 THEN 0 ELSE $2 END, failures = $3, lease_id = $4 \
             WHERE tenant_id = $5 AND connection_id = $6 AND task = $7 AND lease_id = $8 AND due_at IS NOT NULL",
        )
        .bind(self.rings)
        .bind(due_at)
        .bind(failures)
        .bind(lease)
        .bind(self.tenant.0)
        .bind(self.connection.0)
        .bind(self.task.as_str())
        .bind(self.lease)
        .bind(i64::from(may_be_due))
    }

    pub(super) async fn settle(&self, transaction: &mut Transaction, outcome: Outcome) -> Result<bool, StoreError> {
        Ok(transaction.write(self.settling(outcome)).await? == 1)
    }
}

impl TenantStore<'_> {
    /// Makes the connection's fetch due now, unless the delivery is known, or the provider was told to wait after a failure. The connection may be gone, or have nothing to fetch.
    ///
    /// # Errors
    /// If the database does; then nothing changed.
    pub async fn ring(&self, ring: &Ring<'_>) -> Result<Stored, StoreError> {
        let mut transaction = self.database.begin().await?;
        if !ring_in(&mut transaction, self.tenant.0, ring.connection.0, ring.received_at).await? {
            transaction.rollback().await?;
            return Ok(Stored::ConnectionGone);
        }
        for key in ring.keys {
            if !deliveries::remember(&mut transaction, self.tenant.0, ring.provider, key, ring.received_at).await? {
                transaction.rollback().await?;
                return Ok(Stored::Duplicate);
            }
        }
        transaction.commit().await?;
        Ok(Stored::Accepted)
    }
}

/// Makes a connection's fetch due now, if it has one that does not wait after a failure; false if it has none.
pub(super) async fn ring_in(
    transaction: &mut Transaction,
    tenant: Uuid,
    connection: Uuid,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let ask = Statement::new(
        "UPDATE upkeep SET rings = rings + 1, due_at = CASE WHEN lease_id IS NULL AND failures = 0 THEN $1 ELSE due_at END \
             WHERE tenant_id = $2 AND connection_id = $3 AND task = 'fetch' AND due_at IS NOT NULL",
    );
    Ok(transaction.write(ask.bind(now).bind(tenant).bind(connection)).await? == 1)
}

/// Makes the tasks of a connection due that was just made or made anew.
pub(super) async fn schedule(
    transaction: &mut Transaction,
    tenant: Uuid,
    connection: Uuid,
    provider: &str,
    tasks: &[(Task, Timestamp)],
) -> Result<(), StoreError> {
    for (task, due_at) in tasks {
        let plan = Statement::new(
            "INSERT INTO upkeep (tenant_id, connection_id, task, provider_slug, due_at, rings, failures) \
             VALUES ($1, $2, $3, $4, $5, 0, 0) ON CONFLICT (tenant_id, connection_id, task) DO UPDATE SET \
             due_at = excluded.due_at, lease_id = NULL, rings = upkeep.rings + 1, failures = 0",
        );
        let plan = plan.bind(tenant).bind(connection).bind(task.as_str()).bind(provider).bind(*due_at);
        transaction.write(plan).await?;
    }
    Ok(())
}

/// Nothing more is done for a connection.
pub(super) async fn unschedule(
    transaction: &mut Transaction,
    tenant: Uuid,
    connection: Uuid,
) -> Result<(), StoreError> {
    let forget = Statement::new("DELETE FROM upkeep WHERE tenant_id = $1 AND connection_id = $2");
    transaction.write(forget.bind(tenant).bind(connection)).await.map(drop)
}

fn due(row: &Row) -> Result<Due, StoreError> {
    let name: String = row.get(2)?;
    let all = [Task::Refresh, Task::Subscribe, Task::Fetch];
    let task = all.into_iter().find(|task| task.as_str() == name);
    Ok(Due {
        tenant: TenantId(row.get(0)?),
        connection: ConnectionId(row.get(1)?),
        task: task.ok_or(StoreError::Damaged { table: "upkeep" })?,
        provider: row.get(3)?,
        failures: u32::try_from(row.get::<i64>(4)?).unwrap_or(u32::MAX),
        position: row.get(5)?,
        lease: row.get(6)?,
        rings: row.get(7)?,
    })
}

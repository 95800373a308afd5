//! A tenant's signals.

use futures_util::TryStreamExt;
use serde_json::value::RawValue;
use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    StoreError, TenantStore,
    statement::{Statement, Value},
};
use crate::model::{ConnectionId, Reference, Signal, SignalId, SignalKind, Timestamp};

const COLUMNS: &str = "SELECT id, provider_slug, connection_id, kind, occurred_at, received_at, title, url, actor_id, \
                       actor_name, actor_url, source_id, source_name, source_url";

/// A page ends once its payloads are longer than this: a single one may be 25 MiB, and a page is held in memory.
const PAGE_BYTES: usize = 16 << 20;

/// Which signals to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignalFilter {
    /// Only those of this provider.
    pub provider: Option<String>,
    /// Only those of this connection.
    pub connection_id: Option<ConnectionId>,
    /// Only those of this kind.
    pub kind: Option<SignalKind>,
    /// Only those that occurred then or later.
    pub occurred_after: Option<Timestamp>,
    /// Only those that occurred then or earlier.
    pub occurred_before: Option<Timestamp>,
}

/// Where a page of signals begins: after this row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalPosition {
    /// The row's `occurred_at`.
    pub occurred_at: Timestamp,
    /// The row's id.
    pub id: Uuid,
}

impl TenantStore<'_> {
    /// Signals, newest first, and whether more follow. At most `limit`; fewer if their payloads are large.
    ///
    /// # Errors
    /// If the database does.
    pub async fn signals(
        &self,
        filter: &SignalFilter,
        after: Option<SignalPosition>,
        limit: u32,
        with_payload: bool,
    ) -> Result<(Vec<Signal>, bool), StoreError> {
        let statement = self.page(filter, after, limit, with_payload);
        let mut rows = statement.query().fetch(&self.store.reader);
        let (mut signals, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.try_next().await? {
            if signals.len() == limit as usize || bytes > PAGE_BYTES {
                return Ok((signals, true));
            }
            let signal = signal(&row, with_payload)?;
            bytes += signal.payload.as_ref().map_or(0, |payload| payload.get().len());
            signals.push(signal);
        }
        Ok((signals, false))
    }

    /// How the database reads such a page, a line for each step.
    ///
    /// # Errors
    /// If the database does.
    pub async fn plan(&self, filter: &SignalFilter, after: Option<SignalPosition>) -> Result<Vec<String>, StoreError> {
        let plan = self.page(filter, after, 50, false).explained();
        let rows = plan.query().fetch_all(&self.store.reader).await?;
        rows.iter().map(|row| Ok(row.try_get(3)?)).collect()
    }

    fn page(&self, filter: &SignalFilter, after: Option<SignalPosition>, limit: u32, with_payload: bool) -> Statement {
        let micros = |time: Timestamp| Value::Integer(time.as_micros());
        let mut statement = Statement::new(COLUMNS)
            .text(if with_payload { ", payload" } else { "" })
            .text(" FROM signals")
            .text(index(filter))
            .text(" WHERE")
            .and(" tenant_id = ?", [Value::Uuid(self.tenant.0)])
            .and_if(" AND provider_slug = ?", filter.provider.clone().map(Value::Text))
            .and_if(" AND connection_id = ?", filter.connection_id.map(|id| Value::Uuid(id.0)))
            .and_if(" AND kind = ?", filter.kind.map(|kind| Value::Text(kind.to_string())))
            .and_if(" AND occurred_at >= ?", filter.occurred_after.map(micros));
        // One bound from above, so that the engine seeks to it: two would make it filter by one of them.
        let before = filter.occurred_before.filter(|before| after.is_none_or(|after| *before < after.occurred_at));
        statement = match (before, after) {
            (Some(before), _) => statement.and(" AND occurred_at <= ?", [micros(before)]),
            (None, Some(after)) => {
                let position = [micros(after.occurred_at), Value::Uuid(after.id)];
                statement.and(" AND (occurred_at, id) < (?, ?)", position)
            }
            (None, None) => statement,
        };
        statement.text(" ORDER BY occurred_at DESC, id DESC").and(" LIMIT ?", [Value::Integer(i64::from(limit) + 1)])
    }

    /// The signal with this id and its payload, if the tenant has it.
    ///
    /// # Errors
    /// If the database does.
    pub async fn signal(&self, id: SignalId) -> Result<Option<Signal>, StoreError> {
        let statement = Statement::new(COLUMNS)
            .text(", payload FROM signals WHERE")
            .and(" tenant_id = ? AND id = ?", [Value::Uuid(self.tenant.0), Value::Uuid(id.0)]);
        statement.query().fetch_optional(&self.store.reader).await?.map(|row| signal(&row, true)).transpose()
    }
}

/// The index in whose order a page stands. Named, since SQLite without statistics takes any that fits.
fn index(filter: &SignalFilter) -> &'static str {
    match (filter.connection_id.is_some(), filter.provider.is_some(), filter.kind.is_some()) {
        (true, _, true) => " INDEXED BY signals_by_connection_and_kind",
        (true, _, false) => " INDEXED BY signals_by_connection",
        (false, true, true) => " INDEXED BY signals_by_provider_and_kind",
        (false, true, false) => " INDEXED BY signals_by_provider",
        (false, false, true) => " INDEXED BY signals_by_kind",
        (false, false, false) => " INDEXED BY signals_by_time",
    }
}

fn signal(row: &SqliteRow, with_payload: bool) -> Result<Signal, StoreError> {
    let damaged = || StoreError::Damaged { table: "signals" };
    let kind: String = row.try_get(3)?;
    let payload = match with_payload {
        true => Some(RawValue::from_string(row.try_get(14)?).map_err(|_| damaged())?),
        false => None,
    };
    Ok(Signal {
        id: SignalId(row.try_get(0)?),
        provider_slug: row.try_get(1)?,
        connection_id: row.try_get::<Option<Uuid>, _>(2)?.map(ConnectionId),
        kind: kind.parse().map_err(|()| damaged())?,
        occurred_at: Timestamp::from_micros(row.try_get(4)?),
        received_at: Timestamp::from_micros(row.try_get(5)?),
        title: row.try_get(6)?,
        url: row.try_get(7)?,
        actor: reference(row, 8)?,
        source: reference(row, 11)?,
        payload,
    })
}

fn reference(row: &SqliteRow, first: usize) -> Result<Option<Reference>, StoreError> {
    let (id, name): (Option<String>, Option<String>) = (row.try_get(first)?, row.try_get(first + 1)?);
    let url = row.try_get(first + 2)?;
    Ok(id.zip(name).map(|(id, name)| Reference { id, name, url }))
}

//! A tenant's signals.

use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    StoreError, TenantStore,
    database::{Engine, Row, Statement},
};
use crate::model::{ConnectionId, Reference, Signal, SignalId, SignalKind, Timestamp};

const COLUMNS: &str = "id, provider_slug, connection_id, kind, occurred_at, received_at, title, url, actor_id, \
                       actor_name, actor_url, source_id, source_name, source_url";

const COLUMNS_AND_PAYLOAD: &str = "id, provider_slug, connection_id, kind, occurred_at, received_at, title, url, \
                                   actor_id, actor_name, actor_url, source_id, source_name, source_url, payload";

/// A page ends once its payloads are longer than this: a single one may be 25 MiB, and a page is held in memory.
const PAGE_BYTES: i64 = 16 << 20;

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
        let (mut fitting, mut rest) = (limit as usize, false);
        if with_payload {
            let lengths = self.page_of_signals("CAST(octet_length(payload) AS BIGINT)", filter, after, limit);
            let lengths =
                self.database.read(lengths).await?.iter().map(|row| row.get(0)).collect::<Result<Vec<_>, _>>()?;
            (fitting, rest) = cut(&lengths, limit as usize);
        }
        let columns = if with_payload { COLUMNS_AND_PAYLOAD } else { COLUMNS };
        // One row more tells whether more follow. Where that is known, it may be one that is too large.
        let read = if rest { fitting - 1 } else { fitting };
        let rows = self.database.read(self.page_of_signals(columns, filter, after, read as u32)).await?;
        let signals = rows.iter().take(fitting).map(|row| signal(row, with_payload)).collect::<Result<_, _>>()?;
        Ok((signals, rest || rows.len() > fitting))
    }

    /// The page's statement: it reads one row more than `limit`.
    pub(super) fn page_of_signals<'f>(
        &self,
        columns: &'static str,
        filter: &'f SignalFilter,
        after: Option<SignalPosition>,
        limit: u32,
    ) -> Statement<'f> {
        let mut statement = Statement::new("SELECT ")
            .text(columns)
            .text(" FROM signals")
            .only(Engine::Sqlite, index(filter))
            .text(" WHERE")
            .and(" tenant_id = ?", [self.tenant.0.into()])
            .and_if(" AND connection_id = ?", filter.connection_id.map(|id| id.0))
            .and_if(" AND kind = ?", filter.kind.map(SignalKind::as_str))
            .and_if(" AND occurred_at >= ?", filter.occurred_after);
        statement = match (filter.connection_id, filter.provider.as_deref()) {
            // All signals of a connection are of its provider: asked once, not of each of them.
            (Some(id), Some(provider)) => statement.and(
                " AND (SELECT provider_slug FROM connections WHERE tenant_id = ? AND id = ?) = ?",
                [self.tenant.0.into(), id.0.into(), provider.into()],
            ),
            (None, Some(provider)) => statement.and(" AND provider_slug = ?", [provider.into()]),
            (_, None) => statement,
        };
        // One bound from above, so that the engine seeks to it: two would make it filter by one of them.
        let before = filter.occurred_before.filter(|before| after.is_none_or(|after| *before < after.occurred_at));
        statement = match (before, after) {
            (Some(before), _) => statement.and(" AND occurred_at <= ?", [before.into()]),
            (None, Some(after)) => {
                statement.and(" AND (occurred_at, id) < (?, ?)", [after.occurred_at.into(), after.id.into()])
            }
            (None, None) => statement,
        };
        statement.text(" ORDER BY occurred_at DESC, id DESC").and(" LIMIT ?", [(i64::from(limit) + 1).into()])
    }

    /// The signal with this id and its payload, if the tenant has it.
    ///
    /// # Errors
    /// If the database does.
    pub async fn signal(&self, id: SignalId) -> Result<Option<Signal>, StoreError> {
        let statement = Statement::new("SELECT ")
            .text(COLUMNS_AND_PAYLOAD)
            .text(" FROM signals WHERE")
            .and(" tenant_id = ? AND id = ?", [self.tenant.0.into(), id.0.into()]);
        self.database.read_one(statement).await?.map(|row| signal(&row, true)).transpose()
    }
}

/// How many of the rows with payloads of these lengths make a page, and whether it is known that more follow.
fn cut(lengths: &[i64], limit: usize) -> (usize, bool) {
    let mut bytes = 0;
    let fits = |length: &&i64| {
        let fits = bytes <= PAGE_BYTES;
        bytes += **length;
        fits
    };
    let fitting = lengths.iter().take_while(fits).count().min(limit);
    if fitting < lengths.len() { (fitting, true) } else { (limit, false) }
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

fn signal(row: &Row, with_payload: bool) -> Result<Signal, StoreError> {
    let damaged = || StoreError::Damaged { table: "signals" };
    let kind: String = row.get(3)?;
    let payload = match with_payload {
        true => Some(RawValue::from_string(row.get(14)?).map_err(|_| damaged())?),
        false => None,
    };
    Ok(Signal {
        id: SignalId(row.get(0)?),
        provider_slug: row.get(1)?,
        connection_id: row.get::<Option<Uuid>>(2)?.map(ConnectionId),
        kind: kind.parse().map_err(|()| damaged())?,
        occurred_at: Timestamp::from_micros(row.get(4)?),
        received_at: Timestamp::from_micros(row.get(5)?),
        title: row.get(6)?,
        url: row.get(7)?,
        actor: reference(row, 8)?,
        source: reference(row, 11)?,
        payload,
    })
}

fn reference(row: &Row, first: usize) -> Result<Option<Reference>, StoreError> {
    let (id, name): (Option<String>, Option<String>) = (row.get(first)?, row.get(first + 1)?);
    let url = row.get(first + 2)?;
    Ok(id.zip(name).map(|(id, name)| Reference { id, name, url }))
}

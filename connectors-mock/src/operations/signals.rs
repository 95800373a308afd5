//! A tenant's signals.

use serde::Serialize;

use super::{
    Call,
    connections::id_of,
    listing::{Asked, Row, page},
};
use crate::{
    Operation,
    http::{Answer, Fields, Problem},
    state::{Position, Scope, Signal},
};

impl Call<'_> {
    pub(super) fn list_signals(self) -> Result<Answer, Problem> {
        #[derive(Serialize)]
        struct SignalList {
            signals: Vec<Signal>,
            next_cursor: Option<String>,
        }

        let (mut fields, query, tenant) = (Fields::default(), self.incoming.query(), self.caller.tenant());
        let provider = query.text(&mut fields, "provider");
        let connection = query.uuid(&mut fields, "connection_id");
        let kind = query.text(&mut fields, "kind");
        let since = query.timestamp(&mut fields, "occurred_after");
        let until = query.timestamp(&mut fields, "occurred_before");
        if since.zip(until).is_some_and(|(since, until)| since > until) {
            fields.problem("occurred_after", "must not be later than `occurred_before`");
        }
        let limit = query.integer(&mut fields, "limit");
        let with_payload = query.boolean(&mut fields, "include_payload");
        let filters = vec![
            provider.clone(),
            connection.map(|id| id.to_string()),
            kind.clone(),
            since.map(|time| time.to_string()),
            until.map(|time| time.to_string()),
        ];
        let scope = Scope { operation: Operation::ListSignals, tenant, filters };
        let cursor = query.text(&mut fields, "cursor");
        let after = cursor.and_then(|cursor| fields.check("cursor", self.world.cursors.take(&scope, &cursor)));
        query.refuse_unknown(&mut fields);
        fields.finish()?;

        let (rows, cursors) = self.world.rows_and_cursors(tenant);
        let rows = rows.newest_signals().into_iter().filter(|signal| {
            provider.as_ref().is_none_or(|provider| *provider == signal.provider_slug)
                && connection.is_none_or(|connection| signal.connection_id == Some(connection))
                && kind.as_ref().is_none_or(|kind| *kind == signal.kind)
                && since.is_none_or(|since| signal.occurred_at >= since)
                && until.is_none_or(|until| signal.occurred_at <= until)
        });
        let with_payload = with_payload.unwrap_or_default();
        let asked = Asked { scope: &scope, after, limit: limit.unwrap_or_default(), with_payload };
        let (page, next_cursor) = page(rows, &asked, cursors);
        let signals = page.into_iter().map(|signal| signal.shown(with_payload)).collect();
        Ok(Answer::json(200, &SignalList { signals, next_cursor }))
    }

    pub(super) fn get_signal(self) -> Result<Answer, Problem> {
        let id = id_of(&self.incoming, "signal_id")?;
        let rows = self.world.rows(self.caller.tenant());
        rows.signal(id).map(|signal| Answer::json(200, signal)).ok_or_else(|| Problem::new("SIGNAL_NOT_FOUND"))
    }
}

/// Newest first.
impl Row for Signal {
    fn position(&self) -> Position {
        (self.occurred_at, self.id)
    }

    fn is_beyond(&self, other: Position) -> bool {
        self.position() < other
    }

    fn payload_bytes(&self) -> usize {
        self.payload.as_ref().map_or(0, |payload| payload.get().len())
    }
}

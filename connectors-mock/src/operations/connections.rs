//! A tenant's connections.

use serde::Serialize;
use uuid::Uuid;

use super::{
    Call,
    listing::{Asked, Row, page},
};
use crate::{
    Operation,
    contract::Parsed,
    http::{Answer, Fields, Incoming, Problem},
    state::{Connection, Position, Scope},
};

impl Call<'_> {
    pub(super) fn list_connections(self) -> Result<Answer, Problem> {
        #[derive(Serialize)]
        struct ConnectionList<'a> {
            connections: Vec<&'a Connection>,
            next_cursor: Option<String>,
        }

        let (mut fields, query, tenant) = (Fields::default(), self.incoming.query(), self.caller.tenant());
        let provider = query.text(&mut fields, "provider");
        let status = query.text(&mut fields, "status");
        let limit = query.integer(&mut fields, "limit");
        let filters = vec![provider.clone(), status.clone()];
        let scope = Scope { operation: Operation::ListConnections, tenant, filters };
        let cursor = query.text(&mut fields, "cursor");
        let after = cursor.and_then(|cursor| fields.check("cursor", self.world.cursors.take(&scope, &cursor)));
        query.refuse_unknown(&mut fields);
        fields.finish()?;

        let (rows, cursors) = self.world.rows_and_cursors(tenant);
        let rows = rows.live_connections().into_iter().filter(|connection| {
            provider.as_ref().is_none_or(|provider| *provider == connection.provider)
                && status.as_ref().is_none_or(|status| *status == connection.status)
        });
        let asked = Asked { scope: &scope, after, limit: limit.unwrap_or_default(), with_payload: false };
        let (connections, next_cursor) = page(rows, &asked, cursors);
        Ok(Answer::json(200, &ConnectionList { connections, next_cursor }))
    }

    pub(super) fn get_connection(self) -> Result<Answer, Problem> {
        let id = id_of(&self.incoming, "connection_id")?;
        let rows = self.world.rows(self.caller.tenant());
        rows.connection(id).map(|connection| Answer::json(200, connection)).ok_or_else(not_found)
    }

    pub(super) fn delete_connection(self) -> Result<Answer, Problem> {
        let id = id_of(&self.incoming, "connection_id")?;
        let deleted = self.world.rows(self.caller.tenant()).disconnect(id);
        if deleted { Ok(Answer::empty(204)) } else { Err(not_found()) }
    }
}

/// Oldest first.
impl Row for Connection {
    fn position(&self) -> Position {
        (self.created_at, self.id)
    }

    fn is_beyond(&self, other: Position) -> bool {
        self.position() > other
    }

    fn payload_bytes(&self) -> usize {
        0
    }
}

pub(super) fn not_found() -> Problem {
    Problem::new("CONNECTION_NOT_FOUND")
}

/// The id in the path of an operation that takes no query.
pub(super) fn id_of(incoming: &Incoming<'_>, name: &str) -> Result<Uuid, Problem> {
    let mut fields = Fields::default();
    let id = incoming.path_value(&mut fields, name).map(Parsed::into_uuid);
    incoming.query().refuse_unknown(&mut fields);
    fields.finish().map(|()| id.expect("a malformed id is a problem"))
}

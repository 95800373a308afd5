//! Cursors: opaque positions in a list, bound to tenant, operation and filters. The mock keeps a table of those it gave.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha512};
use uuid::Uuid;

use crate::{Operation, timestamp::Timestamp};

/// What a cursor is bound to. Filters are given as their canonical texts, in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) operation: Operation,
    pub(crate) tenant: Uuid,
    pub(crate) filters: Vec<Option<String>>,
}

/// The last row of a page.
pub(crate) type Position = (Timestamp, Uuid);

/// The cursors that were given.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cursors(HashMap<String, (Scope, Position)>);

impl Cursors {
    /// The cursor that stands for a position.
    pub(crate) fn give(&mut self, scope: &Scope, position: Position) -> String {
        let digest = Sha512::digest(format!("{scope:?} {position:?}"));
        // As long as the service's.
        let cursor = URL_SAFE_NO_PAD.encode(&digest[..36]);
        self.0.insert(cursor.clone(), (scope.clone(), position));
        cursor
    }

    /// The position of a cursor that was given in this scope.
    pub(crate) fn take(&self, scope: &Scope, cursor: &str) -> Result<Position, String> {
        let given = self.0.get(cursor).filter(|(given, _)| given == scope).map(|(_, position)| *position);
        given.ok_or_else(|| "must be a `next_cursor` of the same list, with the same tenant and filters".into())
    }
}

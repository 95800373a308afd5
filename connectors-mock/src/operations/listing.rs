//! Pages.

use crate::state::{Cursors, Position, Scope};

/// The bytes after which a page ends, as the service's do.
const PAGE_BYTES: usize = 16 << 20;

/// What a page is made of.
pub(super) trait Row {
    /// Where it stands in its list.
    fn position(&self) -> Position;
    /// Whether that is beyond `other` in the list's order.
    fn is_beyond(&self, other: Position) -> bool;
    /// The length of its payload.
    fn payload_bytes(&self) -> usize;
}

/// Which page is asked for.
pub(super) struct Asked<'a> {
    pub(super) scope: &'a Scope,
    pub(super) after: Option<Position>,
    pub(super) limit: u32,
    pub(super) with_payload: bool,
}

/// A page of `rows`, which come in the list's order, and the cursor of the next one.
pub(super) fn page<'a, T: Row>(
    rows: impl IntoIterator<Item = &'a T>,
    asked: &Asked<'_>,
    cursors: &mut Cursors,
) -> (Vec<&'a T>, Option<String>) {
    let (mut page, mut bytes) = (Vec::<&T>::new(), 0);
    for row in rows.into_iter().filter(|row| asked.after.is_none_or(|after| row.is_beyond(after))) {
        if page.len() == asked.limit as usize || bytes > PAGE_BYTES {
            let next = page.last().map(|last| cursors.give(asked.scope, last.position()));
            return (page, next);
        }
        bytes += if asked.with_payload { row.payload_bytes() } else { 0 };
        page.push(row);
    }
    (page, None)
}

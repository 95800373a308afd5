//! Pages of a list.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One page of a list, and where the next one begins.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// What is on the page, in the list's order. It may be empty although there is a next page.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last page, and only there.
    pub next_cursor: Option<Cursor>,
}

impl<T> Page<T> {
    pub(crate) fn new(items: Vec<T>, next_cursor: Option<String>) -> Self {
        Self { items, next_cursor: next_cursor.map(Cursor) }
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

/// Where a page begins. Opaque: keep it, hand it back to the same list with the same filters.
///
/// ```
/// use connectors_client::Cursor;
///
/// let kept = Cursor::from("eyJhZnRlciI6MX0");
/// assert_eq!(kept.as_str(), "eyJhZnRlciI6MX0");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// The cursor's text, to be kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Cursor {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Cursor {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

//! What must not happen in a test.

use std::{fmt, panic::Location};

use crate::Operation;

/// A request that no operation matches, or an answer of the mock that the contract does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The operation, or the nearest one.
    pub operation: Option<Operation>,
    /// The request's method, path and query.
    pub request: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub came: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n    expected: {}\n    came: {}", self.request, self.expected, self.came)
    }
}

/// The text with which a test fails.
pub(crate) fn report(violations: &[Violation], started: &Location<'_>) -> String {
    let list: Vec<_> = violations.iter().map(|violation| format!("\n  {violation}")).collect();
    format!("the ConnectorsMock started at {started} met {} violation(s):{}", violations.len(), list.concat())
}

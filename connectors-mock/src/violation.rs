//! What must not happen in a test.

use std::{any::Any, fmt, panic::Location};

use crate::Operation;

/// A request that no operation matches, an answer of the mock that the contract does not allow, or a failure of the mock itself.
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
        if let Some(operation) = self.operation {
            write!(f, "{operation}: ")?;
        }
        write!(f, "{}\n    expected: {}\n    came: {}", self.request, self.expected, self.came)
    }
}

/// The text with which a test fails: its violations, and what `wiremock` says of mocks of the test's own whose expectations
/// are not met. `None` if there is neither.
pub(crate) fn report(violations: &[Violation], unmet: Option<&str>, started: &Location<'_>) -> Option<String> {
    let met = (!violations.is_empty()).then(|| {
        let list: Vec<_> = violations.iter().map(|violation| format!("\n  {violation}")).collect();
        format!("met {} violation(s):{}", violations.len(), list.concat())
    });
    let unmet = unmet.map(|unmet| {
        // What the gate adds to requests is of no interest.
        let lines = unmet.trim_end().lines().filter(|line| !line.starts_with("x-connectors-mock-"));
        format!("has mocks whose expectations are not met: {}", lines.collect::<Vec<_>>().join("\n"))
    });
    let all: Vec<_> = met.into_iter().chain(unmet).collect();
    (!all.is_empty()).then(|| format!("the ConnectorsMock started at {started} {}", all.join("\nIt also ")))
}

/// What a panic says.
pub(crate) fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a text")
}

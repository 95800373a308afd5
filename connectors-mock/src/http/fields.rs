//! Collects what is wrong with a request's fields, so that all of it is said at once.

use std::collections::BTreeMap;

use super::Problem;
use crate::suggest::hint;

/// The problems found so far.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    problems: BTreeMap<String, String>,
}

impl Fields {
    /// Notes what is wrong with a field; the first that is found stands.
    pub(crate) fn problem(&mut self, field: &str, problem: impl Into<String>) {
        let field: String = field.chars().take(100).collect();
        self.problems.entry(field).or_insert_with(|| problem.into());
    }

    /// The value, or `None` and a problem.
    pub(crate) fn check<T>(&mut self, field: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|problem| self.problem(field, problem)).ok()
    }

    /// Refuses a name that is not among `known`.
    pub(crate) fn unknown<'a>(&mut self, name: &str, known: impl IntoIterator<Item = &'a str>, what: &str) {
        self.problem(name, format!("is not a {what} of this operation{}", hint(name, known)));
    }

    /// Ends the checks.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.problems.is_empty() { Ok(()) } else { Err(Problem::invalid(self.problems)) }
    }
}

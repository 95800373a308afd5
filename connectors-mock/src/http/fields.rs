//! Collects what is wrong with a request's fields, so that all of it is said at once.

use std::collections::BTreeMap;

use super::Problem;
use crate::suggest::hint;

/// The most problems that one answer tells.
const MOST: usize = 20;

/// The longest name of a field that is told, in characters.
const LONGEST: usize = 100;

/// The problems found so far.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    problems: BTreeMap<String, String>,
}

impl Fields {
    /// Notes what is wrong with a field; the first that is found stands.
    pub(crate) fn problem(&mut self, field: &str, problem: impl Into<String>) {
        if self.problems.len() < MOST {
            let field: String = field.chars().take(LONGEST).collect();
            self.problems.entry(field).or_insert_with(|| problem.into());
        }
    }

    /// The value, or `None` and a problem.
    pub(crate) fn check<T>(&mut self, field: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|problem| self.problem(field, problem)).ok()
    }

    /// Refuses a name that is not among `known`.
    pub(crate) fn unknown<'a>(&mut self, name: &str, known: impl IntoIterator<Item = &'a str>, what: &str) {
        let name = name.get(..name.floor_char_boundary(LONGEST)).unwrap_or(name);
        self.problem(name, format!("is not a {what} of this operation{}", hint(name, known)));
    }

    /// Ends the checks.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.problems.is_empty() { Ok(()) } else { Err(Problem::invalid(self.problems)) }
    }
}

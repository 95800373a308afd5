//! What the guide must say, and where it says it.

use std::fs;

use serde::Deserialize;

use crate::{BoxError, root};

/// A demand of the guide's specification.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// What it is about.
    pub topic: String,
    /// What the guide must say, in our words.
    pub demand: String,
    /// The page and section that says it: `security.md#the-operator-token`.
    pub met_by: String,
}

/// The list in `requirements.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    requirement: Vec<Requirement>,
}

/// Every demand, in the specification's order.
///
/// # Errors
/// If `requirements.toml` is malformed.
pub fn requirements() -> Result<Vec<Requirement>, BoxError> {
    let list: List = toml::from_str(&fs::read_to_string(root().join("requirements.toml"))?)?;
    Ok(list.requirement)
}

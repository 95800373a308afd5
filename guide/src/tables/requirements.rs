//! What the guide must say, and where it says it.

use super::markdown;
use crate::{BoxError, requirements};

pub(super) fn table() -> Result<String, BoxError> {
    let rows = requirements()?.into_iter().map(|requirement| {
        let (page, section) = requirement.met_by.split_once('#').unwrap_or((&requirement.met_by, ""));
        let name = if section.is_empty() { page.trim_end_matches(".md") } else { section }.replace('-', " ");
        [requirement.topic, requirement.demand, format!("[{name}]({})", requirement.met_by)]
    });
    Ok(markdown(["topic", "what the guide must say", "where"], rows))
}

//! What the guide must say, and where it says it.

use std::fs;

use super::markdown;
use crate::{BoxError, requirements, root};

pub(super) fn table() -> Result<String, BoxError> {
    let rows = requirements()?.into_iter().map(|requirement| {
        let name = title(&requirement.met_by)?;
        Ok([requirement.topic, requirement.demand, format!("[{name}]({})", requirement.met_by)])
    });
    let rows = rows.collect::<Result<Vec<_>, BoxError>>()?;
    Ok(markdown(["topic", "what the guide must say", "where"], rows))
}

/// The heading that a link leads to, as the page has it.
fn title(link: &str) -> Result<String, BoxError> {
    let (page, section) = link.split_once('#').map_or((link, None), |(page, section)| (page, Some(section)));
    let text = fs::read_to_string(root().join("pages").join(page)).map_err(|error| format!("{page}: {error}"))?;
    let mut headings =
        text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let heading = headings.find(|heading| section.is_none_or(|section| slug(heading) == section));
    heading.map(str::to_owned).ok_or_else(|| format!("{link} leads to no heading").into())
}

/// A heading's anchor, as mdBook makes it.
fn slug(heading: &str) -> String {
    let letters = heading.chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        letter if letter.is_alphanumeric() || letter == '-' || letter == '_' => Some(letter.to_ascii_lowercase()),
        _ => None,
    });
    letters.collect()
}

//! The tables of the reference, from the OpenAPI document and the service's code.

mod configuration;
mod document;
mod endpoints;
mod errors;
mod headers;
mod kinds;
mod parameters;
mod requirements;

use crate::BoxError;

/// Every table with the name of its file.
pub(crate) fn all() -> Result<Vec<(&'static str, String)>, BoxError> {
    Ok(vec![
        ("configuration", configuration::table()),
        ("endpoints", endpoints::table()?),
        ("errors", errors::table()),
        ("headers", headers::table()?),
        ("kinds", kinds::table()?),
        ("list_signals", parameters::table("list_signals")?),
        ("requirements", requirements::table()?),
    ])
}

/// A table's text: a head, and a row for each line. A pipe within a cell is escaped.
fn markdown<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let line = |cells: [String; N]| format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
    let mut text = line(head.map(str::to_owned));
    text.push_str(&format!("|{}\n", "---|".repeat(N)));
    rows.into_iter().for_each(|row| text.push_str(&line(row)));
    text
}

//! Makes the texts of two runs comparable.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::{Captures, Regex};

/// What differs from run to run: UUIDs, times, and whatever is random and long, such as states, codes, cursors and trace ids.
static VARYING: LazyLock<Regex> = LazyLock::new(|| {
    let uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    let time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z";
    let random = "[A-Za-z0-9_-]{20,}";
    Regex::new(&format!("(?P<uuid>{uuid})|(?P<time>{time})|(?P<random>{random})")).expect("the pattern is well-formed")
});

/// The text with each such value renamed by its sort and the order in which it was met, each the same wherever it comes again.
///
/// ```
/// use connectors_guide::exchanges::canonical;
///
/// let one = canonical("id: 123e4567-e89b-12d3-a456-426614174000, at: 2026-01-02T03:04:05Z");
/// assert_eq!(one, "id: uuid-1, at: now");
/// ```
pub fn canonical(text: &str) -> String {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let renamed = VARYING.replace_all(text, |found: &Captures<'_>| {
        let sort = ["uuid", "time", "random"].into_iter().find(|sort| found.name(sort).is_some());
        let value = &found[0];
        if sort == Some("time") {
            // What is recorded is older than this repository, and stays as it is; two times of a run may be equal or not.
            return if value < "2026" { value.to_owned() } else { "now".to_owned() };
        }
        // Words of the contract are long too, but have no digit and no capital.
        if value.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_' || letter == '-') {
            return value.to_owned();
        }
        let sort = sort.unwrap_or_default();
        let known = names.keys().filter(|name| names[*name].starts_with(sort)).count();
        names.entry(value.to_owned()).or_insert_with(|| format!("{sort}-{}", known + 1)).clone()
    });
    renamed.into_owned()
}

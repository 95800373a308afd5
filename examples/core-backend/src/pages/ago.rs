//! Times as people say them.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// "5 minutes ago", with the exact time for those who ask.
pub(super) fn ago(moment: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    html! {
        time datetime=(moment.to_rfc3339()) title=(moment.format("%e %B %Y, %H:%M UTC")) { (words(moment, now)) }
    }
}

fn words(moment: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - moment).num_seconds().max(0);
    let (count, unit) = match seconds {
        0..45 => return "just now".to_owned(),
        45..2_700 => ((seconds + 30) / 60, "minute"),
        2_700..79_200 => ((seconds + 1_800) / 3_600, "hour"),
        79_200..2_246_400 => ((seconds + 43_200) / 86_400, "day"),
        _ => return moment.format("%e %b %Y").to_string().trim().to_owned(),
    };
    format!("{} {unit}{} ago", count.max(1), if count > 1 { "s" } else { "" })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::words;

    #[test]
    fn says_how_long_ago_a_moment_was() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for (seconds, said) in [
            (-5, "just now"),
            (44, "just now"),
            (45, "1 minute ago"),
            (90, "2 minutes ago"),
            (3_600, "1 hour ago"),
            (7_300, "2 hours ago"),
            (86_400, "1 day ago"),
            (20 * 86_400, "20 days ago"),
            (40 * 86_400, "6 Dec 2026"),
        ] {
            assert_eq!(words(now - TimeDelta::seconds(seconds), now), said, "{seconds}");
        }
    }
}

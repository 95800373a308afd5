//! The text of messages, without its markup: "Formatting text for app surfaces" of Slack's documentation.

/// The text as a person would read it.
pub(super) fn plain(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('<') {
        plain.push_str(before);
        // A `<` that was typed comes as `&lt;`.
        let Some((inside, after)) = after.split_once('>') else {
            rest = after;
            break;
        };
        plain.push_str(&shown(inside));
        rest = after;
    }
    plain.push_str(rest);
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// What stands for a mention or a link.
fn shown(inside: &str) -> String {
    let (target, label) = inside.split_once('|').map_or((inside, None), |(target, label)| (target, Some(label)));
    let label = label.filter(|label| !label.is_empty());
    match target.chars().next() {
        Some('@') => label.map_or_else(|| target.to_owned(), |label| format!("@{}", label.trim_start_matches('@'))),
        Some('#') => label.map_or_else(|| target.to_owned(), |label| format!("#{}", label.trim_start_matches('#'))),
        Some('!') => match label {
            Some(label) => label.to_owned(),
            None => format!("@{}", target[1..].split('^').next().unwrap_or_default()),
        },
        _ => label.unwrap_or(target).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn mentions_links_and_escapes_read_as_people_see_them() {
        for (marked, read) in [
            ("Hello world", "Hello world"),
            ("<@U123> joined <#C123|general>", "@U123 joined #general"),
            ("<!here> and <!channel>", "@here and @channel"),
            ("<!date^1392734382^{date}|18 February>", "18 February"),
            ("<https://example.com|our page>, <https://example.com>", "our page, https://example.com"),
            ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
            ("&amp;lt;", "&lt;"),
            ("<@U1|>", "@U1"),
            ("<", ""),
            ("a <b", "a b"),
            ("<>", ""),
            ("<!>", "@"),
        ] {
            assert_eq!(plain(marked), read, "{marked}");
        }
    }
}

//! Signal kinds in words for people.

/// `pr_opened` as "Pull request opened"; a kind that is newer than this page as its slug reads.
pub(super) fn words(kind: &str) -> String {
    let (thing, happened) = kind.split_once('_').unwrap_or((kind, ""));
    let happened = happened.replace('_', " ");
    match (thing, happened.as_str()) {
        ("issue", "comment") => "Issue commented on".to_owned(),
        ("issue", "created") => "Issue opened".to_owned(),
        ("pr", "review") => "Pull request reviewed".to_owned(),
        ("pr", _) => format!("Pull request {happened}"),
        _ => capitalised(&format!("{thing} {happened}")),
    }
}

/// What it is about, for its colour.
pub(super) fn about(kind: &str) -> &'static str {
    match kind {
        "issue_closed" | "issue_resolved" | "pr_merged" => "done",
        "pr_closed" | "file_deleted" | "message_deleted" | "calendar_event_deleted" | "email_deleted" => "gone",
        _ if kind.starts_with("issue_") => "issue",
        _ if kind.starts_with("pr_") => "change",
        _ if kind.starts_with("code_") || kind.starts_with("release_") => "code",
        _ => "other",
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.trim().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn kinds_are_words() {
        for (kind, said) in [
            ("issue_created", "Issue opened"),
            ("issue_comment", "Issue commented on"),
            ("pr_merged", "Pull request merged"),
            ("pr_review", "Pull request reviewed"),
            ("calendar_event_updated", "Calendar event updated"),
            ("reaction_added", "Reaction added"),
            ("board_card_moved", "Board card moved"),
            ("émission", "Émission"),
            ("", ""),
        ] {
            assert_eq!(words(kind), said, "{kind}");
        }
    }
}

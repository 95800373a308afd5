//! What the journey prints.

use std::time::Instant;

use anstream::{eprintln, println};
use anstyle::{AnsiColor, Color, Style};
use axum::http::HeaderMap;
use serde_json::Value;

use crate::wiretap::Exchange;

const TITLE: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const WHO: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Cyan)));
const GOOD: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Green)));
const BAD: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Red))).bold();

/// The longest line of an answer's body, in characters.
const BODY: usize = 160;

/// Headers worth showing; the others are the HTTP client's own.
const SHOWN: [&str; 16] = [
    "authorization",
    "x-tenant-id",
    "x-github-event",
    "x-github-delivery",
    "x-hub-signature-256",
    "x-atlassian-webhook-identifier",
    "x-goog-channel-id",
    "x-goog-channel-token",
    "x-goog-message-number",
    "x-goog-resource-state",
    "x-hub-signature",
    "x-slack-request-timestamp",
    "x-slack-signature",
    "x-hook-secret",
    "x-hook-signature",
    "x-webhook-secret",
];

/// Prints steps, and what went over the wire in each.
#[derive(Debug)]
pub(super) struct Narrator {
    started: Instant,
    step: u32,
}

impl Default for Narrator {
    fn default() -> Self {
        Self { started: Instant::now(), step: 0 }
    }
}

impl Narrator {
    /// A line of its own.
    pub(super) fn say(&self, text: impl AsRef<str>) {
        println!("{}", text.as_ref());
    }

    /// Begins a step.
    pub(super) fn step(&mut self, title: &str) {
        self.step += 1;
        println!("\n{TITLE}{}. {title}{TITLE:#}", self.step);
    }

    /// Somebody does something that does not reach the service.
    pub(super) fn aside(&self, who: &str, what: &str) {
        println!("   {WHO}{who:<22}{WHO:#} {what}");
    }

    /// Something reaches the service.
    pub(super) fn exchange(&self, who: &str, exchange: &Exchange) {
        self.aside(who, &format!("{} {}", exchange.method, shortened(&exchange.target, BODY)));
        for name in SHOWN {
            if let Some(value) = shown(&exchange.headers, name) {
                println!("   {:<22} {FAINT}{name}: {value}{FAINT:#}", "");
            }
        }
        let style = if exchange.status.is_success() { GOOD } else { BAD };
        let body = shortened(&String::from_utf8_lossy(&exchange.body), BODY);
        println!("   {:<22} {style}← {}{style:#} {FAINT}{body}{FAINT:#}", "", exchange.status);
    }

    /// Something reaches the service, on one line.
    pub(super) fn brief(&self, who: &str, what: &str, exchange: &Exchange) {
        let body = String::from_utf8_lossy(&exchange.body);
        self.aside(who, &format!("{what:<30} {GOOD}← {}{GOOD:#} {FAINT}{body}{FAINT:#}", exchange.status));
    }

    /// The step that was begun last.
    #[cfg(test)]
    pub(super) fn step_number(&self) -> u32 {
        self.step
    }

    /// What a step came to.
    pub(super) fn result(&self, text: impl AsRef<str>) {
        println!("   {:<22} {GOOD}✓{GOOD:#} {}", "", text.as_ref());
    }

    /// What a step could not come to.
    pub(super) fn left_out(&self, text: impl AsRef<str>) {
        println!("   {:<22} {FAINT}–{FAINT:#} {}", "", text.as_ref());
    }

    /// A line of the timeline.
    pub(super) fn timeline(&self, time: &str, kind: &str, title: &str, source: &str) {
        println!("   {:<22} {FAINT}{time}{FAINT:#}  {WHO}{kind:<17}{WHO:#}  {title} {FAINT}{source}{FAINT:#}", "");
    }

    /// The journey's end.
    pub(super) fn done(&self, text: &str) {
        println!("\n{GOOD}✓{GOOD:#} {TITLE}{text}{TITLE:#} in {:.1} s", self.started.elapsed().as_secs_f64());
    }

    /// The journey's untimely end.
    pub(super) fn failed(&self, error: &(dyn std::error::Error + 'static)) {
        match self.step {
            0 => eprintln!("\n{BAD}✗ The journey could not begin:{BAD:#} {error}"),
            step => eprintln!("\n{BAD}✗ Step {step} failed:{BAD:#} {error}"),
        }
        let mut source = error.source();
        while let Some(cause) = source {
            eprintln!("  because: {cause}");
            source = cause.source();
        }
    }
}

/// A header's value as it may be shown: secrets are masked.
fn shown(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(match name {
        "authorization" => match value.split_once(' ') {
            Some((scheme, token)) => format!("{scheme} {}", masked(token)),
            None => masked(value),
        },
        "x-goog-channel-token" => masked(value),
        "x-hook-secret" | "x-webhook-secret" => masked(value),
        "x-hook-signature" | "x-hub-signature" | "x-hub-signature-256" | "x-slack-signature" => {
            format!("{}…", value.chars().take(15).collect::<String>())
        }
        _ => value.to_owned(),
    })
}

/// The first characters of a token that has enough of them, and nothing of the rest.
fn masked(token: &str) -> String {
    let shown = if token.len() >= 16 { 4 } else { 0 };
    format!("{}•••", token.chars().take(shown).collect::<String>())
}

/// Of codes and states, in queries and in JSON, as much as of tokens: who has one may end the authorization.
fn without_secrets(text: &str) -> String {
    let mut rest = text;
    let mut shown = String::with_capacity(text.len());
    while let Some((start, end)) = next_secret(rest) {
        shown.push_str(&rest[..start]);
        shown.push_str(&masked(&rest[start..end]));
        rest = &rest[end..];
    }
    shown + rest
}

/// Where the next value begins and ends.
fn next_secret(text: &str) -> Option<(usize, usize)> {
    const BEFORE: [&str; 6] = ["?setup=", "?code=", "&code=", "?state=", "&state=", "\"state\":\""];
    let found = BEFORE.iter().filter_map(|before| text.find(before).map(|at| at + before.len()));
    let start = found.min()?;
    let end = text[start..].find(['&', '"', '#', ' ']).map_or(text.len(), |length| start + length);
    Some((start, end))
}

fn shortened(text: &str, limit: usize) -> String {
    // Payloads come as they were received, white space included.
    let line = match serde_json::from_str::<Value>(text) {
        Ok(value) => value.to_string(),
        Err(_) => text.to_owned(),
    };
    let line = without_secrets(&line);
    match line.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown_whole() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer operator-token-1234".parse().unwrap());
        assert_eq!(shown(&headers, "authorization").unwrap(), "Bearer oper•••");
        headers.insert("authorization", "Bearer short".parse().unwrap());
        assert_eq!(shown(&headers, "authorization").unwrap(), "Bearer •••");
        headers.insert("authorization", "operator-token-1234".parse().unwrap());
        assert_eq!(shown(&headers, "authorization").unwrap(), "oper•••");
    }

    #[test]
    fn neither_code_nor_state_is_shown_whole() {
        assert_eq!(
            without_secrets("/connect/github/callback?code=0123456789abcdef0123&state=fedcba9876543210fedc&iss=x"),
            "/connect/github/callback?code=0123•••&state=fedc•••&iss=x"
        );
        assert_eq!(
            without_secrets("/webhooks/zoho-mail/1?setup=0123456789abcdef"),
            "/webhooks/zoho-mail/1?setup=0123•••"
        );
        assert_eq!(
            without_secrets(
                r#"{"authorize_url":"https://github.com/a?client_id=x&state=0123456789abcdef","state":"0123456789abcdef"}"#
            ),
            r#"{"authorize_url":"https://github.com/a?client_id=x&state=0123•••","state":"0123•••"}"#
        );
        assert_eq!(without_secrets("?state="), "?state=•••");
        let error = r#"{"code":"OAUTH_STATE_INVALID","status":400}"#;
        assert_eq!(without_secrets(error), error);
    }

    #[test]
    fn long_answers_are_shortened() {
        assert_eq!(shortened("{\"a\":\n  1}", 20), r#"{"a":1}"#);
        assert_eq!(shortened(&"é".repeat(30), 10), format!("{}…", "é".repeat(10)));
    }
}

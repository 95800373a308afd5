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
const SHOWN: [&str; 7] = [
    "authorization",
    "x-tenant-id",
    "x-github-event",
    "x-github-delivery",
    "x-hub-signature-256",
    "x-slack-request-timestamp",
    "x-slack-signature",
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
        "x-hub-signature-256" | "x-slack-signature" => format!("{}…", value.chars().take(15).collect::<String>()),
        _ => value.to_owned(),
    })
}

/// The first characters of a token that has enough of them, and nothing of the rest.
fn masked(token: &str) -> String {
    let shown = if token.len() >= 16 { 4 } else { 0 };
    format!("{}•••", token.chars().take(shown).collect::<String>())
}

fn shortened(text: &str, limit: usize) -> String {
    // Payloads come as they were received, white space included.
    let line = match serde_json::from_str::<Value>(text) {
        Ok(value) => value.to_string(),
        Err(_) => text.to_owned(),
    };
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
    fn long_answers_are_shortened() {
        assert_eq!(shortened("{\"a\":\n  1}", 20), r#"{"a":1}"#);
        assert_eq!(shortened(&"é".repeat(30), 10), format!("{}…", "é".repeat(10)));
    }
}

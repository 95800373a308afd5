//! Errors for people.

use std::{
    collections::BTreeMap,
    fmt::{self, Write},
};

use super::Error;
use crate::JsonObject;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repr = &*self.0;
        write!(f, "{}: ", repr.operation)?;
        if let Some(status) = repr.status {
            write!(f, "{status} ")?;
        }
        match &repr.problem {
            Some(problem) => write!(f, "{}: {}", OneLine(problem.code.as_str()), OneLine(&problem.message))?,
            None => OneLine(&repr.text).fmt(f)?,
        }
        if let Some(details) = self.details().filter(|details| !self.message().is_some_and(|text| tells(text, details)))
        {
            write!(f, " {}", OneLine(details.as_str()))?;
        }
        if let Some(wait) = repr.retry_after {
            write!(f, "; try again in {} s", wait.as_secs_f32().ceil())?;
        }
        if let Some(trace_id) = &repr.trace_id {
            write!(f, "; trace {}", OneLine(trace_id))?;
        }
        if repr.attempts > 1 {
            write!(f, "; {} attempts", repr.attempts)?;
        }
        if let Some(why) = repr.gave_up {
            write!(f, "; {why}")?;
        }
        Ok(())
    }
}

/// Whether the message says all that the details do: the service's says which fields are wrong, and how.
fn tells(message: &str, details: &JsonObject) -> bool {
    let details: BTreeMap<String, String> = match details.to() {
        Ok(details) => details,
        Err(_) => return false,
    };
    details.iter().all(|(field, problem)| message.contains(field) && message.contains(problem))
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &format_args!("{self}"))
            .finish_non_exhaustive()
    }
}

/// Text from the wire, of which a line break would make two lines of a log, and a control character whatever the terminal likes.
pub(crate) struct OneLine<'a>(pub(crate) &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LIMIT: usize = 500;
        for char in self.0.chars().take(LIMIT) {
            match char {
                '\n' | '\r' | '\t' => f.write_char(' ')?,
                char if char.is_control() || is_invisible(char) => write!(f, "{}", char.escape_unicode())?,
                char => f.write_char(char)?,
            }
        }
        if self.0.chars().nth(LIMIT).is_some() { f.write_str("…") } else { Ok(()) }
    }
}

/// What breaks lines, or turns the text around it (Unicode's annex 9), without being seen.
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_the_wire_is_one_line_of_what_can_be_seen() {
        for (text, shown) in [
            ("a\nb\r\tc", "a b  c"),
            ("\u{1b}[31mred\u{0}\u{85}", r"\u{1b}[31mred\u{0}\u{85}"),
            ("a\u{2028}b\u{202e}c", r"a\u{2028}b\u{202e}c"),
            (r#"{"a":"b\\n"} é 漢"#, r#"{"a":"b\\n"} é 漢"#),
        ] {
            assert_eq!(OneLine(text).to_string(), shown);
        }
        assert_eq!(OneLine(&"ä".repeat(501)).to_string(), "ä".repeat(500) + "…");
    }
}

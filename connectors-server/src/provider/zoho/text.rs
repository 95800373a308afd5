//! Text and numbers as Zoho's services write them.

use serde::Deserialize;

use crate::model::Timestamp;

/// An id or a time, which Zoho writes as a number or as text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Number {
    Number(u64),
    Text(String),
}

impl Number {
    /// The number's digits, up to 32 of them.
    pub(super) fn digits(&self) -> Option<String> {
        let text = match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        };
        ((1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
    }

    /// The point in time that many milliseconds after 1970 began.
    pub(super) fn milliseconds(&self) -> Option<Timestamp> {
        let milliseconds: i64 = self.digits()?.parse().ok()?;
        let whole = Timestamp::from_seconds(milliseconds / 1_000)?;
        Some(Timestamp::from_micros(whole.as_micros() + milliseconds % 1_000 * 1_000))
    }
}

/// What HTML wrote for the characters that it reserves: Zoho Mail's answers have addresses and subjects so.
pub(super) fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_however_they_are_written() {
        let read = |json: &str| serde_json::from_str::<Number>(json).ok();
        assert_eq!(read("1616516783146113103").unwrap().digits().as_deref(), Some("1616516783146113103"));
        assert_eq!(read("\"680463218\"").unwrap().digits().as_deref(), Some("680463218"));
        for none in ["\"\"", "\"-1\"", "\"1\\u0000\"", "\"x\"", "\"99999999999999999999999999999999999\""] {
            assert_eq!(read(none).unwrap().digits(), None, "{none}");
        }
        for none in ["-1", "1.5", "null", "[]"] {
            assert_eq!(read(none), None, "{none}");
        }
        assert_eq!(read("1616516783131").unwrap().milliseconds().unwrap().as_micros(), 1_616_516_783_131_000);
        assert_eq!(read("18446744073709551615").unwrap().milliseconds(), None);
    }

    #[test]
    fn escapes_are_undone_once() {
        assert_eq!(unescaped("&quot;a&quot;&lt;a@b.c&gt; &amp;lt;"), "\"a\"<a@b.c> &lt;");
    }
}

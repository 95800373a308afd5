//! What a value of a request must be, and what is said of one that is not. Both are functions of its schema.

use serde_json::Value;
use uuid::Uuid;

use crate::{suggest::hint, timestamp::Timestamp};

/// What a parameter must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rule {
    /// `format: uuid`.
    Uuid,
    /// `format: date-time`.
    Timestamp,
    /// `type: boolean`.
    Boolean,
    /// `type: integer` with its bounds.
    Integer { least: u32, most: u32 },
    /// `enum`.
    OneOf(Vec<String>),
    /// Any text with this many characters at least.
    Text { least: u64 },
    /// An array of texts with this many items at least; in bodies only.
    Texts { least: u64 },
}

/// A value that its rule lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Parsed {
    Uuid(Uuid),
    Timestamp(Timestamp),
    Boolean(bool),
    Integer(u32),
    Text(String),
    Texts(Vec<String>),
}

impl Rule {
    /// The rule that a schema states.
    pub(crate) fn of(schema: &Value) -> Self {
        let number = |keyword: &str| schema[keyword].as_u64();
        if let Some(values) = schema["enum"].as_array() {
            return Self::OneOf(values.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        }
        match (schema["type"].as_str(), schema["format"].as_str()) {
            (Some("string"), Some("uuid")) => Self::Uuid,
            (Some("string"), Some("date-time")) => Self::Timestamp,
            (Some("string"), _) => Self::Text { least: number("minLength").unwrap_or(0) },
            (Some("boolean"), _) => Self::Boolean,
            (Some("integer"), _) => {
                let bound =
                    |keyword, default| number(keyword).and_then(|bound| bound.try_into().ok()).unwrap_or(default);
                Self::Integer { least: bound("minimum", 0), most: bound("maximum", u32::MAX) }
            }
            (Some("array"), _) if schema["items"]["type"] == "string" => {
                Self::Texts { least: number("minItems").unwrap_or(0) }
            }
            _ => panic!("no rule for a request's value is known that says {schema}"),
        }
    }

    /// The value of a parameter's text, or what is wrong with it.
    pub(crate) fn parse(&self, text: &str) -> Result<Parsed, String> {
        match self {
            Self::Uuid => uuid(text).map(Parsed::Uuid).ok_or_else(|| "must be a hyphenated UUID".into()),
            Self::Timestamp => Timestamp::parse(text).map(Parsed::Timestamp),
            Self::Boolean => match text {
                "true" => Ok(Parsed::Boolean(true)),
                "false" => Ok(Parsed::Boolean(false)),
                _ => Err("must be `true` or `false`".into()),
            },
            Self::Integer { least, most } => {
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let value = text.parse().ok().filter(|value| digits && (least..=most).contains(&value));
                value.map(Parsed::Integer).ok_or_else(|| format!("must be an integer from {least} to {most}"))
            }
            Self::OneOf(values) if values.iter().any(|value| value == text) => Ok(Parsed::Text(text.to_owned())),
            Self::OneOf(values) => {
                let hint = hint(text, values.iter().map(String::as_str));
                Err(format!("must be one of {}{hint}", values.join(", ")))
            }
            Self::Text { least } if (text.chars().count() as u64) < *least => Err("must not be empty".into()),
            Self::Text { .. } => Ok(Parsed::Text(text.to_owned())),
            Self::Texts { .. } => Ok(Parsed::Texts(vec![text.to_owned()])),
        }
    }

    /// The value of a body's field, or what is wrong with it.
    pub(crate) fn parse_json(&self, field: &str, value: Value) -> Result<Parsed, String> {
        match (self, value) {
            (Self::Texts { least }, value) => {
                let texts = serde_json::from_value::<Vec<String>>(value).map_err(|_| "must be an array of strings")?;
                if (texts.len() as u64) < *least {
                    // The service names what is missing: a field `scopes` holds at least one scope.
                    return Err(format!("must hold at least one {}", field.trim_end_matches('s')));
                }
                Ok(Parsed::Texts(texts))
            }
            (rule, Value::String(text)) => rule.parse(&text),
            _ => Err("must be a string".into()),
        }
    }
}

macro_rules! into {
    ($($method:ident: $variant:ident -> $type:ty),+ $(,)?) => {
        impl Parsed {
            $(
                #[doc = concat!("The value of a parameter whose rule is `", stringify!($variant), "`.")]
                pub(crate) fn $method(self) -> $type {
                    match self {
                        Self::$variant(value) => value,
                        other => panic!("the document does not say what the mock takes for granted: {other:?}"),
                    }
                }
            )+
        }
    };
}

into! {
    into_uuid: Uuid -> Uuid,
    into_timestamp: Timestamp -> Timestamp,
    into_boolean: Boolean -> bool,
    into_integer: Integer -> u32,
    into_text: Text -> String,
    into_texts: Texts -> Vec<String>,
}

/// The hyphenated form, the only one that the contract allows.
pub(crate) fn uuid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_text_of_a_refusal_follows_from_the_schema() {
        let refusal = |schema: Value, text: &str| Rule::of(&schema).parse(text).unwrap_err();
        let limit = json!({"type": "integer", "minimum": 1, "maximum": 100});
        assert_eq!(refusal(limit, "101"), "must be an integer from 1 to 100");
        let status = json!({"type": "string", "enum": ["active", "error"]});
        assert_eq!(refusal(status, "activ"), "must be one of active, error; did you mean `active`?");
        assert_eq!(refusal(json!({"type": "string", "format": "uuid"}), "7"), "must be a hyphenated UUID");
        assert_eq!(refusal(json!({"type": "boolean"}), "yes"), "must be `true` or `false`");
        assert_eq!(refusal(json!({"type": "string", "minLength": 1}), ""), "must not be empty");
        let scopes = Rule::of(&json!({"type": "array", "items": {"type": "string"}, "minItems": 1}));
        assert_eq!(scopes.parse_json("scopes", json!([])).unwrap_err(), "must hold at least one scope");
        assert_eq!(scopes.parse_json("scopes", json!([7])).unwrap_err(), "must be an array of strings");
    }

    #[test]
    fn integers_are_digits_alone() {
        let rule = Rule::Integer { least: 1, most: 100 };
        assert_eq!(rule.parse("100"), Ok(Parsed::Integer(100)));
        for text in ["", "+5", "-1", "1.0", " 1", "1e1", "99999999999999999999"] {
            assert!(rule.parse(text).is_err(), "{text}");
        }
    }
}

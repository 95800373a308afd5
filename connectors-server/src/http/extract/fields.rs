//! Collects what is wrong with a request's fields, so that all of it is said at once.

use std::collections::BTreeMap;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::Value;

use crate::{http::Problem, model::Timestamp, suggest::nearest};

/// The most problems that one answer tells.
const MOST: usize = 20;

/// The longest name of a field that is told, in characters.
const LONGEST: usize = 100;

/// The problems found so far.
#[derive(Debug, Default)]
pub(in crate::http) struct Fields {
    problems: BTreeMap<String, String>,
}

impl Fields {
    /// Notes what is wrong with a field; the first that is found stands.
    pub(in crate::http) fn problem(&mut self, field: &str, problem: impl Into<String>) {
        // Names may come from the request: details must not become a way to say anything at any length.
        if self.problems.len() < MOST {
            let field: String = field.chars().take(LONGEST).collect();
            self.problems.entry(field).or_insert_with(|| problem.into());
        }
    }

    /// The value, or `None` and a problem.
    pub(in crate::http) fn check<T>(&mut self, field: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|problem| self.problem(field, problem)).ok()
    }

    /// Refuses a name that is not among `known`.
    pub(in crate::http) fn unknown(&mut self, name: &str, known: &[&str], what: &str) {
        let name = name.get(..name.floor_char_boundary(LONGEST)).unwrap_or(name);
        let hint = nearest(name, known.iter().copied()).map(|known| format!("; did you mean `{known}`?"));
        self.problem(name, format!("is not a {what} of this operation{}", hint.unwrap_or_default()));
    }

    /// Ends the checks.
    pub(in crate::http) fn finish(self) -> Result<(), Problem> {
        if self.problems.is_empty() { Ok(()) } else { Err(Problem::invalid(self.problems)) }
    }
}

/// A UUID parameter.
pub(in crate::http) fn uuid<T>(parse: fn(&str) -> Option<T>) -> impl FnOnce(&str) -> Result<T, String> {
    move |text| parse(text).ok_or_else(|| "must be a hyphenated UUID".into())
}

/// A timestamp parameter.
pub(in crate::http) fn timestamp(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|error| error.to_string())
}

/// A boolean parameter.
pub(in crate::http) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be `true` or `false`".into()),
    }
}

/// An integer parameter in a range.
pub(in crate::http) fn integer(text: &str, least: u32, most: u32) -> Result<u32, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = text.parse().ok().filter(|value| digits && (least..=most).contains(value));
    value.ok_or_else(|| format!("must be an integer from {least} to {most}"))
}

/// A parameter with a fixed set of values.
pub(in crate::http) fn one_of<T: Copy>(text: &str, values: &[T], name: fn(T) -> &'static str) -> Result<T, String> {
    let names = || values.iter().map(|value| name(*value));
    if let Some(position) = names().position(|name| name == text) {
        return Ok(values[position]);
    }
    let hint = nearest(text, names()).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    Err(format!("must be one of {}{hint}", names().collect::<Vec<_>>().join(", ")))
}

/// A JSON object's fields in order; a repeated name or anything but an object is refused.
pub(in crate::http) fn json_object(body: &[u8]) -> Result<Vec<(String, Value)>, String> {
    struct Object;

    impl<'de> Visitor<'de> for Object {
        type Value = Vec<(String, Value)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut fields: Self::Value = Vec::new();
            while let Some((name, value)) = map.next_entry::<String, Value>()? {
                fields.push((name, value));
            }
            Ok(fields)
        }
    }

    let mut json = serde_json::Deserializer::from_slice(body);
    let object = json.deserialize_map(Object).and_then(|fields| json.end().map(|()| fields));
    object.map_err(|_| "must be a JSON object".into())
}

//! The `fields` parameter, which cuts an answer down to what was asked for: "Return specific fields".

use serde_json::{Map, Value};

/// What is asked for of an object; nothing below means all.
#[derive(Debug, Default)]
struct Mask(Vec<(String, Mask)>);

/// The answer with the fields that are named. Without the parameter, APIs answer with a few fields of their choice, here none:
/// whoever needs one has to name it.
pub(super) fn cut(answer: Value, fields: Option<&str>) -> Value {
    let mut rest = fields.unwrap_or_default();
    keep(answer, &Mask::parse(&mut rest))
}

impl Mask {
    fn parse(rest: &mut &str) -> Self {
        let mut mask = Self::default();
        while let Some(end) = rest.find([',', '(', ')']) {
            let (name, separator) = (rest[..end].to_owned(), rest.as_bytes()[end]);
            *rest = &rest[end + 1..];
            let below = if separator == b'(' { Self::parse(rest) } else { Self::default() };
            if !name.is_empty() {
                mask.0.push((name, below));
            }
            if separator == b')' {
                return mask;
            }
        }
        if !rest.is_empty() {
            mask.0.push(((*rest).to_owned(), Self::default()));
            *rest = "";
        }
        mask
    }
}

fn keep(value: Value, mask: &Mask) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(|item| keep(item, mask)).collect(),
        Value::Object(mut fields) => {
            let mut kept = Map::new();
            for (name, below) in &mask.0 {
                if let Some(value) = fields.remove(name) {
                    kept.insert(name.clone(), if below.0.is_empty() { value } else { keep(value, below) });
                }
            }
            kept.into()
        }
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::cut;

    #[test]
    fn fields_are_kept_as_they_are_named() {
        let answer = json!({"a": 1, "b": [{"c": 2, "d": {"e": 3, "f": 4}}, {"c": 5}], "g": 6});
        assert_eq!(cut(answer.clone(), Some("b(c,d(e)),g")), json!({"b": [{"c": 2, "d": {"e": 3}}, {"c": 5}], "g": 6}));
        assert_eq!(cut(answer.clone(), Some("b(d),a")), json!({"a": 1, "b": [{"d": {"e": 3, "f": 4}}, {}]}));
        assert_eq!(cut(answer, None), json!({}));
    }
}

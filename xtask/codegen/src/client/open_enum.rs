//! Enumerations that may grow: the document's `x-extensible-enum`, as calls of the client's hand-written macro.

use serde_json::Value;

use crate::BoxError;

/// A schema with `x-extensible-enum`.
pub(super) struct OpenEnum {
    pub(super) name: String,
    description: String,
    values: Vec<String>,
}

/// Those of the document, by name.
pub(super) fn of(document: &str) -> Result<Vec<OpenEnum>, BoxError> {
    let document: Value = serde_json::from_str(document)?;
    let schemas = document["components"]["schemas"].as_object().ok_or("the document has no schemas")?;
    let mut found = Vec::new();
    for (name, schema) in schemas {
        let Some(values) = schema["x-extensible-enum"].as_array() else { continue };
        let values: Option<Vec<_>> = values.iter().map(|value| value.as_str().map(str::to_owned)).collect();
        found.push(OpenEnum {
            name: name.clone(),
            description: schema["description"].as_str().unwrap_or_default().to_owned(),
            values: values.ok_or_else(|| format!("{name}: a value of `x-extensible-enum` is no string"))?,
        });
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

impl OpenEnum {
    pub(super) fn text(&self) -> String {
        let variants: String =
            self.values.iter().map(|value| format!("        {} = {value:?},\n", pascal(value))).collect();
        let description: String = self.description.lines().map(|line| format!("    /// {line}\n")).collect();
        format!("\ncrate::open_enum! {{\n{description}    pub enum {} {{\n{variants}    }}\n}}\n", self.name)
    }
}

/// `issue_created` and `ISSUE_CREATED` as `IssueCreated`. OAuth is written as its specifications do.
fn pascal(value: &str) -> String {
    let word = |word: &str| {
        if word.eq_ignore_ascii_case("oauth") {
            return "OAuth".to_owned();
        }
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + &rest.to_lowercase()
    };
    value.split('_').map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_variant_in_pascal_case_and_keeps_its_spelling() {
        let document = r#"{"components":{"schemas":{"Kind":{"description":"What.","x-extensible-enum":["a_b","C_D","OAUTH_E"]}}}}"#;
        let text = of(document).unwrap()[0].text();
        assert_eq!(
            text,
            "\ncrate::open_enum! {\n    /// What.\n    pub enum Kind {\n        AB = \"a_b\",\n        CD = \"C_D\",\n        OAuthE = \"OAUTH_E\",\n    }\n}\n"
        );
    }
}

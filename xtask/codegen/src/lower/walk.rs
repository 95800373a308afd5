//! Walks a document by its grammar.

use std::fmt;

use serde_json::{Map, Value};

use super::{grammar::Kind, left_out};
use crate::BoxError;

/// What a field holds.
pub(super) enum Field {
    /// A value that is taken as it is.
    Value,
    /// An object of that kind.
    One(&'static Kind),
    /// Objects of that kind by name.
    Named(&'static Kind),
    /// A list of objects of that kind.
    Listed(&'static Kind),
}

/// A JSON pointer into the document.
pub(super) struct Place(String);

impl Place {
    pub(super) fn root() -> Self {
        Self("openapi.json#".to_owned())
    }

    pub(super) fn at(&self, step: impl fmt::Display) -> Self {
        Self(format!("{self}/{}", step.to_string().replace('~', "~0").replace('/', "~1")))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Rewrites a value of this kind, then what it holds. A field that is neither in the grammar nor left out is an error.
pub(super) fn walk(value: &mut Value, kind: &Kind, place: &Place) -> Result<(), BoxError> {
    let Value::Object(object) = value else {
        return Err(format!("{place}: {} must be an object, not {value}", kind.name).into());
    };
    if !kind.is_schema && object.contains_key("$ref") {
        object.retain(|field, _| field == "$ref");
        return Ok(());
    }
    object.retain(|field, _| !left_out::field(kind.name, field));
    (kind.rewrite)(object).map_err(|wrong| format!("{place}: {wrong}"))?;
    for (name, value) in object.iter_mut() {
        let place = place.at(name);
        let Some((_, field)) = kind.fields.iter().find(|(known, _)| known == name) else {
            return Err(format!("{place}: `{name}` in {}: lower it, or leave it out", kind.name).into());
        };
        inner(value, field, &place)?;
    }
    Ok(())
}

fn inner(value: &mut Value, field: &Field, place: &Place) -> Result<(), BoxError> {
    match field {
        Field::Value => Ok(()),
        Field::One(kind) => walk(value, kind, place),
        Field::Named(kind) => {
            let named = value.as_object_mut().ok_or_else(|| format!("{place}: must be an object"))?;
            named.iter_mut().try_for_each(|(name, value)| walk(value, kind, &place.at(name)))
        }
        Field::Listed(kind) => {
            let listed = value.as_array_mut().ok_or_else(|| format!("{place}: must be a list"))?;
            listed.iter_mut().enumerate().try_for_each(|(index, value)| walk(value, kind, &place.at(index)))
        }
    }
}

/// For kinds that are taken as they are.
pub(super) fn as_it_is(_object: &mut Map<String, Value>) -> Result<(), BoxError> {
    Ok(())
}

//! Query parameters, read strictly: what is unknown or repeated is refused, not ignored.

use std::{borrow::Cow, convert::Infallible};

use axum::{extract::FromRequestParts, http::request::Parts};

use super::Fields;

/// A request's query parameters.
#[derive(Debug)]
pub(in crate::http) struct QueryFields {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
}

impl<S: Sync> FromRequestParts<S> for QueryFields {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        Ok(Self { pairs: pairs.map(|(name, value)| (own(name), own(value))).collect(), known: Vec::new() })
    }
}

fn own(text: Cow<'_, str>) -> String {
    text.into_owned()
}

impl QueryFields {
    /// The parameter's value, if it is there once and `parse` takes it.
    pub(in crate::http) fn get<T>(
        &mut self,
        fields: &mut Fields,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.known.push(name);
        let mut values = self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
        let value = values.next()?;
        if values.next().is_some() {
            fields.problem(name, "is given more than once");
            return None;
        }
        fields.check(name, parse(value))
    }

    /// Refuses the parameters that were not asked for.
    pub(in crate::http) fn finish(self, fields: &mut Fields) {
        for (name, _) in &self.pairs {
            if !self.known.contains(&name.as_str()) {
                fields.unknown(name, &self.known, "parameter");
            }
        }
    }
}

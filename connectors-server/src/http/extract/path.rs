//! Path parameters, decoded but not yet judged.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};

/// A request's path parameters. One that is not UTF-8 reads as empty, which is no provider and no id.
#[derive(Debug)]
pub(in crate::http) struct PathFields(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for PathFields {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        Ok(Self(params.map_or_else(
            |_| Vec::new(),
            |params| params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        )))
    }
}

impl PathFields {
    /// The parameter's text.
    pub(in crate::http) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

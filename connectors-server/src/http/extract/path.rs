//! Path parameters, decoded but not yet judged.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, MatchedPath, OriginalUri},
    http::request::Parts,
};
use percent_encoding::percent_decode_str;

/// A request's path parameters. What is not UTF-8 in one reads as U+FFFD, which is in no provider's name and no id.
#[derive(Debug)]
pub(in crate::http) struct PathFields(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for PathFields {
    type Rejection = Infallible;

    // Not by the framework's own extractor: there one parameter that is not UTF-8 makes all of them unreadable.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let template = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let path = parts.extensions.get::<OriginalUri>().map_or(parts.uri.path(), |uri| uri.path());
        let fields = template.split('/').zip(path.split('/')).filter_map(|(name, value)| {
            let name = name.strip_prefix('{')?.strip_suffix('}')?;
            Some((name.to_owned(), percent_decode_str(value).decode_utf8_lossy().into_owned()))
        });
        Ok(Self(fields.collect()))
    }
}

impl PathFields {
    /// The parameter's text.
    pub(in crate::http) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

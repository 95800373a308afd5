//! The kinds of problem that the document shows.

use serde_json::{Value, json};

/// A kind of problem.
#[derive(Debug, Clone)]
pub(crate) struct ProblemKind {
    pub(crate) code: String,
    pub(crate) status: u16,
    pub(crate) title: String,
    /// The example's `details`.
    pub(crate) details: Value,
}

impl ProblemKind {
    /// Every kind that the document's responses show, each once.
    pub(super) fn all(document: &Value) -> Vec<Self> {
        let responses = document["components"]["responses"].as_object();
        let shown = responses.into_iter().flatten().flat_map(|(_, response)| {
            let examples = response["content"]["application/problem+json"]["examples"].as_object();
            examples.into_iter().flatten().map(|(code, example)| Self {
                code: code.clone(),
                status: example["value"]["status"].as_u64().and_then(|status| status.try_into().ok()).unwrap_or(500),
                title: example["summary"].as_str().unwrap_or_default().to_owned(),
                details: example["value"]["details"].clone(),
            })
        });
        let mut kinds: Vec<Self> = Vec::new();
        for kind in shown.chain(Self::of_no_operation()) {
            if !kinds.iter().any(|known| known.code == kind.code) {
                kinds.push(kind);
            }
        }
        kinds
    }

    /// The problems of requests that no operation matches: no operation declares them, so the document has no example.
    fn of_no_operation() -> impl Iterator<Item = Self> {
        let kinds =
            [("NOT_FOUND", 404, "No such route"), ("METHOD_NOT_ALLOWED", 405, "The route does not have this method")];
        kinds.into_iter().map(|(code, status, title)| Self {
            code: code.into(),
            status,
            title: title.into(),
            details: json!(null),
        })
    }
}

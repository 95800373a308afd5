//! The kinds of problem that the document shows.

use serde_json::Value;

/// A kind of problem.
#[derive(Debug, Clone)]
pub(crate) struct ProblemKind {
    pub(crate) code: String,
    pub(crate) status: u16,
    pub(crate) title: String,
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
            })
        });
        let mut kinds: Vec<Self> = Vec::new();
        for kind in shown {
            if !kinds.iter().any(|known| known.code == kind.code) {
                kinds.push(kind);
            }
        }
        kinds
    }
}

//! Signals.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::Rows;
use crate::{catalogue::SignalDraft, timestamp::Timestamp};

/// A signal as it stands on the wire; the order of fields is the order there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Signal {
    pub(crate) id: Uuid,
    pub(crate) provider_slug: String,
    pub(crate) connection_id: Option<Uuid>,
    pub(crate) kind: String,
    pub(crate) occurred_at: Timestamp,
    pub(crate) received_at: Timestamp,
    pub(crate) title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) actor: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<Reference>,
    /// The provider's event, byte for byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payload: Option<Box<RawValue>>,
}

/// Somebody or something at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reference {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

impl Rows {
    /// The signals, newest first.
    pub(crate) fn newest_signals(&self) -> Vec<&Signal> {
        let mut signals: Vec<_> = self.signals.iter().collect();
        signals.sort_by_key(|signal| std::cmp::Reverse((signal.occurred_at, signal.id)));
        signals
    }

    /// The signal with this id.
    pub(crate) fn signal(&self, id: Uuid) -> Option<&Signal> {
        self.signals.iter().find(|signal| signal.id == id)
    }
}

impl Signal {
    /// The signal with or without its payload.
    pub(crate) fn shown(&self, with_payload: bool) -> Self {
        let mut shown = self.clone();
        if !with_payload {
            shown.payload = None;
        }
        shown
    }

    /// A recorded signal, stored for a tenant.
    pub(crate) fn of(
        draft: &SignalDraft,
        id: Uuid,
        provider: &str,
        connection_id: Option<Uuid>,
        received_at: Timestamp,
        payload: Box<RawValue>,
    ) -> Self {
        Self {
            id,
            provider_slug: provider.to_owned(),
            connection_id,
            kind: draft.kind.clone(),
            occurred_at: draft.occurred_at.unwrap_or(received_at),
            received_at,
            title: draft.title.clone(),
            url: draft.url.clone(),
            actor: draft.actor.clone(),
            source: draft.source.clone(),
            payload: Some(payload),
        }
    }
}

//! Google's products, whose deliveries only announce that something has changed: the service reads what it was.

use std::time::Duration;

use connectors_client::{Tenant, TenantId};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use serde_json::json;

use super::BoxError;
use crate::{
    backend::{Backend, PUSH_ACCOUNT, PUSH_AUDIENCE},
    standin::{
        GoogleStandIn,
        google::{Method, Watched},
    },
};

/// A product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Product {
    Calendar,
    Drive,
    Gmail,
}

/// An announcement, ready to be posted.
pub(super) struct Ring {
    pub(super) path: &'static str,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// How long the service may take to do what it does while nobody waits.
const PATIENCE: Duration = Duration::from_secs(30);

impl Product {
    /// What comes of all that the user does, in the order of what is done.
    pub(super) fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Calendar => &[
                "calendar_event_created",
                "calendar_event_created",
                "calendar_event_updated",
                "calendar_event_deleted",
            ],
            Self::Drive => {
                &["file_created", "file_created", "file_created", "file_updated", "file_moved", "file_deleted"]
            }
            Self::Gmail => &["email_received", "email_received", "email_sent", "email_updated", "email_deleted"],
        }
    }

    /// The service has subscribed, and knows from where on it has to read.
    pub(super) async fn is_ready(self, google: &GoogleStandIn) -> Result<(), BoxError> {
        let count = |method| google.calls().iter().filter(|call| **call == method).count();
        until("nothing was subscribed", async || {
            Ok(match self {
                Self::Calendar => count(Method::Watch) > 0 && count(Method::Events) > 0,
                Self::Drive => count(Method::Watch) > 0 && count(Method::Files) > 0,
                // It was asked whose mailbox it is, too.
                Self::Gmail => count(Method::WatchMailbox) > 0 && count(Method::Profile) > 1,
            })
        })
        .await
    }

    /// The user makes something.
    pub(super) fn first(self, google: &GoogleStandIn) -> Vec<String> {
        let charles = "Charles Babbage <charles@example.com>";
        match self {
            Self::Calendar => ["Soirée", "Lecture"].map(|title| google.calendar().creates(title)).into(),
            Self::Drive => ["Notes", "Budget", "Draft"].map(|name| google.drive().creates(name)).into(),
            Self::Gmail => vec![
                google.gmail().receives(charles, "The Engine"),
                google.gmail().receives(charles, "An invitation"),
                google.gmail().sends("Re: The Engine"),
            ],
        }
    }

    /// And changes it.
    pub(super) fn then(self, google: &GoogleStandIn, made: &[String]) {
        match (self, made) {
            (Self::Calendar, [one, two, ..]) => {
                google.calendar().renames(one, "Soirée with Mr Babbage");
                google.calendar().deletes(two);
            }
            (Self::Drive, [one, two, three, ..]) => {
                google.drive().modifies(one);
                google.drive().moves(two, "1folder");
                google.drive().trashes(three);
            }
            (Self::Gmail, [one, two, ..]) => {
                google.gmail().labels(one, "STARRED", "UNREAD");
                google.gmail().labels(two, "TRASH", "INBOX");
            }
            _ => {}
        }
    }

    /// What Google announces it with.
    pub(super) fn rings(self, google: &GoogleStandIn) -> Vec<Ring> {
        let of = |watched, path| {
            let headers = google.announcements(watched).into_iter().map(|(_, headers)| headers);
            headers.map(|headers| Ring { path, headers, body: Vec::new() }).collect()
        };
        match self {
            Self::Calendar => of(Watched::Calendar, "/webhooks/google-calendar"),
            Self::Drive => of(Watched::Drive, "/webhooks/google-drive"),
            Self::Gmail => {
                let token = google.sign(&json!({}), &google.claims(PUSH_AUDIENCE, PUSH_ACCOUNT));
                let bearer = HeaderValue::try_from(format!("Bearer {token}")).expect("a token is visible ASCII");
                let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer)]);
                let message = google.push_message().into_iter();
                message.map(|body| Ring { path: "/webhooks/gmail", headers: headers.clone(), body }).collect()
            }
        }
    }

    /// The tenant has this many signals.
    pub(super) async fn are_told(self, tenant: &Tenant, count: usize) -> Result<(), BoxError> {
        until("what was announced was not fetched", async || Ok(tenant.signals().page().await?.items.len() >= count))
            .await
    }

    /// The mock fetches nothing: it is told what came of it.
    pub(super) fn play(self, slug: &str, backend: &Backend, tenant: TenantId) {
        if let Backend::Mock(mock) = backend {
            for kind in self.kinds() {
                mock.tenant_with_id(tenant).receives(slug, kind);
            }
        }
    }
}

async fn until(otherwise: &str, holds: impl AsyncFn() -> Result<bool, BoxError>) -> Result<(), BoxError> {
    let wait = async {
        while !holds().await? {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, wait).await.map_err(|_| otherwise.to_owned())?
}

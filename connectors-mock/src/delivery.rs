//! Deliveries as providers make them, for tests of what Core does with them.

use std::fmt;

use crate::{
    Tenant,
    catalogue::{Provider, RecordedEvent, WebhookScheme},
    settings::Settings,
    state::World,
    tenant::recorded_event,
};

/// A recorded delivery of a provider's, signed for the mock. Made by [`Tenant::delivery`].
///
/// It is what Core gets where it stands between provider and service. Core hands it on:
///
/// ```
/// # use connectors_mock::ConnectorsMock;
/// # #[tokio::main]
/// # async fn main() -> Result<(), connectors_client::Error> {
/// let mock = ConnectorsMock::start().await;
/// let acme = mock.tenant("acme");
/// let opened = acme.delivery("github", "issues.opened");
///
/// let mut call = acme.client().ingest_webhook("github", opened.body());
/// for (name, value) in opened.headers() {
///     call = call.header(name, value);
/// }
/// assert_eq!(call.send().await?.signals, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Delivery {
    path: String,
    headers: Vec<(String, String)>,
    body: &'static str,
}

impl Delivery {
    /// Where the provider posts it at the service: `/webhooks/github/{tenant_id}`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its headers, of which one or two are the signature.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Its body, which is JSON.
    pub fn body(&self) -> &'static str {
        self.body
    }
}

/// Shows neither signature nor body.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "POST {}", self.path)
    }
}

impl Tenant {
    /// A recorded event of a provider, by its name (`issues.opened`) or by the kind of signal that it becomes, as the provider
    /// delivers it to the tenant's own webhook, or to the app's where tenants have none. The same event once more is a
    /// `duplicate`: the service knows it by its body.
    ///
    /// It is signed with [`webhook_secret`](Self::webhook_secret), as Zoho Mail's are with what Zoho Mail has handed over last, or with
    /// [`app_webhook_secret`](crate::ConnectorsMock::app_webhook_secret). Slack's signature holds the mock's time. What the app's webhook gets is for
    /// each tenant that has connected the event's account, and `ignored` if none has. Gmail's delivery, and one
    /// of Zoho Mail's before it has handed over a secret, have no signature: they can only be handed on.
    ///
    /// # Panics
    /// If the provider has no such event, or the service fetches it, so that no delivery tells of it.
    #[track_caller]
    pub fn delivery(&self, provider: &str, event: &str) -> Delivery {
        let (provider, event) = recorded_event(provider, event);
        let name = provider.info.name.as_str();
        assert!(!event.fetched, "the service fetches {name}'s `{}`; `receives` plays that", event.name);
        let tenant = *self.id().as_uuid();
        let mut world = self.shared().world();
        let mut headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        headers.extend(named(provider, event, &mut world));
        let WebhookScheme { own, app, handed_over_in, .. } = &provider.webhook;
        let (signature, secret, path) = match own {
            Some(own) => {
                let secret = match handed_over_in {
                    Some(_) => world.rows(tenant).webhook_secrets_of(name).pop(),
                    None => Some(Settings::webhook_secret(name, tenant)),
                };
                (Some(own), secret, format!("/webhooks/{name}/{tenant}"))
            }
            None => (app.as_ref(), Some(Settings::app_webhook_secret(name)), format!("/webhooks/{name}")),
        };
        if let Some((signature, secret)) = signature.zip(secret) {
            headers.extend(signature.made(event.payload.as_bytes(), &secret, world.now));
        }
        Delivery { path, headers, body: &event.payload }
    }
}

/// The headers that name the event and this delivery of it.
fn named(provider: &Provider, event: &RecordedEvent, world: &mut World) -> Vec<(String, String)> {
    let WebhookScheme { event_header, id_header, .. } = &provider.webhook;
    let event = event_header.clone().map(|header| (header, event.event.clone()));
    let id = id_header.clone().map(|header| (header, world.next_id().to_string()));
    event.into_iter().chain(id).collect()
}

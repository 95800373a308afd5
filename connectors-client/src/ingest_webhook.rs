//! Handing on a delivery.

use std::{fmt, future::IntoFuture, pin::Pin};

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{
    ConnectionId, Error, Tenant, WebhookReceipt, error::ErrorKind, generated::DELIVERY_HEADERS, scope::Extra,
    tenant::segment,
};

const OPERATION: &str = "ingest_webhook";

/// A delivery to hand on; made by [`Tenant::ingest_webhook`], sent by awaiting it.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mock = connectors_mock::ConnectorsMock::start().await;
/// # let tenant = mock.tenant("acme").client();
/// # let (headers, body) = ([("X-GitHub-Event", "ping"), ("X-GitHub-Delivery", "1")], b"{}".to_vec());
/// // In Core's handler: the body byte for byte, with the headers that came.
/// let receipt = tenant.ingest_webhook("github", body).headers(headers).await?;
/// println!("{}: {} signals", receipt.status, receipt.signals);
/// # Ok(())
/// # }
/// ```
///
/// The provider's signature is Core's to check: the service takes Core's word, by the operator token.
/// Slack's URL verification is no delivery: whoever has the URL answers it, with the `challenge` that came.
#[must_use = "nothing is sent until it is awaited"]
pub struct IngestWebhook {
    tenant: Tenant,
    provider: String,
    connection: Option<ConnectionId>,
    headers: Result<HeaderMap, Error>,
    body: Vec<u8>,
}

impl IngestWebhook {
    pub(crate) fn new(tenant: Tenant, provider: String, body: Vec<u8>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { tenant, provider, connection: None, headers: Ok(headers), body }
    }

    /// The connection that the delivery belongs to, if Core knows.
    pub fn connection(mut self, id: ConnectionId) -> Self {
        self.connection = Some(id);
        self
    }

    /// One of the provider's headers; [`headers`](Self::headers) says which go on.
    pub fn header(self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        self.headers([(name, value)])
    }

    /// The delivery's headers, as they came.
    ///
    /// Of them go on `Content-Type` and those by which the providers say what a delivery is (`X-GitHub-Event`,
    /// `X-Goog-Resource-State` …) or sign it. Whatever else came stays here, such as what belongs to the connection or to
    /// whoever made it: `Host`, `Authorization`, `Cookie`, `X-Forwarded-For` …
    pub fn headers<N: AsRef<str>, V: AsRef<[u8]>>(mut self, headers: impl IntoIterator<Item = (N, V)>) -> Self {
        for (name, value) in headers {
            let Ok(known) = &mut self.headers else { break };
            let name = name.as_ref();
            match (HeaderName::try_from(name), HeaderValue::from_bytes(value.as_ref())) {
                (Ok(name), Ok(mut value)) => {
                    let Some(is_credential) = is_credential(&name) else { continue };
                    value.set_sensitive(is_credential);
                    known.insert(name, value);
                }
                _ => {
                    let text = format!("the header {:?} can't be sent", name.chars().take(100).collect::<String>());
                    self.headers = Err(Error::local(ErrorKind::Request, OPERATION, text));
                }
            }
        }
        self
    }

    /// Sends the delivery.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind). Dropping the future abandons the call, which may have had its effect; a repeat is
    /// answered with [`ReceiptStatus::Duplicate`](crate::ReceiptStatus::Duplicate).
    pub async fn send(self) -> Result<WebhookReceipt, Error> {
        let provider = segment(OPERATION, &self.provider)?;
        let client = self.tenant.client(OPERATION, Extra { headers: self.headers?, ..Extra::default() });
        let connection = self.connection.as_ref().map(ConnectionId::as_uuid);
        client.finish(client.ingest_webhook(provider, connection, self.body).await)
    }
}

/// Whether a header that came with a delivery goes on, and if so, whether it is a credential, which nothing may print.
fn is_credential(name: &HeaderName) -> Option<bool> {
    if name == header::CONTENT_TYPE {
        return Some(false);
    }
    DELIVERY_HEADERS.iter().find(|(known, _)| name == known).map(|(_, is_credential)| *is_credential)
}

impl IntoFuture for IngestWebhook {
    type Output = Result<WebhookReceipt, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for IngestWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The headers may hold a provider's secret.
        f.debug_struct("IngestWebhook")
            .field("tenant", &self.tenant)
            .field("provider", &self.provider)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Connectors, OperatorToken};

    fn delivery() -> IngestWebhook {
        let connectors =
            Connectors::builder("http://localhost").operator_token(OperatorToken::new("t")).build().unwrap();
        connectors.tenant("123e4567-e89b-12d3-a456-426614174000".parse().unwrap()).ingest_webhook("github", "{}")
    }

    #[test]
    fn a_signature_is_handed_on_and_never_printed() {
        let names = ["X-Hub-Signature-256", "X-Slack-Signature", "X-Goog-Channel-Token", "X-Webhook-Secret"];
        let delivery = delivery().headers(names.map(|name| (name, "canary"))).header("X-GitHub-Event", "ping");
        assert!(!format!("{delivery:?}").contains("canary"));
        let headers = delivery.headers.unwrap();
        for name in names {
            assert!(headers[name] == "canary" && headers[name].is_sensitive(), "{name}");
        }
        assert!(!headers["x-github-event"].is_sensitive());
        assert!(!format!("{headers:?}").contains("canary"));
    }

    #[test]
    fn nothing_of_cores_own_connection_goes_on() {
        for name in ["authorization", "cookie", "host", "x-tenant-id", "x-connection-id", "x-request-id", "x-api-key"] {
            assert_eq!(is_credential(&HeaderName::from_static(name)), None, "{name}");
        }
    }
}

//! Handing on a delivery.

use std::{fmt, future::IntoFuture, pin::Pin};

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{ConnectionId, Error, Tenant, WebhookReceipt, error::ErrorKind, scope::Extra, tenant::segment};

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

    /// One of the provider's headers.
    pub fn header(self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        self.headers([(name, value)])
    }

    /// The delivery's headers, as they came.
    ///
    /// What says how the body is to be read goes on (`Content-Type`, `X-GitHub-Event` …). What belongs to the connection or to
    /// whoever made it stays here: `Host`, `Authorization`, `Cookie`, `X-Forwarded-For` …
    pub fn headers<N: AsRef<str>, V: AsRef<[u8]>>(mut self, headers: impl IntoIterator<Item = (N, V)>) -> Self {
        for (name, value) in headers {
            let Ok(known) = &mut self.headers else { break };
            let name = name.as_ref();
            match (HeaderName::try_from(name), HeaderValue::from_bytes(value.as_ref())) {
                (Ok(name), Ok(value)) if goes_on(&name) => {
                    known.insert(name, value);
                }
                (Ok(_), Ok(_)) => {}
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

/// Whether a delivery's header is about the delivery.
fn goes_on(name: &HeaderName) -> bool {
    const OURS: &[&str] = &["x-tenant-id", "x-connection-id", "x-request-id", "x-real-ip"];
    let name = name.as_str();
    name == "content-type" || name.starts_with("x-") && !name.starts_with("x-forwarded-") && !OURS.contains(&name)
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

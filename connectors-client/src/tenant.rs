//! The service, as a tenant sees it.

use std::{fmt, sync::Arc};

use http::HeaderValue;
use uuid::Uuid;

use crate::{
    CallbackQuery, Connection, ConnectionId, Connections, Error, IngestWebhook, Signal, SignalId, Signals, StartOAuth,
    TenantId, error::ErrorKind, generated::Client, scope::Extra, service::Service,
};

/// A tenant's part of the service; made by [`Connectors::tenant`](crate::Connectors::tenant).
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mock = connectors_mock::ConnectorsMock::start().await;
/// # let connectors = mock.client();
/// # let id = mock.tenant("acme").id();
/// # mock.tenant("acme").receives("github", "issue_created");
/// let tenant = connectors.tenant(id);
///
/// let mut signals = tenant.signals().provider("github").stream();
/// while let Some(signal) = signals.try_next().await? {
///     println!("{} {}", signal.occurred_at, signal.title);
/// }
/// # Ok(())
/// # }
/// ```
///
/// Each of its calls sends the operator token and this tenant's `X-Tenant-Id`.
#[derive(Clone)]
pub struct Tenant {
    service: Arc<Service>,
    id: TenantId,
    /// The id as `X-Tenant-Id` has it, made once.
    header: HeaderValue,
}

impl Tenant {
    pub(crate) fn new(service: Arc<Service>, id: TenantId) -> Self {
        let mut text = Uuid::encode_buffer();
        let text: &str = id.as_uuid().hyphenated().encode_lower(&mut text);
        let header = HeaderValue::from_str(text).expect("a UUID is visible ASCII");
        Self { service, id, header }
    }

    /// Whose it is.
    pub fn id(&self) -> TenantId {
        self.id
    }

    /// Starts connecting an account at the provider with this slug.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mock = connectors_mock::ConnectorsMock::start().await;
    /// # let acme = mock.tenant("acme");
    /// # let tenant = acme.client();
    /// let started = tenant.start_oauth("github").await?;
    /// // Keep `started.state` in the user's session, then redirect the user's browser to the provider.
    /// assert!(started.authorize_url.path().ends_with("/login/oauth/authorize"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`StartOAuth`] says what else can be chosen, and what can go wrong.
    pub fn start_oauth(&self, provider: impl Into<String>) -> StartOAuth {
        StartOAuth::new(self.clone(), provider.into())
    }

    /// Completes what [`start_oauth`](Self::start_oauth) began: the provider has sent the user's browser to Core's callback.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mock = connectors_mock::ConnectorsMock::start().await;
    /// # let acme = mock.tenant("acme");
    /// # let tenant = acme.client();
    /// # let started = tenant.start_oauth("github").await?;
    /// # let callback = mock.user().approves(&started.authorize_url);
    /// # let (query, session_state) = (callback.query().unwrap_or_default(), started.state.as_str());
    /// let connection = tenant.complete_oauth("github", query.parse()?, session_state).await?;
    /// assert_eq!(connection.provider, "github");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// `expected_state` is the one that Core kept in the session of the user who is there now. Without that comparison
    /// somebody could have the user complete *their* authorization (RFC 9700, section 2.1).
    ///
    /// # Errors
    /// [`ErrorKind::StateMismatch`] before anything is sent, if the states differ. Of the service's codes,
    /// [`OAuthDenied`](crate::ErrorCode::OAuthDenied) is the user's no;
    /// [`OAuthStateInvalid`](crate::ErrorCode::OAuthStateInvalid) a state that is over ten minutes old, already spent, or of
    /// another tenant or provider, so that the user begins again; [`OAuthCodeRejected`](crate::ErrorCode::OAuthCodeRejected) the
    /// provider's refusal of the code. Dropping the future abandons the call; made again with the same query, it returns the
    /// connection.
    pub async fn complete_oauth(
        &self,
        provider: impl AsRef<str>,
        query: CallbackQuery,
        expected_state: &str,
    ) -> Result<Connection, Error> {
        const OPERATION: &str = "complete_oauth";
        let provider = segment(OPERATION, provider.as_ref())?;
        if !query.has_state(expected_state) {
            let text = "the state that came back is not the session's; nothing was sent";
            return Err(Error::local(ErrorKind::StateMismatch, OPERATION, text));
        }
        let client = self.client(OPERATION, Extra { query: query.others(), ..Extra::default() });
        let get = |name| query.get(name);
        let result = client
            .complete_oauth(
                provider,
                get("accounts-server"),
                get("code"),
                get("error"),
                get("error_description"),
                get("iss"),
                get("location"),
                get("state").unwrap_or_default(),
            )
            .await;
        Ok(client.finish(result)?.connection)
    }

    /// The tenant's connections, oldest first.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mock = connectors_mock::ConnectorsMock::start().await;
    /// # let acme = mock.tenant("acme");
    /// # let tenant = acme.client();
    /// # acme.has_connection("github");
    /// for connection in tenant.connections().page().await? {
    ///     println!("{}: {}", connection.provider, connection.external_account.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn connections(&self) -> Connections {
        Connections::new(self.clone())
    }

    /// One of the tenant's connections.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mock = connectors_mock::ConnectorsMock::start().await;
    /// # let acme = mock.tenant("acme");
    /// # let tenant = acme.client();
    /// # let id = acme.has_connection("github").id;
    /// let connection = tenant.connection(id).await?;
    /// assert_eq!(connection.status, connectors_client::ConnectionStatus::Active);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorCode::ConnectionNotFound`](crate::ErrorCode::ConnectionNotFound) if the tenant has none with this id. Dropping
    /// the future abandons the call.
    pub async fn connection(&self, id: ConnectionId) -> Result<Connection, Error> {
        let client = self.client("get_connection", Extra::default());
        client.finish(client.get_connection(id.as_uuid()).await)
    }

    /// Disconnects an account: erases its tokens, keeps its signals.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mock = connectors_mock::ConnectorsMock::start().await;
    /// # let acme = mock.tenant("acme");
    /// # let tenant = acme.client();
    /// use connectors_client::ErrorCode;
    ///
    /// # let id = acme.has_connection("github").id;
    /// tenant.delete_connection(id).await?;
    /// let gone = tenant.connection(id).await.unwrap_err();
    /// assert_eq!(gone.code(), Some(&ErrorCode::ConnectionNotFound));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorCode::ConnectionNotFound`](crate::ErrorCode::ConnectionNotFound) if the tenant has none with this id, also after
    /// an earlier call whose answer was lost. Dropping the future abandons the call, which may have had its effect.
    pub async fn delete_connection(&self, id: ConnectionId) -> Result<(), Error> {
        let client = self.client("delete_connection", Extra::default());
        client.finish(client.delete_connection(id.as_uuid()).await)
    }

    /// The tenant's signals, newest first.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mock = connectors_mock::ConnectorsMock::start().await;
    /// # let acme = mock.tenant("acme");
    /// # let tenant = acme.client();
    /// use connectors_client::SignalKind;
    ///
    /// # acme.receives("github", "issue_created");
    /// let page = tenant.signals().provider("github").kind(SignalKind::IssueCreated).page_size(25).page().await?;
    /// assert_eq!(page.items.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn signals(&self) -> Signals {
        Signals::new(self.clone())
    }

    /// One of the tenant's signals, with its payload.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mock = connectors_mock::ConnectorsMock::start().await;
    /// # let acme = mock.tenant("acme");
    /// # let tenant = acme.client();
    /// #[derive(serde::Deserialize)]
    /// struct IssueEvent {
    ///     action: String,
    /// }
    ///
    /// # let id = acme.receives("github", "issue_created").id;
    /// let signal = tenant.signal(id).await?;
    /// let event: IssueEvent = signal.payload.unwrap().to()?;
    /// assert_eq!(event.action, "opened");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorCode::SignalNotFound`](crate::ErrorCode::SignalNotFound) if the tenant has none with this id. Dropping the future
    /// abandons the call.
    pub async fn signal(&self, id: SignalId) -> Result<Signal, Error> {
        let client = self.client("get_signal", Extra::default());
        client.finish(client.get_signal(id.as_uuid()).await)
    }

    /// Hands on a delivery that the provider with this slug has made to Core.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mock = connectors_mock::ConnectorsMock::start().await;
    /// # let acme = mock.tenant("acme");
    /// # let tenant = acme.client();
    /// use connectors_client::ReceiptStatus;
    ///
    /// # let body = r#"{"zen":"Design for failure."}"#;
    /// let receipt = tenant
    ///     .ingest_webhook("github", body)
    ///     .header("X-GitHub-Event", "ping")
    ///     .header("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
    ///     .await?;
    /// // No rule makes a signal of a ping.
    /// assert_eq!((receipt.status, receipt.signals), (ReceiptStatus::Ignored, 0));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`IngestWebhook`] says what goes with it, and what can go wrong.
    pub fn ingest_webhook(&self, provider: impl Into<String>, body: impl Into<Vec<u8>>) -> IngestWebhook {
        IngestWebhook::new(self.clone(), provider.into(), body.into())
    }

    pub(crate) fn client(&self, operation: &'static str, extra: Extra) -> Client {
        Client::scoped(&self.service, Some(&self.header), operation, extra)
    }
}

/// A slug as a segment of a path. What a URL would resolve away is none, nor what it would read as the end of the segment: a
/// backslash (URL Standard, "path state").
pub(crate) fn segment<'a>(operation: &'static str, provider: &'a str) -> Result<&'a str, Error> {
    match provider {
        slug if !matches!(slug, "" | "." | "..") && !slug.contains('\\') => Ok(slug),
        _ => Err(Error::local(ErrorKind::Request, operation, format!("{provider:?} is no provider's slug"))),
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant").field("id", &self.id).field("url", &self.service.base).finish()
    }
}

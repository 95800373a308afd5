//! Something to run against: the real service with stand-ins for the providers, or the mock.
//!
//! The journey, the guide's samples and the small examples are the same code against either.

use std::{error::Error, net::SocketAddr};

use chrono::{DateTime, Utc};
use clap::ValueEnum;
use connectors_client::{Connectors, OperatorToken, TenantId};
use connectors_mock::ConnectorsMock;
use connectors_server::{
    AppState,
    config::{Config, Environment},
    router,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

use crate::{
    database::{Database, Engine},
    recorded::{RecordedDelivery, zoho},
    standin::{
        BrowserError, GoogleStandIn, JiraStandIn, SlackStandIn, ZohoStandIn,
        github::{GitHubStandIn, OAuthApp},
    },
};

type BoxError = Box<dyn Error + Send + Sync>;

/// Where the providers send users back to: a URL at Core. Nobody listens there; it is read from the redirect.
const CALLBACK: &str = "http://127.0.0.1:9/api/connectors/{provider}/callback";

/// Throw-away credentials: everything that they protect ends with the process.
const OPERATOR_TOKEN: &str = "journey-operator-token";
const CLIENT_ID: &str = "journey-client";
const CLIENT_SECRET: &str = "journey-client-secret";
const SIGNING_SECRET: &str = "journey-signing-secret";
/// For whom and by whom the tokens of Pub/Sub's push messages are.
pub(crate) const PUSH_AUDIENCE: &str = "journey";
pub(crate) const PUSH_ACCOUNT: &str = "pubsub@journey.iam.gserviceaccount.com";
const KEY: &str = "am91cm5leS1rZXktam91cm5leS1rZXktam91cm5leSE=";

/// What to run against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Against {
    /// The real service, with stand-ins for the providers
    Service,
    /// connectors-mock, as Core's tests use it
    Mock,
}

/// Something that answers as the Connectors Service does, and somebody who approves at the provider.
#[derive(Debug)]
pub enum Backend {
    /// The real service.
    Service(Box<Service>),
    /// The mock.
    Mock(ConnectorsMock),
}

/// The real service with stand-ins for the providers.
#[derive(Debug)]
pub struct Service {
    url: Url,
    state: AppState,
    pub github: GitHubStandIn,
    pub slack: SlackStandIn,
    pub zoho: ZohoStandIn,
    pub jira: JiraStandIn,
    pub google: GoogleStandIn,
    server: JoinHandle<()>,
    engine: Engine,
    // After the state, which is connected to it.
    _database: Database,
}

impl Service {
    /// The user is sent to an authorize URL, and approves or declines.
    async fn visit(&self, authorize_url: &Url, approves: bool) -> Result<Url, BrowserError> {
        let is_at = |base: &Url| authorize_url.origin() == base.origin();
        let (slack, jira) = (is_at(self.slack.base_url()), is_at(self.jira.base_url()));
        let (google, zoho) = (is_at(self.google.base_url()), is_at(self.zoho.base_url()));
        match approves {
            true if slack => self.slack.approve(authorize_url).await,
            false if slack => self.slack.deny(authorize_url).await,
            true if jira => self.jira.approve(authorize_url).await,
            false if jira => self.jira.deny(authorize_url).await,
            true if google => self.google.approve(authorize_url).await,
            false if google => self.google.deny(authorize_url).await,
            true if zoho => self.zoho.approve(authorize_url).await,
            false if zoho => self.zoho.deny(authorize_url).await,
            true => self.github.approve(authorize_url).await,
            false => self.github.deny(authorize_url).await,
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Backend {
    /// Starts what is asked for; the service keeps its data in SQLite.
    ///
    /// # Errors
    /// If a port or a temporary folder can't be had.
    pub async fn start(against: Against) -> Result<Self, BoxError> {
        Self::with(against, Engine::Sqlite, CALLBACK).await
    }

    /// As [`start`](Self::start), on an engine of choice, with a URL at Core that users are sent back to; it has `{provider}` in
    /// it.
    ///
    /// # Errors
    /// As [`start`](Self::start), or if there is no PostgreSQL that can be started or reached.
    pub async fn with(against: Against, engine: Engine, callback: &str) -> Result<Self, BoxError> {
        match against {
            Against::Service => Self::service(engine, callback).await,
            Against::Mock => {
                // Whoever tries it out in a browser asks for what is not there; that is no test's failure.
                let mock = ConnectorsMock::builder().redirect_uri(callback).tolerate_unknown_requests();
                Ok(Self::Mock(mock.start().await))
            }
        }
    }

    /// As [`start`](Self::start), on an engine of choice.
    ///
    /// # Errors
    /// As [`with`](Self::with).
    pub async fn on(against: Against, engine: Engine) -> Result<Self, BoxError> {
        Self::with(against, engine, CALLBACK).await
    }

    async fn service(engine: Engine, template: &str) -> Result<Self, BoxError> {
        let callback = |provider| [template.replace("{provider}", provider)];
        let github = GitHubStandIn::start(OAuthApp::new(CLIENT_ID, CLIENT_SECRET, callback("github"))).await?;
        let slack = SlackStandIn::start(CLIENT_ID, CLIENT_SECRET, callback("slack")).await?;
        let redirect_urls = ["zoho-cliq", "zoho-mail"].into_iter().flat_map(callback);
        let zoho = ZohoStandIn::start(CLIENT_ID, CLIENT_SECRET, redirect_urls).await?;
        let jira = JiraStandIn::start(CLIENT_ID, CLIENT_SECRET, callback("jira")).await?;
        let google = ["gmail", "google-calendar", "google-drive"].map(callback).concat();
        let google = GoogleStandIn::start(CLIENT_ID, CLIENT_SECRET, google).await?;
        let database = Database::create(engine).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = Url::parse(&format!("http://{}", listener.local_addr()?))?;
        let config = Config::from_environment(&mut Environment::new([
            ("POBLYSH_OPERATOR_TOKENS", OPERATOR_TOKEN),
            ("POBLYSH_CRYPTO_KEY", KEY),
            ("POBLYSH_WEBHOOK_ROOT_KEYS", KEY),
            ("POBLYSH_DATABASE_URL", &database.url()),
            ("POBLYSH_PUBLIC_URL", url.as_str()),
            ("POBLYSH_OAUTH_REDIRECT_URL", template),
            ("POBLYSH_GITHUB_CLIENT_ID", CLIENT_ID),
            ("POBLYSH_GITHUB_CLIENT_SECRET", CLIENT_SECRET),
            ("POBLYSH_GITHUB_BASE_URL", github.base_url().as_str()),
            ("POBLYSH_SLACK_CLIENT_ID", CLIENT_ID),
            ("POBLYSH_SLACK_CLIENT_SECRET", CLIENT_SECRET),
            ("POBLYSH_SLACK_WEBHOOK_SECRET", SIGNING_SECRET),
            ("POBLYSH_SLACK_BASE_URL", slack.base_url().as_str()),
            ("POBLYSH_ZOHO_CLIQ_CLIENT_ID", CLIENT_ID),
            ("POBLYSH_ZOHO_CLIQ_CLIENT_SECRET", CLIENT_SECRET),
            ("POBLYSH_ZOHO_CLIQ_WEBHOOK_SECRET", &zoho::public_key()),
            ("POBLYSH_ZOHO_CLIQ_BASE_URL", zoho.base_url().as_str()),
            ("POBLYSH_ZOHO_MAIL_CLIENT_ID", CLIENT_ID),
            ("POBLYSH_ZOHO_MAIL_CLIENT_SECRET", CLIENT_SECRET),
            ("POBLYSH_ZOHO_MAIL_BASE_URL", zoho.base_url().as_str()),
            ("POBLYSH_JIRA_CLIENT_ID", CLIENT_ID),
            ("POBLYSH_JIRA_CLIENT_SECRET", CLIENT_SECRET),
            ("POBLYSH_JIRA_BASE_URL", jira.base_url().as_str()),
            ("POBLYSH_GOOGLE_CLIENT_ID", CLIENT_ID),
            ("POBLYSH_GOOGLE_CLIENT_SECRET", CLIENT_SECRET),
            ("POBLYSH_GOOGLE_BASE_URL", google.base_url().as_str()),
            ("POBLYSH_GMAIL_TOPIC", "projects/journey/topics/gmail"),
            ("POBLYSH_GMAIL_AUDIENCE", PUSH_AUDIENCE),
            ("POBLYSH_GMAIL_SERVICE_ACCOUNT", PUSH_ACCOUNT),
        ]))?;
        let state = AppState::open(config).await?;
        let app = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let upkeep = state.service().clone().upkeep(CancellationToken::new());
        let server = tokio::spawn(async move {
            // Both end with the task.
            tokio::select! {
                _ = axum::serve(listener, app) => {}
                () = upkeep => {}
            }
        });
        Ok(Self::Service(Box::new(Service {
            url,
            state,
            github,
            slack,
            jira,
            google,
            zoho,
            server,
            engine,
            _database: database,
        })))
    }

    /// What it is, for people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Service(service) => match service.engine {
                Engine::Sqlite => "the real service on SQLite, with stand-ins for the providers",
                Engine::Postgres => "the real service on PostgreSQL, with stand-ins for the providers",
            },
            Self::Mock(_) => "connectors-mock",
        }
    }

    /// A client with the operator token.
    ///
    /// # Errors
    /// If the client can't be built.
    pub fn connectors(&self) -> Result<Connectors, BoxError> {
        let token = OperatorToken::new(self.operator_token());
        Ok(Connectors::builder(self.url()?.as_str()).operator_token(token).build()?)
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Never, as long as the mock's URL is one.
    pub fn url(&self) -> Result<Url, BoxError> {
        Ok(match self {
            Self::Service(service) => service.url.clone(),
            Self::Mock(mock) => Url::parse(mock.url())?,
        })
    }

    /// The token that it knows.
    pub fn operator_token(&self) -> String {
        match self {
            Self::Service(_) => OPERATOR_TOKEN.to_owned(),
            Self::Mock(mock) => mock.operator_token().to_owned(),
        }
    }

    /// Where GitHub is, stand-in or consent page.
    ///
    /// # Errors
    /// Never, as long as the mock's URL is one.
    pub fn provider_url(&self) -> Result<Url, BoxError> {
        match self {
            Self::Service(service) => Ok(service.github.base_url().clone()),
            Self::Mock(_) => Ok(self.url()?.join("/github")?),
        }
    }

    /// The id of the OAuth app at the provider.
    pub fn client_id(&self) -> &'static str {
        match self {
            Self::Service(_) => CLIENT_ID,
            Self::Mock(_) => "client-id",
        }
    }

    /// Plays the user who approves; where the provider redirects to.
    ///
    /// # Errors
    /// If the provider's stand-in refuses the authorize URL.
    pub async fn approve(&self, authorize_url: &Url) -> Result<Url, BoxError> {
        Ok(match self {
            Self::Service(service) => service.visit(authorize_url, true).await?,
            Self::Mock(mock) => mock.user().approves(authorize_url),
        })
    }

    /// Plays the user who declines; where the provider redirects to.
    ///
    /// # Errors
    /// If the provider's stand-in refuses the authorize URL.
    pub async fn deny(&self, authorize_url: &Url) -> Result<Url, BoxError> {
        Ok(match self {
            Self::Service(service) => service.visit(authorize_url, false).await?,
            Self::Mock(mock) => mock.user().denies(authorize_url),
        })
    }

    /// Plays GitHub, which delivers an event to the tenant's webhook.
    ///
    /// # Errors
    /// If the delivery is not accepted.
    pub async fn deliver(&self, tenant: TenantId, delivery: &RecordedDelivery) -> Result<(), BoxError> {
        let headers = delivery.signed(&self.webhook_secret(tenant), Uuid::new_v4());
        self.post_delivery(tenant, delivery.name, headers, delivery.body.to_vec()).await
    }

    /// As [`deliver`](Self::deliver), as if the event happened now. The mock knows events as they were recorded, and stores the
    /// signal of that.
    ///
    /// # Errors
    /// As [`deliver`](Self::deliver).
    pub async fn deliver_now(&self, tenant: TenantId, delivery: &RecordedDelivery) -> Result<(), BoxError> {
        match self {
            Self::Service(_) => {
                let secret = self.webhook_secret(tenant);
                let (headers, body) = delivery.signed_at(&secret, Uuid::new_v4(), Utc::now());
                self.post_delivery(tenant, delivery.name, headers, body).await
            }
            Self::Mock(mock) => {
                mock.tenant_with_id(tenant).receives("github", delivery.name);
                Ok(())
            }
        }
    }

    async fn post_delivery(
        &self,
        tenant: TenantId,
        name: &str,
        headers: http::HeaderMap,
        body: Vec<u8>,
    ) -> Result<(), BoxError> {
        let url = self.url()?.join(&format!("/webhooks/github/{tenant}"))?;
        let response = reqwest::Client::new().post(url).headers(headers).body(body).send().await?;
        if response.status() != reqwest::StatusCode::ACCEPTED {
            return Err(format!("the delivery {name} was answered with {}", response.status()).into());
        }
        Ok(())
    }

    /// The secret with which Slack signs the app's deliveries.
    pub fn signing_secret(&self) -> String {
        match self {
            Self::Service(_) => SIGNING_SECRET.to_owned(),
            Self::Mock(mock) => mock.app_webhook_secret("slack"),
        }
    }

    /// What time it is there: the mock has a clock of its own.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::Service(_) => Utc::now(),
            Self::Mock(mock) => mock.clock().now(),
        }
    }

    /// The secret of the tenant's GitHub webhook.
    pub fn webhook_secret(&self, tenant: TenantId) -> String {
        self.webhook_secret_for("github", tenant)
    }

    /// The secret of the tenant's webhook at a provider.
    pub fn webhook_secret_for(&self, provider: &str, tenant: TenantId) -> String {
        match self {
            Self::Service(service) => {
                let secrets = service
                    .state
                    .service()
                    .config()
                    .webhook_roots
                    .secrets(provider, connectors_server::model::TenantId(*tenant.as_uuid()));
                secrets.first().map(|secret| secret.expose().to_owned()).unwrap_or_default()
            }
            Self::Mock(mock) => mock.tenant_with_id(tenant).webhook_secret(provider),
        }
    }
}

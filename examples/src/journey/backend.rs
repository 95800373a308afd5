//! What the journey runs against: the real service with GitHub's stand-in, or the mock.

use std::{error::Error, net::SocketAddr};

use connectors_mock::ConnectorsMock;
use connectors_server::{
    AppState,
    config::{Config, Environment},
    model::TenantId,
    router,
};
use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

use super::Against;
use crate::{
    database::{Database, Engine},
    standin::github::{GitHubStandIn, OAuthApp},
};

type BoxError = Box<dyn Error + Send + Sync>;

/// Where the providers send users back to: a URL at Core. Nobody listens there; the journey reads it from the redirect.
const CALLBACK: &str = "http://127.0.0.1:9/api/connectors/{provider}/callback";

/// Throw-away credentials: everything that they protect ends with the journey.
const OPERATOR_TOKEN: &str = "journey-operator-token";
const KEY: &str = "am91cm5leS1rZXktam91cm5leS1rZXktam91cm5leSE=";

/// Something that answers as the Connectors Service does, and somebody who approves at GitHub.
#[derive(Debug)]
pub(super) enum Backend {
    /// The real service.
    Service(Box<Service>),
    /// The mock.
    Mock(ConnectorsMock),
}

/// The real service with GitHub's stand-in.
#[derive(Debug)]
pub(super) struct Service {
    url: Url,
    state: AppState,
    pub(super) github: GitHubStandIn,
    server: JoinHandle<()>,
    engine: Engine,
    // After the state, which is connected to it.
    _database: Database,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Backend {
    /// Starts what is asked for.
    pub(super) async fn start(against: Against, engine: Engine) -> Result<Self, BoxError> {
        match against {
            Against::Service => Self::service(engine).await,
            Against::Mock => Ok(Self::Mock(ConnectorsMock::start().await)),
        }
    }

    async fn service(engine: Engine) -> Result<Self, BoxError> {
        let callback = CALLBACK.replace("{provider}", "github");
        let github = GitHubStandIn::start(OAuthApp::new("journey-client", "journey-client-secret", [callback])).await?;
        let database = Database::create(engine).await?;
        let config = Config::from_environment(&mut Environment::new([
            ("POBLYSH_OPERATOR_TOKENS", OPERATOR_TOKEN),
            ("POBLYSH_CRYPTO_KEY", KEY),
            ("POBLYSH_WEBHOOK_ROOT_KEYS", KEY),
            ("POBLYSH_DATABASE_URL", &database.url()),
            ("POBLYSH_OAUTH_REDIRECT_URL", CALLBACK),
            ("POBLYSH_GITHUB_CLIENT_ID", "journey-client"),
            ("POBLYSH_GITHUB_CLIENT_SECRET", "journey-client-secret"),
            ("POBLYSH_GITHUB_BASE_URL", github.base_url().as_str()),
        ]))?;
        let state = AppState::open(config).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = Url::parse(&format!("http://{}", listener.local_addr()?))?;
        let app = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move {
            // Serving ends with the task.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self::Service(Box::new(Service { url, state, github, server, engine, _database: database })))
    }

    /// What it is, for people.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Service(service) => match service.engine {
                Engine::Sqlite => "the real service on SQLite, with a stand-in for GitHub",
                Engine::Postgres => "the real service on PostgreSQL, with a stand-in for GitHub",
            },
            Self::Mock(_) => "connectors-mock",
        }
    }

    /// Where it listens.
    pub(super) fn url(&self) -> Result<Url, BoxError> {
        Ok(match self {
            Self::Service(service) => service.url.clone(),
            Self::Mock(mock) => Url::parse(mock.url())?,
        })
    }

    /// The token that it knows.
    pub(super) fn operator_token(&self) -> String {
        match self {
            Self::Service(_) => OPERATOR_TOKEN.to_owned(),
            Self::Mock(mock) => mock.operator_token().to_owned(),
        }
    }

    /// Plays the user who approves; where GitHub redirects to.
    pub(super) async fn approve(&self, authorize_url: &Url) -> Result<Url, BoxError> {
        Ok(match self {
            Self::Service(service) => service.github.approve(authorize_url).await?,
            Self::Mock(mock) => mock.user().approves(authorize_url),
        })
    }

    /// The secret of the tenant's GitHub webhook, as `connectors-server webhook-secret` prints it.
    pub(super) fn webhook_secret(&self, tenant: connectors_client::TenantId) -> String {
        match self {
            Self::Service(service) => {
                let secrets =
                    service.state.service().config().webhook_roots.secrets("github", TenantId(*tenant.as_uuid()));
                secrets.first().map(|secret| secret.expose().to_owned()).unwrap_or_default()
            }
            Self::Mock(mock) => mock.tenant_with_id(tenant).webhook_secret("github"),
        }
    }
}

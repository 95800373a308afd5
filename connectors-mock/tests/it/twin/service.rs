//! The service: its router on a database and a socket, with GitHub's stand-in.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use connectors_examples::{
    database::{Database, Engine},
    standin::github::{Account, Endpoint, Failure, GitHubStandIn, OAuthApp},
};
use connectors_server::{
    AppState,
    clock::ManualClock,
    config::{Config, Environment},
    model::{TenantId, Timestamp},
    router,
};
use reqwest::Url;
use uuid::Uuid;

use super::{
    call::Visit,
    side::{OTHER_REDIRECT, REDIRECT, Setup, Side, TOKENS},
};

const APP_SECRET: &str = "the-webhook-secret-of-the-app";

pub struct ServiceSide {
    base: Url,
    state: AppState,
    clock: ManualClock,
    github: GitHubStandIn,
    server: tokio::task::JoinHandle<()>,
    // After the state, which is connected to it.
    _database: Database,
}

impl ServiceSide {
    pub async fn start(setup: &Setup) -> Self {
        let callbacks = [REDIRECT, OTHER_REDIRECT].map(|template| template.replace("{provider}", "github"));
        let github = GitHubStandIn::start(OAuthApp::new("client-id", "client-secret", callbacks)).await.unwrap();
        let database = Database::create(Engine::of_tests()).await.unwrap();
        let mut variables = vec![
            ("POBLYSH_OPERATOR_TOKENS", TOKENS.join(",")),
            ("POBLYSH_CRYPTO_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into()),
            ("POBLYSH_WEBHOOK_ROOT_KEYS", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=".into()),
            ("POBLYSH_DATABASE_URL", database.url()),
            ("POBLYSH_OAUTH_REDIRECT_URL", REDIRECT.into()),
            ("POBLYSH_OAUTH_REDIRECT_ALLOWLIST", OTHER_REDIRECT.into()),
            ("POBLYSH_GITHUB_WEBHOOK_SECRET", APP_SECRET.into()),
            ("POBLYSH_GITHUB_BASE_URL", github.base_url().to_string()),
        ];
        if !setup.not_configured {
            variables.push(("POBLYSH_GITHUB_CLIENT_ID", "client-id".into()));
            variables.push(("POBLYSH_GITHUB_CLIENT_SECRET", "client-secret".into()));
        }
        if let Some((per_second, burst)) = setup.rate_limit {
            variables.push(("POBLYSH_RATE_LIMIT", format!("{per_second}/{burst}")));
        }
        let config = Config::from_environment(&mut Environment::new(variables)).unwrap();
        let clock = ManualClock::at(Timestamp::parse("2026-01-02T03:04:05Z").unwrap());
        let state = AppState::open_at(config, Arc::new(clock.clone())).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let app = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { base, state, clock, github, server, _database: database }
    }
}

impl Side for ServiceSide {
    fn base(&self) -> Url {
        self.base.clone()
    }

    fn own_secret(&self, tenant: Uuid) -> String {
        let roots = &self.state.service().config().webhook_roots;
        roots.secrets("github", TenantId(tenant))[0].expose().to_owned()
    }

    fn app_secret(&self) -> String {
        APP_SECRET.into()
    }

    fn provider_fails(&mut self, status: u16) {
        self.github.fail_next(Endpoint::Token, 1, Failure::Status(status));
    }

    fn advance(&mut self, duration: Duration) {
        self.clock.advance(duration);
        self.github.advance_clock(duration);
    }

    async fn visit(&mut self, authorize_url: &Url, visit: &Visit) -> Url {
        let account = match visit {
            Visit::ApproveAs(id, login) => Account { id: *id, login: (*login).into(), name: None },
            Visit::Approve | Visit::Deny => Account::default(),
        };
        self.github.sign_in_as(account);
        match visit {
            Visit::Deny => self.github.deny(authorize_url).await.unwrap(),
            Visit::Approve | Visit::ApproveAs(..) => self.github.approve(authorize_url).await.unwrap(),
        }
    }
}

impl Drop for ServiceSide {
    fn drop(&mut self) {
        self.server.abort();
    }
}

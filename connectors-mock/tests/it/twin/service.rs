//! The service: its router on a database and a socket, with stand-ins for the providers.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use connectors_examples::{
    database::{Database, Engine},
    standin::{
        GoogleStandIn, JiraStandIn, SlackStandIn,
        github::{Account, Endpoint, Failure, GitHubStandIn, OAuthApp},
    },
};
use connectors_server::{
    AppState,
    clock::ManualClock,
    config::{Config, Environment},
    model::{TenantId, Timestamp},
    router,
};
use reqwest::{RequestBuilder, Url};
use uuid::Uuid;

use super::{
    call::{Outage, Visit},
    side::{OTHER_REDIRECT, REDIRECT, Setup, Side, TOKENS},
};

const APP_SECRET: &str = "the-webhook-secret-of-the-app";

/// How long the service waits for the provider.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct ServiceSide {
    base: Url,
    state: AppState,
    clock: ManualClock,
    github: Arc<GitHubStandIn>,
    slack: SlackStandIn,
    google: GoogleStandIn,
    jira: JiraStandIn,
    server: tokio::task::JoinHandle<()>,
    // After the state, which is connected to it.
    database: Database,
}

impl ServiceSide {
    pub async fn start(setup: &Setup) -> Self {
        let callbacks = |provider| [REDIRECT, OTHER_REDIRECT].map(|template| template.replace("{provider}", provider));
        let app = OAuthApp::new("client-id", "client-secret", callbacks("github"));
        let github = GitHubStandIn::start(app).await.unwrap();
        let slack = SlackStandIn::start("client-id", "client-secret", callbacks("slack")).await.unwrap();
        let google = ["gmail", "google-calendar", "google-drive"].map(callbacks).concat();
        let google = GoogleStandIn::start("client-id", "client-secret", google).await.unwrap();
        google.set_clock("2026-01-02T03:04:05Z".parse().unwrap());
        let jira = JiraStandIn::start("client-id", "client-secret", callbacks("jira")).await.unwrap();
        let database = Database::create(Engine::of_tests()).await.unwrap();
        let mut variables = vec![
            ("POBLYSH_OPERATOR_TOKENS", TOKENS.join(",")),
            ("POBLYSH_CRYPTO_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into()),
            ("POBLYSH_WEBHOOK_ROOT_KEYS", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=".into()),
            ("POBLYSH_DATABASE_URL", database.url()),
            ("POBLYSH_PROVIDER_TIMEOUT_SECONDS", PATIENCE.as_secs().to_string()),
            ("POBLYSH_OAUTH_REDIRECT_URL", REDIRECT.into()),
            ("POBLYSH_OAUTH_REDIRECT_ALLOWLIST", OTHER_REDIRECT.into()),
            ("POBLYSH_GITHUB_WEBHOOK_SECRET", APP_SECRET.into()),
            ("POBLYSH_GITHUB_BASE_URL", github.base_url().to_string()),
            ("POBLYSH_SLACK_CLIENT_ID", "client-id".into()),
            ("POBLYSH_SLACK_CLIENT_SECRET", "client-secret".into()),
            ("POBLYSH_SLACK_WEBHOOK_SECRET", APP_SECRET.into()),
            ("POBLYSH_SLACK_BASE_URL", slack.base_url().to_string()),
            ("POBLYSH_GOOGLE_CLIENT_ID", "client-id".into()),
            ("POBLYSH_GOOGLE_CLIENT_SECRET", "client-secret".into()),
            ("POBLYSH_GOOGLE_BASE_URL", google.base_url().to_string()),
            ("POBLYSH_JIRA_CLIENT_ID", "client-id".into()),
            ("POBLYSH_JIRA_CLIENT_SECRET", "client-secret".into()),
            ("POBLYSH_JIRA_BASE_URL", jira.base_url().to_string()),
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
        Self { base, state, clock, github: Arc::new(github), slack, google, jira, server, database }
    }
}

impl ServiceSide {
    fn exchanges(&self) -> usize {
        exchanges_of(&self.github)
    }

    /// What was migrated stays noted, and nothing of it is there.
    async fn drop_tables(&self) {
        let url = self.database.url();
        if url.starts_with("sqlite:") {
            let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
            let mut tables = pool.acquire().await.unwrap();
            sqlx::query("PRAGMA foreign_keys = off").execute(&mut *tables).await.unwrap();
            let names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlx%'";
            for name in sqlx::query_scalar::<_, String>(names).fetch_all(&mut *tables).await.unwrap() {
                let drop = sqlx::AssertSqlSafe(format!("DROP TABLE {name}"));
                sqlx::query(drop).execute(&mut *tables).await.unwrap();
            }
            drop(tables);
            pool.close().await;
        } else {
            let pool = sqlx::PgPool::connect(&url).await.unwrap();
            let names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%sqlx%'";
            for name in sqlx::query_scalar::<_, String>(names).fetch_all(&pool).await.unwrap() {
                let drop = sqlx::AssertSqlSafe(format!("DROP TABLE {name} CASCADE"));
                sqlx::query(drop).execute(&pool).await.unwrap();
            }
            pool.close().await;
        }
    }
}

fn exchanges_of(github: &GitHubStandIn) -> usize {
    github.calls().iter().filter(|call| call.is("POST", "/login/oauth/access_token")).count()
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

impl Side for ServiceSide {
    fn base(&self) -> Url {
        self.base.clone()
    }

    fn own_secret(&self, provider: &str, tenant: Uuid) -> String {
        let roots = &self.state.service().config().webhook_roots;
        roots.secrets(provider, TenantId(tenant))[0].expose().to_owned()
    }

    fn app_secret(&self, provider: &str) -> String {
        // Jira signs with the client secret.
        if provider == "jira" { "client-secret".into() } else { APP_SECRET.into() }
    }

    async fn suffer(&mut self, outage: Outage) {
        match outage {
            Outage::ProviderFails(status) => self.github.fail_next(Endpoint::Token, 1, Failure::Status(status)),
            Outage::ProviderHangs => {
                let (github, exchanges) = (Arc::clone(&self.github), self.exchanges());
                github.fail_next(Endpoint::Token, 1, Failure::Hang);
                tokio::spawn(async move {
                    until(|| exchanges_of(&github) > exchanges).await;
                    // The service's patience is tokio's clock, which only a runtime of one thread can move.
                    tokio::time::pause();
                    tokio::time::advance(PATIENCE).await;
                    tokio::time::resume();
                });
            }
            Outage::DatabaseGone => self.state.service().store().close().await,
            Outage::DatabaseBroken => self.drop_tables().await,
        }
    }

    async fn hold(&mut self, callback: RequestBuilder) {
        let exchanges = self.exchanges();
        self.github.fail_next(Endpoint::Token, 1, Failure::Hang);
        tokio::spawn(callback.send());
        until(|| self.exchanges() > exchanges).await;
    }

    fn advance(&mut self, duration: Duration) {
        self.clock.advance(duration);
        self.github.advance_clock(duration);
        self.slack.advance_clock(duration);
        self.google.advance_clock(duration);
        self.jira.advance_clock(duration);
    }

    async fn visit(&mut self, authorize_url: &Url, visit: &Visit) -> Url {
        if authorize_url.origin() == self.slack.base_url().origin() {
            return match visit {
                Visit::Deny => self.slack.deny(authorize_url).await.unwrap(),
                Visit::Approve | Visit::ApproveAs(..) => self.slack.approve(authorize_url).await.unwrap(),
            };
        }
        if authorize_url.origin() == self.google.base_url().origin() {
            return match visit {
                Visit::Deny => self.google.deny(authorize_url).await.unwrap(),
                Visit::Approve | Visit::ApproveAs(..) => self.google.approve(authorize_url).await.unwrap(),
            };
        }
        if authorize_url.origin() == self.jira.base_url().origin() {
            return match visit {
                Visit::Deny => self.jira.deny(authorize_url).await.unwrap(),
                Visit::Approve | Visit::ApproveAs(..) => self.jira.approve(authorize_url).await.unwrap(),
            };
        }
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

//! The service under test.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use connectors_examples::{
    recorded::{self, RecordedDelivery},
    standin::{
        GoogleStandIn, JiraStandIn, SlackStandIn, ZohoStandIn,
        github::{GitHubStandIn, OAuthApp},
    },
};
use connectors_server::{
    AppState,
    clock::ManualClock,
    config::{Config, Environment},
    model::{ConnectionId, TenantId, Timestamp},
    provider::Grant,
    router, serve,
};
use reqwest::{Method, Url};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    ACME, APP_SECRET, Answer, CLIENT_SECRET, Call, PUSH_ACCOUNT, PUSH_AUDIENCE, SECOND_TOKEN, SIGNING_SECRET, TOKEN,
    TestDatabase,
};

/// A service on a database and a socket of its own, with a clock that stands still, and the providers' stand-ins beside it.
pub struct Service {
    pub github: GitHubStandIn,
    pub slack: SlackStandIn,
    pub zoho: ZohoStandIn,
    pub jira: JiraStandIn,
    pub google: GoogleStandIn,
    pub clock: ManualClock,
    pub state: AppState,
    base: Url,
    // After the state, whose connections it would cut off.
    pub database: TestDatabase,
    server: tokio::task::JoinHandle<()>,
}

/// How the service is set up.
pub struct ServiceBuilder {
    variables: Vec<(String, String)>,
    is_idle: bool,
    is_reachable: bool,
}

/// Where users come back to.
pub const CALLBACK: &str = "http://127.0.0.1:9/api/connectors/github/callback";

impl Service {
    /// A service that has all providers configured.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    pub fn builder() -> ServiceBuilder {
        ServiceBuilder { variables: Vec::new(), is_idle: false, is_reachable: false }
    }

    pub fn call(&self, method: Method, path: &str) -> Call {
        Call::new(method, self.base.join(path).unwrap())
    }

    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// Does all that is due, as the service does by itself unless it is idle; how many tasks there were.
    pub async fn attend(&self) -> usize {
        self.state.service().attend_all().await.unwrap()
    }

    /// Another replica of the service, on the same database.
    pub async fn replica(&self) -> AppState {
        let config = self.state.service().config().clone();
        AppState::open_at(config, Arc::new(self.clock.clone())).await.unwrap()
    }

    /// Waits until the database has undone what a dead replica had begun: PostgreSQL hears of its end a moment later.
    pub async fn bury(&self, replica: &AppState) {
        replica.service().store().close().await;
        let undone = "SELECT 'x' FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
                      AND state <> 'idle' AND backend_type = 'client backend'";
        while super::on_postgres() && !self.database.texts(undone).await.is_empty() {
            tokio::task::yield_now().await;
        }
    }

    /// Moves the service's clock, and Jira's, which tells when things end.
    pub fn advance(&self, duration: Duration) {
        self.clock.advance(duration);
        self.jira.advance_clock(duration);
    }

    /// The tenant's own secret for GitHub's webhooks.
    pub fn own_secret(&self, tenant: Uuid) -> String {
        self.secret_for("github", tenant)
    }

    /// The secret that is derived for a provider and a tenant.
    pub fn secret_for(&self, provider: &str, tenant: Uuid) -> String {
        let roots = &self.state.service().config().webhook_roots;
        roots.secrets(provider, TenantId(tenant))[0].expose().to_owned()
    }

    /// Starts an authorization for a tenant; the authorize URL.
    pub async fn authorize_url(&self, tenant: Uuid) -> Url {
        let started = self.post("/connect/github").tenant(tenant).send().await.ok(200);
        started["authorize_url"].as_str().unwrap().parse().unwrap()
    }

    /// Starts an authorization that the user approves; the callback's path and query at the service.
    pub async fn approved(&self, tenant: Uuid) -> String {
        let callback = self.github.approve(&self.authorize_url(tenant).await).await.unwrap();
        format!("/connect/github/callback?{}", callback.query().unwrap())
    }

    /// Connects the stand-in's account for a tenant; the connection.
    pub async fn connect(&self, tenant: Uuid) -> Value {
        let path = self.approved(tenant).await;
        self.get(&path).tenant(tenant).send().await.ok(200)["connection"].clone()
    }

    /// Posts a recorded delivery to the tenant's own URL, signed with the tenant's own secret.
    pub async fn deliver(&self, tenant: Uuid, delivery: &RecordedDelivery) -> Answer {
        self.post(&format!("/webhooks/github/{tenant}"))
            .by_a_provider()
            .delivery(delivery, &self.own_secret(tenant), Uuid::new_v4())
            .send()
            .await
    }

    /// Delivers all recorded deliveries to a tenant; how many signals they made.
    pub async fn deliver_all(&self, tenant: Uuid) -> u64 {
        let mut signals = 0;
        for delivery in recorded::github() {
            signals += self.deliver(tenant, &delivery).await.ok(202)["signals"].as_u64().unwrap();
        }
        signals
    }

    /// The access token of a connection, in the clear.
    pub async fn access_token(&self, tenant: Uuid, connection: Uuid) -> String {
        self.grant(tenant, connection).await.access_token.expose().to_owned()
    }

    /// The tokens of a connection, in the clear.
    pub async fn grant(&self, tenant: Uuid, connection: Uuid) -> Grant {
        let service = self.state.service();
        let sealed = service.store().tenant(TenantId(tenant)).sealed_tokens(ConnectionId(connection)).await;
        let sealed = sealed.unwrap().expect("it has tokens");
        let context = [b"tokens\0", &tenant.as_bytes()[..], connection.as_bytes()].concat();
        let json = service.config().vault.open(&sealed, &context).unwrap();
        Grant::from_json(&json).unwrap().0
    }

    /// Whether the stand-in still takes this access token.
    pub async fn github_knows(&self, token: &str) -> bool {
        let url = self.github.base_url().join("api/v3/user").unwrap();
        let request = reqwest::Client::new().get(url).bearer_auth(token).header("user-agent", "tests");
        request.send().await.unwrap().status() == 200
    }

    /// The stand-in's user withdraws the app's grant, which ends all of its tokens.
    pub async fn withdraw_grant(&self) {
        // GitHub has no endpoint for users; an app that deletes the grant has the same effect. The token names the user.
        let token = self.another_access_token().await;
        let url = self.github.base_url().join("api/v3/applications/client-id/grant").unwrap();
        let request = reqwest::Client::new().delete(url).basic_auth("client-id", Some("client-secret"));
        let request = request.header("user-agent", "tests").json(&json!({"access_token": token}));
        assert_eq!(request.send().await.unwrap().status(), 204);
    }

    /// Authorizes the app once more, as the stand-in's user, past the service.
    async fn another_access_token(&self) -> String {
        let mut url = self.github.base_url().join("login/oauth/authorize").unwrap();
        url.query_pairs_mut().append_pair("client_id", "client-id").append_pair("redirect_uri", CALLBACK);
        let callback = self.github.approve(&url).await.unwrap();
        let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let form = [
            ("client_id", "client-id"),
            ("client_secret", "client-secret"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
        ];
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let url = self.github.base_url().join("login/oauth/access_token").unwrap();
        let request = reqwest::Client::new().post(url).header("accept", "application/json");
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        let tokens: Value = request.send().await.unwrap().json().await.unwrap();
        tokens["access_token"].as_str().unwrap_or_else(|| panic!("{tokens}")).to_owned()
    }

    /// Delivers an issue of this number that was opened at this time.
    pub async fn deliver_issue(&self, number: u64, created_at: &str) {
        let body = json!({
            "action": "opened",
            "issue": {"number": number, "title": format!("Issue {number}"), "created_at": created_at},
            "repository": {"id": 1, "full_name": "a/b", "owner": {"id": 7}},
            "sender": {"id": 2, "login": "c"},
        })
        .to_string();
        let receipt = self
            .post("/webhooks/github")
            .header("x-github-event", "issues")
            .tenant(ACME)
            .body(body)
            .send()
            .await
            .ok(202);
        assert_eq!(receipt["status"], "accepted");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl ServiceBuilder {
    /// Sets an environment variable; an empty one counts as not set.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The service does nothing that it is not asked for: what is due waits for [`Service::attend`].
    pub fn idle(mut self) -> Self {
        self.is_idle = true;
        self
    }

    /// Providers know where to reach it, so webhooks are subscribed.
    pub fn reachable(mut self) -> Self {
        self.is_reachable = true;
        self
    }

    pub async fn start(self) -> Service {
        let github = GitHubStandIn::start(OAuthApp::new("client-id", "client-secret", [CALLBACK])).await.unwrap();
        let redirect_url = [CALLBACK.replace("github", "slack")];
        let slack = SlackStandIn::start("client-id", "client-secret", redirect_url).await.unwrap();
        let redirect_urls = ["zoho-cliq", "zoho-mail"].map(|provider| CALLBACK.replace("github", provider));
        let zoho = ZohoStandIn::start("client-id", "client-secret", redirect_urls).await.unwrap();
        let redirect_url = [CALLBACK.replace("github", "jira")];
        let jira = JiraStandIn::start("client-id", CLIENT_SECRET, redirect_url).await.unwrap();
        jira.set_clock("2026-01-02T03:04:05Z".parse().unwrap());
        let products = ["gmail", "google-calendar", "google-drive"];
        let google = products.map(|product| CALLBACK.replace("github", product));
        let google = GoogleStandIn::start("client-id", "client-secret", google).await.unwrap();
        google.set_clock("2026-01-02T03:04:05Z".parse().unwrap());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let database = TestDatabase::create().await;
        let mut variables = vec![
            ("POBLYSH_OPERATOR_TOKENS".to_owned(), format!("{TOKEN},{SECOND_TOKEN}")),
            ("POBLYSH_CRYPTO_KEY".into(), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into()),
            ("POBLYSH_WEBHOOK_ROOT_KEYS".into(), "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=".into()),
            ("POBLYSH_DATABASE_URL".into(), database.url()),
            ("POBLYSH_OAUTH_REDIRECT_URL".into(), CALLBACK.replace("github", "{provider}")),
            ("POBLYSH_GITHUB_CLIENT_ID".into(), "client-id".into()),
            ("POBLYSH_GITHUB_CLIENT_SECRET".into(), "client-secret".into()),
            ("POBLYSH_GITHUB_WEBHOOK_SECRET".into(), APP_SECRET.into()),
            ("POBLYSH_GITHUB_BASE_URL".into(), github.base_url().to_string()),
            ("POBLYSH_SLACK_CLIENT_ID".into(), "client-id".into()),
            ("POBLYSH_SLACK_CLIENT_SECRET".into(), "client-secret".into()),
            ("POBLYSH_SLACK_WEBHOOK_SECRET".into(), SIGNING_SECRET.into()),
            ("POBLYSH_SLACK_BASE_URL".into(), slack.base_url().to_string()),
            ("POBLYSH_ZOHO_CLIQ_CLIENT_ID".into(), "client-id".into()),
            ("POBLYSH_ZOHO_CLIQ_CLIENT_SECRET".into(), "client-secret".into()),
            ("POBLYSH_ZOHO_CLIQ_BASE_URL".into(), zoho.base_url().to_string()),
            ("POBLYSH_ZOHO_MAIL_CLIENT_ID".into(), "client-id".into()),
            ("POBLYSH_ZOHO_MAIL_CLIENT_SECRET".into(), "client-secret".into()),
            ("POBLYSH_ZOHO_MAIL_BASE_URL".into(), zoho.base_url().to_string()),
            ("POBLYSH_JIRA_CLIENT_ID".into(), "client-id".into()),
            ("POBLYSH_JIRA_CLIENT_SECRET".into(), CLIENT_SECRET.into()),
            ("POBLYSH_JIRA_BASE_URL".into(), jira.base_url().to_string()),
            ("POBLYSH_GOOGLE_CLIENT_ID".into(), "client-id".into()),
            ("POBLYSH_GOOGLE_CLIENT_SECRET".into(), "client-secret".into()),
            ("POBLYSH_GOOGLE_BASE_URL".into(), google.base_url().to_string()),
            ("POBLYSH_GMAIL_TOPIC".into(), "projects/poblysh/topics/gmail".into()),
            ("POBLYSH_GMAIL_AUDIENCE".into(), PUSH_AUDIENCE.into()),
            ("POBLYSH_GMAIL_SERVICE_ACCOUNT".into(), PUSH_ACCOUNT.into()),
        ];
        if self.is_reachable {
            variables.push(("POBLYSH_PUBLIC_URL".into(), base.to_string()));
        }
        variables.extend(self.variables);
        let config = Config::from_environment(&mut Environment::new(variables)).unwrap();
        let clock = ManualClock::at(Timestamp::parse("2026-01-02T03:04:05Z").unwrap());
        let state = AppState::open_at(config, Arc::new(clock.clone())).await.unwrap();
        let served = state.clone();
        let server = tokio::spawn(async move {
            if self.is_idle {
                let app = router(served).into_make_service_with_connect_info::<SocketAddr>();
                axum::serve(listener, app).await.unwrap();
            } else {
                serve::serve(listener, served, std::future::pending()).await.unwrap();
            }
        });
        Service { github, slack, jira, google, zoho, clock, state, base, database, server }
    }
}

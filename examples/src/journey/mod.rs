//! The five steps of the integration guide, driven with `connectors-client`.

mod google;
mod ground;
mod narrator;
mod provider;

use std::{collections::BTreeMap, error::Error, time::Duration};

use clap::Parser;
use connectors_client::{CallbackQuery, Connection, Connectors, OperatorToken, Signal, Tenant, TenantId};
use futures_util::{StreamExt, TryStreamExt};
use google::{Product, Ring};
use ground::{Against, Ground, Running};
use narrator::Narrator;
pub use provider::Provider;
use uuid::Uuid;

use crate::{backend::Backend, database::Engine, target::TENANT, wiretap::Wiretap};

type BoxError = Box<dyn Error + Send + Sync>;

/// Walk through "Connect GitHub", or another provider, as the integration guide describes it
///
/// Starts the Connectors Service and stand-ins for the providers, and drives the five steps with connectors-client. What it prints
/// went over the wire; tokens, codes and states are masked.
#[derive(Debug, Parser)]
#[command(name = "journey", version)]
pub struct Options {
    /// What to run against: `service`, `mock`, or the URL of a service that runs already
    #[arg(long, default_value = "service", value_name = "service|mock|URL")]
    against: Against,
    /// What to connect
    #[arg(long, value_enum, default_value_t = Provider::Github)]
    provider: Provider,
    /// What the service keeps its data in
    #[arg(long, value_enum, default_value_t = Engine::Sqlite)]
    database: Engine,
    /// The operator token of the service at the URL
    #[arg(long, env = "CONNECTORS_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// The tenant to act for at the URL
    #[arg(long, env = "CONNECTORS_TENANT", value_name = "UUID")]
    tenant: Option<Uuid>,
    /// Leave the service up afterwards, until Ctrl-C
    #[arg(long)]
    serve: bool,
}

impl Options {
    async fn ground(&self) -> Result<Ground, BoxError> {
        match (&self.against, &self.token, self.tenant) {
            (Against::Started(started), ..) => Ok(Ground::Started(Backend::on(*started, self.database).await?)),
            (Against::Url(url), Some(token), Some(tenant)) => {
                Ok(Ground::Running(Running { url: url.clone(), token: token.clone(), tenant: TenantId::new(tenant)? }))
            }
            (Against::Url(_), ..) => Err("a service that runs already needs --token and --tenant".into()),
        }
    }
}

/// Runs the journey and tells of it. Returns whether every step succeeded.
pub async fn run(options: &Options) -> bool {
    let mut narrator = Narrator::default();
    let walked = async {
        let ground = options.ground().await?;
        walk(&ground, options.provider, &mut narrator).await?;
        match &ground {
            Ground::Started(backend) if options.serve => tokio::select! {
                // First, so that it is heard from when it is announced.
                biased;
                stopped = tokio::signal::ctrl_c() => Ok(stopped?),
                told = stay(&narrator, backend) => told,
            },
            _ => Ok(()),
        }
    };
    match walked.await {
        Ok(()) => true,
        Err(error) => {
            narrator.failed(&*error);
            false
        }
    }
}

/// What is shown of a tenant that has many.
const MOST_SIGNALS: usize = 25;

async fn walk(ground: &Ground, provider: Provider, narrator: &mut Narrator) -> Result<(), BoxError> {
    let wire = Wiretap::start(ground.url()?).await?;
    let token = OperatorToken::new(ground.operator_token());
    let connectors = Connectors::builder(wire.url().as_str()).operator_token(token).build()?;
    let tenant = connectors.tenant(ground.tenant()?);
    narrator.say(format!("The journey of \"Connect {provider}\", against {}.", ground.name()));
    let journey = Journey { ground, provider, wire: &wire, tenant: &tenant };

    let connection = match journey.list_providers(narrator, &connectors).await? {
        Some(provider) => {
            let (state, redirected) = journey.start_oauth(narrator, &provider).await?;
            Some(journey.complete_oauth(narrator, &provider, &redirected, &state).await?)
        }
        None => {
            for step in ["Start OAuth", "Handle the OAuth callback"] {
                narrator.step(step);
                narrator.left_out("this service has no credentials of any provider, so nothing can be connected");
            }
            None
        }
    };
    journey.show_connections(narrator, connection.as_ref()).await?;
    match ground {
        Ground::Started(backend) => journey.deliver(narrator, backend, connection.as_ref()).await?,
        Ground::Running(_) => narrator.say("\n   What the providers have delivered so far is there:"),
    }
    journey.stream_signals(narrator, connection.as_ref()).await?;
    narrator.done(if connection.is_some() {
        "All steps went through"
    } else {
        "The steps that were possible went through"
    });
    Ok(())
}

/// The steps, and what they need.
struct Journey<'a> {
    ground: &'a Ground,
    provider: Provider,
    wire: &'a Wiretap,
    tenant: &'a Tenant,
}

impl Journey<'_> {
    /// Prints what went over the wire since the last time.
    fn tell(&self, narrator: &Narrator, who: &str) {
        self.wire.take().iter().for_each(|exchange| narrator.exchange(who, exchange));
    }

    /// The provider to connect, GitHub if it is available.
    async fn list_providers(
        &self,
        narrator: &mut Narrator,
        connectors: &Connectors,
    ) -> Result<Option<String>, BoxError> {
        narrator.step("List providers");
        narrator.aside("browser → Core", "GET /api/connectors/providers");
        let providers = connectors.providers().await;
        self.tell(narrator, "Core → Connectors");
        let mut available = providers?;
        available.retain(|provider| provider.available);
        available.sort_by_key(|provider| provider.name != self.provider.slug());
        if available.is_empty() {
            narrator.left_out("no integration is available: the service has no credentials of any provider");
            return Ok(None);
        }
        let names: Vec<&str> = available.iter().map(|provider| provider.display_name.as_str()).collect();
        narrator.result(format!("available integrations: {}", names.join(", ")));
        Ok(available.into_iter().next().map(|provider| provider.name))
    }

    async fn start_oauth(&self, narrator: &mut Narrator, provider: &str) -> Result<(String, url::Url), BoxError> {
        narrator.step("Start OAuth");
        narrator.aside("browser → Core", &format!("POST /api/connectors/providers/{provider}/authorize"));
        let started = self.tenant.start_oauth(provider).send().await;
        self.tell(narrator, "Core → Connectors");
        let started = started?;
        narrator.result("Core keeps `state` in the user's session and returns `authorize_url`");
        narrator.aside(&format!("browser → {}", self.provider), "the user reads what is asked for, and approves");
        let redirected = self.ground.approve(&started.authorize_url).await?;
        let redirects = "redirects the browser to Core's callback URL, with `code` and `state`";
        narrator.result(format!("{} {redirects}", self.provider));
        Ok((started.state, redirected))
    }

    async fn complete_oauth(
        &self,
        narrator: &mut Narrator,
        provider: &str,
        redirected: &url::Url,
        state: &str,
    ) -> Result<Connection, BoxError> {
        narrator.step("Handle the OAuth callback");
        narrator.aside("browser → Core", &format!("GET {}?code=…&state=…", redirected.path()));
        let query: CallbackQuery = redirected.query().unwrap_or_default().parse()?;
        let connection = self.tenant.complete_oauth(provider, query, state).await;
        self.tell(narrator, "Core → Connectors");
        let connection = connection?;
        narrator.result(format!("connected as {}", connection.external_account.name));
        Ok(connection)
    }

    async fn show_connections(&self, narrator: &mut Narrator, connection: Option<&Connection>) -> Result<(), BoxError> {
        narrator.step("Show connections");
        narrator.aside("browser → Core", "GET /api/connectors/connections");
        let connections: Result<Vec<Connection>, _> = self.tenant.connections().stream().try_collect().await;
        self.tell(narrator, "Core → Connectors");
        let connections = connections?;
        if connection.is_some_and(|connection| connections.iter().all(|listed| listed.id != connection.id)) {
            return Err("the new connection is not among the tenant's".into());
        }
        if connections.is_empty() {
            narrator.left_out("this tenant has connected nothing");
        }
        for listed in &connections {
            narrator.result(format!("{}: {} ({})", listed.provider, listed.external_account.name, listed.status));
        }
        Ok(())
    }

    /// The provider's part, between the fourth and fifth step: it delivers what happened in the account.
    async fn deliver(
        &self,
        narrator: &Narrator,
        backend: &Backend,
        connection: Option<&Connection>,
    ) -> Result<(), BoxError> {
        let (provider, secret) = (self.provider, self.provider.whose_secret());
        if let Some(product) = provider.product() {
            return self.announce(narrator, backend, product).await;
        }
        narrator.say(format!("\n   Meanwhile {provider} delivers what happens, signed with {secret}:"));
        let who = format!("{provider} → Connectors");
        let client = reqwest::Client::new();
        let deliveries = provider.deliveries(backend, self.tenant.id(), connection.map(|connection| connection.id));
        for (index, delivery) in deliveries.into_iter().enumerate() {
            let url = self.wire.url().join(&delivery.path)?;
            let status = client.post(url).headers(delivery.headers).body(delivery.body).send().await?.status();
            let exchanges = self.wire.take();
            if !status.is_success() {
                exchanges.iter().for_each(|exchange| narrator.exchange(&who, exchange));
                return Err(format!("the delivery {} was answered with {status}", delivery.name).into());
            }
            for exchange in &exchanges {
                match index {
                    0 => narrator.exchange(&who, exchange),
                    _ => narrator.brief(&who, delivery.name, exchange),
                }
            }
        }
        Ok(())
    }

    /// A provider that delivers no more than that something has changed.
    async fn announce(&self, narrator: &Narrator, backend: &Backend, product: Product) -> Result<(), BoxError> {
        let (provider, secret) = (self.provider, self.provider.whose_secret());
        let Backend::Service(service) = backend else {
            narrator.say(format!(
                "\n   Meanwhile things change in {provider}; the mock is told what the service would read."
            ));
            product.play(provider.slug(), backend, self.tenant.id());
            return Ok(());
        };
        narrator
            .say(format!("\n   Meanwhile {provider} announces changes, signed with {secret}; the service reads them:"));
        let google = &service.google;
        product.is_ready(google).await?;
        // The first delivery of a channel says that there is one.
        self.ring(narrator, product.rings(google)).await?;
        let made = product.first(google);
        self.ring(narrator, product.rings(google)).await?;
        product.are_told(self.tenant, made.len()).await?;
        product.then(google, &made);
        self.ring(narrator, product.rings(google)).await?;
        product.are_told(self.tenant, product.kinds().len()).await?;
        // What was asked while waiting is no step of the journey.
        self.wire.take();
        Ok(())
    }

    async fn ring(&self, narrator: &Narrator, rings: Vec<Ring>) -> Result<(), BoxError> {
        let (who, client) = (format!("{} → Connectors", self.provider), reqwest::Client::new());
        self.wire.take();
        for ring in rings {
            let url = self.wire.url().join(ring.path)?;
            let send = || client.post(url.clone()).headers(ring.headers.clone()).body(ring.body.clone()).send();
            let mut status = send().await?.status();
            // The first may come before the service has noted that there is a channel, which it then does in a moment.
            for _ in 0..500 {
                if status != reqwest::StatusCode::UNAUTHORIZED {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
                self.wire.take();
                status = send().await?.status();
            }
            self.wire.take().iter().for_each(|exchange| narrator.exchange(&who, exchange));
            if !status.is_success() {
                return Err(format!("an announcement was answered with {status}").into());
            }
        }
        Ok(())
    }

    async fn stream_signals(&self, narrator: &mut Narrator, connection: Option<&Connection>) -> Result<(), BoxError> {
        narrator.step("Retrieve signals");
        narrator.aside("browser → Core", "GET /api/connectors/signals?limit=5");
        let signals = self.tenant.signals().page_size(5).stream().take(MOST_SIGNALS);
        let signals: Result<Vec<Signal>, _> = signals.try_collect().await;
        self.tell(narrator, "Core → Connectors");
        let signals = signals?;
        if let Ground::Started(backend) = self.ground {
            let recorded = self.provider.deliveries(backend, self.tenant.id(), None).len();
            if let Some(product) = self.provider.product() {
                let (mut kinds, mut expected): (Vec<_>, Vec<_>) =
                    (signals.iter().map(|signal| signal.kind.as_str()).collect(), product.kinds().to_vec());
                kinds.sort_unstable();
                expected.sort_unstable();
                if kinds != expected {
                    return Err(format!("what was done became {kinds:?}").into());
                }
            } else if signals.len() < recorded / 2 {
                return Err(format!("{recorded} deliveries became only {} signals", signals.len()).into());
            }
            if signals.iter().any(|signal| signal.connection_id != connection.map(|connection| connection.id)) {
                return Err("a signal belongs to another connection".into());
            }
        }
        if signals.is_empty() {
            narrator.left_out("this tenant has no signals yet");
            return Ok(());
        }
        narrator.result(format!("{} signals, newest first:", signals.len()));
        let mut kinds = BTreeMap::new();
        for signal in &signals {
            *kinds.entry(signal.kind.to_string()).or_insert(0) += 1;
            let source = signal.source.as_ref().map(|source| source.name.as_str()).unwrap_or_default();
            narrator.timeline(
                &signal.occurred_at.format("%Y-%m-%d %H:%M").to_string(),
                signal.kind.as_str(),
                &signal.title,
                source,
            );
        }
        narrator.result(format!("{} kinds of signal", kinds.len()));
        Ok(())
    }
}

async fn stay(narrator: &Narrator, backend: &Backend) -> Result<(), BoxError> {
    let url = backend.url()?;
    narrator.say(format!("\nLeft up until Ctrl-C: {}", backend.name()));
    if matches!(backend, Backend::Service(_)) {
        narrator.say(format!("   Swagger UI      {}", url.join("docs/")?));
        narrator.say(format!("   Errors          {}", url.join("docs/errors")?));
    }
    narrator.say(format!("   Service         {url}"));
    narrator.say(format!("   Operator token  {}", backend.operator_token()));
    narrator.say(format!("   X-Tenant-Id     {TENANT}"));
    narrator.say(format!(
        "\n   curl -H 'Authorization: Bearer {}' -H 'X-Tenant-Id: {TENANT}' '{}'",
        backend.operator_token(),
        url.join("signals?limit=3")?
    ));
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;
    use crate::{
        backend,
        standin::github::{Endpoint, Failure},
    };

    #[tokio::test]
    async fn goes_through_against_service_and_mock() {
        for against in [backend::Against::Service, backend::Against::Mock] {
            for provider in Provider::value_variants() {
                let mut narrator = Narrator::default();
                let backend = Backend::on(against, Engine::of_tests()).await.unwrap();
                walk(&Ground::Started(backend), *provider, &mut narrator).await.unwrap();
                assert_eq!(narrator.step_number(), 5);
            }
        }
    }

    #[tokio::test]
    async fn ends_at_the_step_that_fails_and_says_why() {
        let backend = Backend::on(backend::Against::Service, Engine::of_tests()).await.unwrap();
        let Backend::Service(service) = &backend else { unreachable!("it was asked for") };
        service.github.fail_next(Endpoint::Token, 100, Failure::Status(503));
        let mut narrator = Narrator::default();
        let error = walk(&Ground::Started(backend), Provider::Github, &mut narrator).await.unwrap_err();
        assert_eq!(narrator.step_number(), 3);
        assert!(error.to_string().contains("PROVIDER_ERROR"), "{error}");
    }
}

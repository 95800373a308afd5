//! The five steps of the integration guide, driven with `connectors-client`.

mod narrator;
mod provider;

use std::{collections::BTreeMap, error::Error};

use clap::Parser;
use connectors_client::{CallbackQuery, Connection, Connectors, OperatorToken, Signal, Tenant, TenantId};
use futures_util::TryStreamExt;
use narrator::Narrator;
pub use provider::Provider;
use uuid::Uuid;

use crate::{
    backend::{Against, Backend},
    database::Engine,
    wiretap::Wiretap,
};

type BoxError = Box<dyn Error + Send + Sync>;

/// Walk through "Connect GitHub", or Slack, as the integration guide describes it
///
/// Starts the Connectors Service and stand-ins for the providers, and drives the five steps with connectors-client. What it prints
/// went over the wire; tokens are masked.
#[derive(Debug, Parser)]
#[command(name = "journey", version)]
pub struct Options {
    /// What to run against
    #[arg(long, value_enum, default_value_t = Against::Service)]
    against: Against,
    /// What to connect
    #[arg(long, value_enum, default_value_t = Provider::Github)]
    provider: Provider,
    /// What the service keeps its data in
    #[arg(long, value_enum, default_value_t = Engine::Sqlite)]
    database: Engine,
    /// Leave the service up afterwards, until Ctrl-C
    #[arg(long)]
    serve: bool,
}

/// Runs the journey and tells of it. Returns whether every step succeeded.
pub async fn run(options: &Options) -> bool {
    let mut narrator = Narrator::default();
    let walked = async {
        let backend = Backend::on(options.against, options.database).await?;
        walk(&backend, options.provider, &mut narrator).await?;
        if options.serve { stay(&narrator, &backend).await } else { Ok(()) }
    };
    match walked.await {
        Ok(()) => true,
        Err(error) => {
            narrator.failed(&*error);
            false
        }
    }
}

/// The tenant of the journey: the Poblysh tenant id itself, the guide's recommended strategy.
const TENANT: Uuid = Uuid::from_u128(0x6f2d_1a3e_8c47_4b7a_9c1d_0e5f_6a7b_8c9d);

async fn walk(backend: &Backend, provider: Provider, narrator: &mut Narrator) -> Result<(), BoxError> {
    let wire = Wiretap::start(backend.url()?).await?;
    let token = OperatorToken::new(backend.operator_token());
    let connectors = Connectors::builder(wire.url().as_str()).operator_token(token).build()?;
    let tenant = connectors.tenant(TenantId::new(TENANT)?);
    narrator.say(format!("The journey of \"Connect {provider}\", against {}.", backend.name()));
    let journey = Journey { backend, provider, wire: &wire, tenant: &tenant };

    journey.list_providers(narrator, &connectors).await?;
    let (state, redirected) = journey.start_oauth(narrator).await?;
    let connection = journey.complete_oauth(narrator, &redirected, &state).await?;
    journey.show_connections(narrator, &connection).await?;
    journey.deliver(narrator).await?;
    journey.stream_signals(narrator, &connection).await?;
    narrator.done("All steps went through");
    Ok(())
}

/// The steps, and what they need.
struct Journey<'a> {
    backend: &'a Backend,
    provider: Provider,
    wire: &'a Wiretap,
    tenant: &'a Tenant,
}

impl Journey<'_> {
    /// Prints what went over the wire since the last time.
    fn tell(&self, narrator: &Narrator, who: &str) {
        self.wire.take().iter().for_each(|exchange| narrator.exchange(who, exchange));
    }

    async fn list_providers(&self, narrator: &mut Narrator, connectors: &Connectors) -> Result<(), BoxError> {
        narrator.step("List providers");
        narrator.aside("browser → Core", "GET /api/connectors/providers");
        let providers = connectors.providers().await;
        self.tell(narrator, "Core → Connectors");
        let available: Vec<String> = providers?
            .into_iter()
            .filter(|provider| provider.available)
            .map(|provider| provider.display_name)
            .collect();
        if available.is_empty() {
            return Err("no provider is available".into());
        }
        narrator.result(format!("available integrations: {}", available.join(", ")));
        Ok(())
    }

    async fn start_oauth(&self, narrator: &mut Narrator) -> Result<(String, url::Url), BoxError> {
        narrator.step("Start OAuth");
        let slug = self.provider.slug();
        narrator.aside("browser → Core", &format!("POST /api/connectors/providers/{slug}/authorize"));
        let started = self.tenant.start_oauth(slug).send().await;
        self.tell(narrator, "Core → Connectors");
        let started = started?;
        narrator.result("Core keeps `state` in the user's session and returns `authorize_url`");
        narrator.aside(&format!("browser → {}", self.provider), "the user reads what is asked for, and approves");
        let redirected = self.backend.approve(&started.authorize_url).await?;
        let redirects = "redirects the browser to Core's callback URL, with `code` and `state`";
        narrator.result(format!("{} {redirects}", self.provider));
        Ok((started.state, redirected))
    }

    async fn complete_oauth(
        &self,
        narrator: &mut Narrator,
        redirected: &url::Url,
        state: &str,
    ) -> Result<Connection, BoxError> {
        narrator.step("Handle the OAuth callback");
        narrator.aside("browser → Core", &format!("GET {}?code=…&state=…", redirected.path()));
        let query: CallbackQuery = redirected.query().unwrap_or_default().parse()?;
        let connection = self.tenant.complete_oauth(self.provider.slug(), query, state).await;
        self.tell(narrator, "Core → Connectors");
        let connection = connection?;
        narrator.result(format!("connected as {}", connection.external_account.name));
        Ok(connection)
    }

    async fn show_connections(&self, narrator: &mut Narrator, connection: &Connection) -> Result<(), BoxError> {
        narrator.step("Show connections");
        narrator.aside("browser → Core", "GET /api/connectors/connections");
        let page = self.tenant.connections().page().await;
        self.tell(narrator, "Core → Connectors");
        let page = page?;
        if page.items.iter().all(|listed| listed.id != connection.id) {
            return Err("the new connection is not among the tenant's".into());
        }
        for listed in &page.items {
            narrator.result(format!("{}: {} ({})", listed.provider, listed.external_account.name, listed.status));
        }
        Ok(())
    }

    /// The provider's part, between the fourth and fifth step: it delivers what happened in the account.
    async fn deliver(&self, narrator: &Narrator) -> Result<(), BoxError> {
        let (provider, secret) = (self.provider, self.provider.whose_secret());
        narrator.say(format!("\n   Meanwhile {provider} delivers what happens, signed with {secret}:"));
        let who = format!("{provider} → Connectors");
        let client = reqwest::Client::new();
        for (index, delivery) in provider.deliveries(self.backend, self.tenant.id()).into_iter().enumerate() {
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

    async fn stream_signals(&self, narrator: &mut Narrator, connection: &Connection) -> Result<(), BoxError> {
        narrator.step("Retrieve signals");
        let slug = self.provider.slug();
        narrator.aside("browser → Core", &format!("GET /api/connectors/signals?provider={slug}&limit=5"));
        let signals = self.tenant.signals().provider(slug).page_size(5).stream();
        let signals: Result<Vec<Signal>, _> = signals.try_collect().await;
        self.tell(narrator, "Core → Connectors");
        let signals = signals?;
        let recorded = self.provider.deliveries(self.backend, self.tenant.id()).len();
        if signals.len() < 8 {
            return Err(format!("{recorded} deliveries became only {} signals", signals.len()).into());
        }
        if signals.iter().any(|signal| signal.connection_id != Some(connection.id)) {
            return Err("a signal belongs to another connection".into());
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
    Ok(tokio::signal::ctrl_c().await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standin::github::{Endpoint, Failure};

    #[tokio::test]
    async fn goes_through_against_service_and_mock() {
        for against in [Against::Service, Against::Mock] {
            for provider in [Provider::Github, Provider::Slack] {
                let mut narrator = Narrator::default();
                walk(&Backend::on(against, Engine::of_tests()).await.unwrap(), provider, &mut narrator).await.unwrap();
                assert_eq!(narrator.step_number(), 5);
            }
        }
    }

    #[tokio::test]
    async fn ends_at_the_step_that_fails_and_says_why() {
        let backend = Backend::on(Against::Service, Engine::of_tests()).await.unwrap();
        let Backend::Service(service) = &backend else { unreachable!("it was asked for") };
        service.github.fail_next(Endpoint::Token, 100, Failure::Status(503));
        let mut narrator = Narrator::default();
        let error = walk(&backend, Provider::Github, &mut narrator).await.unwrap_err();
        assert_eq!(narrator.step_number(), 3);
        assert!(error.to_string().contains("PROVIDER_ERROR"), "{error}");
    }
}

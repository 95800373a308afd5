//! What each operation does, once its caller is known.

mod about;
mod connections;
mod listing;
mod oauth;
mod providers;
mod signals;
mod webhooks;

use url::form_urlencoded;
use uuid::Uuid;

use crate::{
    Operation,
    contract::{TENANT_IN_PATH, uuid},
    http::{Answer, Caller, Incoming, Problem, authenticate, check_body},
    plan::{self, Asked, Met, Reach},
    settings::Settings,
    state::World,
};

/// A request under way.
pub(crate) struct Call<'a> {
    pub(crate) incoming: Incoming<'a>,
    pub(crate) caller: Caller,
    pub(crate) settings: &'a Settings,
    pub(crate) world: &'a mut World,
    /// The mock's own origin: where its authorize URLs lead.
    pub(crate) origin: &'a str,
    /// What the provider does in place of what it is asked.
    pub(crate) provider_failure: Option<Problem>,
}

/// Runs the operation of the request with this id, unless a test has planned something else.
pub(crate) fn answer(incoming: Incoming<'_>, id: &str, settings: &Settings, world: &mut World, origin: &str) -> Met {
    let caller = check_body(&incoming).and_then(|()| authenticate(&incoming, settings, world));
    let caller = match caller {
        Ok(caller) => caller,
        Err(problem) => return Met { result: Some(Err(problem)), ..Met::default() },
    };
    let tenant = caller.tenant.or_else(|| uuid(incoming.path(TENANT_IN_PATH))).or_else(|| of_state(&incoming, world));
    let rules = incoming.rules;
    let asked = Asked { rules, tenant, provider: incoming.path("provider") };
    let run = |world: &mut World, provider_failure| {
        run(Call { incoming: incoming.clone(), caller, settings, world, origin, provider_failure })
    };
    let reach = if plan::depends_on_reach(&world.plans, asked) {
        // How far it gets is known by letting it run, here in a world of its own where the provider fails.
        let mut trial = world.clone();
        trial.is_asked = false;
        let result = run(&mut trial, Some(Problem::new(PROVIDER_ERROR)));
        reach(rules.operation, &result, trial.is_asked)
    } else {
        Reach::Checks
    };
    let mut met = plan::meet(&mut world.plans, asked, reach, id);
    if met.result.is_none() {
        met.result = Some(run(world, met.provider_failure.take()));
    }
    met
}

/// The tenant of the authorization that a callback is of; a browser's names no other.
fn of_state(incoming: &Incoming<'_>, world: &World) -> Option<Uuid> {
    let query = incoming.request.query.as_deref().filter(|_| incoming.rules.operation == Operation::CompleteOAuth)?;
    let (_, state) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "state")?;
    world.states.get(state.as_ref()).map(|row| row.tenant)
}

const PROVIDER_ERROR: &str = "PROVIDER_ERROR";

/// How far a request got that was answered with this, where the provider fails.
fn reach(operation: Operation, result: &Result<Answer, Problem>, asked_the_database: bool) -> Reach {
    // A delivery of which nothing is to be stored is answered without the database.
    let is_delivery = matches!(operation, Operation::IngestWebhook | Operation::IngestSignedWebhook);
    match result.as_ref().map_err(Problem::code) {
        Err(PROVIDER_ERROR) => Reach::Provider,
        _ if asked_the_database => Reach::Service,
        Ok(_) if !is_delivery => Reach::Service,
        _ => Reach::Checks,
    }
}

fn run(call: Call<'_>) -> Result<Answer, Problem> {
    match call.incoming.rules.operation {
        Operation::GetServiceInfo => Ok(call.get_service_info()),
        Operation::GetHealth => Ok(call.get_health()),
        Operation::GetReadiness => Ok(call.get_readiness()),
        Operation::ListProviders => call.list_providers(),
        Operation::StartOAuth => call.start_oauth(),
        Operation::CompleteOAuth => call.complete_oauth(),
        Operation::ListConnections => call.list_connections(),
        Operation::GetConnection => call.get_connection(),
        Operation::DeleteConnection => call.delete_connection(),
        Operation::ListSignals => call.list_signals(),
        Operation::GetSignal => call.get_signal(),
        Operation::IngestWebhook => call.ingest_webhook(),
        Operation::IngestSignedWebhook => call.ingest_signed_webhook(),
    }
}

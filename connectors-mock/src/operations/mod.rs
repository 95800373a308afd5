//! What each operation does, once its caller is known.

mod about;
mod connections;
mod listing;
mod oauth;
mod providers;
mod signals;
mod webhooks;

use crate::{
    Operation,
    contract::{TENANT_IN_PATH, uuid},
    fault::{self, Met},
    http::{Answer, Caller, Incoming, Problem, authenticate, check_body},
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
}

/// Runs the request's operation, unless a test has planned something else.
pub(crate) fn answer(incoming: Incoming<'_>, settings: &Settings, world: &mut World, origin: &str) -> Met {
    let caller = check_body(&incoming).and_then(|()| authenticate(&incoming, settings, world));
    let caller = match caller {
        Ok(caller) => caller,
        Err(problem) => return Met { result: Some(Err(problem)), ..Met::default() },
    };
    let tenant = caller.tenant.or_else(|| uuid(incoming.path(TENANT_IN_PATH)));
    let rules = incoming.rules;
    // What the checks say is only known by running them, here in a world of their own.
    let is_refused = fault::waits_behind_checks(&world.plans, rules, tenant)
        && run(incoming.clone(), caller, settings, &mut world.clone(), origin)
            .is_err_and(|problem| is_of_checks(&problem));
    let mut met = fault::meet(&mut world.plans, rules, tenant, is_refused);
    if met.result.is_none() {
        met.result = Some(run(incoming, caller, settings, world, origin));
    }
    met
}

/// Whether the service says so before it asks its database or a provider.
fn is_of_checks(problem: &Problem) -> bool {
    matches!(
        problem.code(),
        "VALIDATION_FAILED" | "PROVIDER_NOT_SUPPORTED" | "PROVIDER_NOT_CONFIGURED" | "INVALID_SIGNATURE"
    )
}

fn run(
    incoming: Incoming<'_>,
    caller: Caller,
    settings: &Settings,
    world: &mut World,
    origin: &str,
) -> Result<Answer, Problem> {
    let operation = incoming.rules.operation;
    let call = Call { incoming, caller, settings, world, origin };
    match operation {
        Operation::GetServiceInfo => Ok(call.get_service_info()),
        Operation::GetHealth => Ok(call.get_health()),
        Operation::GetReadiness => Ok(call.get_readiness()),
        Operation::ListProviders => call.list_providers(),
        Operation::StartOauth => call.start_oauth(),
        Operation::CompleteOauth => call.complete_oauth(),
        Operation::ListConnections => call.list_connections(),
        Operation::GetConnection => call.get_connection(),
        Operation::DeleteConnection => call.delete_connection(),
        Operation::ListSignals => call.list_signals(),
        Operation::GetSignal => call.get_signal(),
        Operation::IngestWebhook => call.ingest_webhook(),
        Operation::IngestSignedWebhook => call.ingest_signed_webhook(),
    }
}

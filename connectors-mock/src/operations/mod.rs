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
    let mut met = fault::meet(&mut world.plans, incoming.rules, caller.tenant);
    if met.result.is_none() {
        met.result = Some(run(incoming, caller, settings, world, origin));
    }
    met
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

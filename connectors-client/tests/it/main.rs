//! The client against `connectors-mock`, and against peers that no service is.

mod answers;
mod calls;
mod canary;
mod cancellation;
mod certificates;
mod deadline;
mod journey;
mod lists;
mod peer;
mod proxy;
mod repeats;
mod spans;
mod tokens;
mod weight;

//! What a test wants to happen to requests to come, and how they meet it.

use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use crate::{
    Operation,
    contract::{CONTRACT, OperationRules},
    gate::Loss,
    http::{Answer, Problem},
};

/// A plan for requests to come.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) operation: Operation,
    pub(crate) tenant: Option<Uuid>,
    /// How many requests it is for yet; `None`: all.
    pub(crate) left: Option<usize>,
    pub(crate) what: What,
}

/// What is to happen.
#[derive(Debug, Clone)]
pub(crate) enum What {
    Problem(Problem),
    Lose(Loss),
    Reply { status: u16, body: Value, checked: bool },
    Slow(Duration),
}

/// The answer that a test words itself.
fn unchecked_reply(status: u16, body: &Value) -> Answer {
    if body.is_null() { Answer::empty(status) } else { Answer::json(status, body) }
}

/// The same as the service would send it to the request with this id: with the headers that go with it, and a problem under
/// that id.
pub(crate) fn checked_reply(rules: &OperationRules, status: u16, body: &Value, id: &str) -> Answer {
    let mut body = body.clone();
    let mut answer = match &mut body {
        Value::Object(problem) if status >= 400 => {
            problem.insert("trace_id".into(), id.into());
            Answer::new(status, Some("application/problem+json"), body.to_string())
        }
        body => unchecked_reply(status, body),
    };
    answer.headers = CONTRACT.headers_with(rules, status, &body);
    answer.with_header("x-request-id", id)
}

/// What a request meets.
#[derive(Debug, Default)]
pub(crate) struct Met {
    pub(crate) delay: Option<Duration>,
    pub(crate) result: Option<Result<Answer, Problem>>,
    /// What the provider does when it is asked.
    pub(crate) provider_failure: Option<Problem>,
    /// What befalls the answer on the wire.
    pub(crate) loss: Option<Loss>,
    /// Whether the answer may be one that the contract does not know.
    pub(crate) unchecked: bool,
}

/// How far a request gets at the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// The service's checks refuse it.
    Checks,
    /// It is let in.
    Service,
    /// The provider is asked.
    Provider,
}

impl Plan {
    fn fits(&self, rules: &OperationRules, tenant: Option<Uuid>) -> bool {
        self.operation == rules.operation && self.tenant.is_none_or(|only| Some(only) == tenant)
    }

    /// How far a request must get to meet it.
    fn reach(&self) -> Reach {
        match &self.what {
            What::Problem(problem) => match problem.code() {
                "RATE_LIMITED" => Reach::Checks,
                "PROVIDER_ERROR" | "PROVIDER_TIMEOUT" => Reach::Provider,
                _ => Reach::Service,
            },
            What::Lose(_) | What::Reply { .. } | What::Slow(_) => Reach::Checks,
        }
    }
}

/// Whether it matters how far a request gets.
pub(crate) fn depends_on_reach(plans: &[Plan], rules: &OperationRules, tenant: Option<Uuid>) -> bool {
    plans.iter().any(|plan| plan.fits(rules, tenant) && plan.reach() != Reach::Checks)
}

/// Uses the plans up that the request with this id meets, which gets this far.
pub(crate) fn meet(plans: &mut Vec<Plan>, rules: &OperationRules, tenant: Option<Uuid>, reach: Reach, id: &str) -> Met {
    let mut met = Met::default();
    for plan in plans.iter_mut() {
        if !plan.fits(rules, tenant) || plan.left == Some(0) || plan.reach() > reach {
            continue;
        }
        match &plan.what {
            What::Slow(delay) => met.delay = Some(met.delay.unwrap_or_default() + *delay),
            _ if met.result.is_some() || met.loss.is_some() || met.provider_failure.is_some() => continue,
            What::Lose(loss) => met.loss = Some(*loss),
            What::Problem(problem) if plan.reach() == Reach::Provider => met.provider_failure = Some(problem.clone()),
            What::Problem(problem) => met.result = Some(Err(problem.clone())),
            What::Reply { status, body, checked } => {
                let checked = *checked;
                let reply =
                    if checked { checked_reply(rules, *status, body, id) } else { unchecked_reply(*status, body) };
                met.result = Some(Ok(reply));
                met.unchecked = !checked;
            }
        }
        plan.left = plan.left.map(|left| left - 1);
    }
    plans.retain(|plan| plan.left != Some(0));
    met
}

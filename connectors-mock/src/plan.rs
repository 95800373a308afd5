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
    pub(crate) tenant: Option<PlannedTenant>,
    /// How many requests it is for yet; `None`: all.
    pub(crate) left: Option<usize>,
    pub(crate) what: What,
}

/// The tenant whose requests a plan is for.
#[derive(Debug, Clone)]
pub(crate) struct PlannedTenant {
    pub(crate) id: Uuid,
    /// Its name and its id.
    pub(crate) told: String,
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
    /// It is let in, and the database is asked where there is need for it.
    Service,
    /// It is about to complete an authorization that waits for that.
    Completion,
    /// The provider is asked.
    Provider,
}

/// What a request asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) rules: &'a OperationRules,
    pub(crate) tenant: Option<Uuid>,
    /// The provider that its path names; else nothing.
    pub(crate) provider: &'a str,
}

impl Plan {
    fn fits(&self, asked: Asked<'_>) -> bool {
        self.operation == asked.rules.operation
            && self.tenant.as_ref().is_none_or(|only| Some(only.id) == asked.tenant)
            && self.provider().is_none_or(|only| only == asked.provider)
    }

    /// The provider that fails.
    fn provider(&self) -> Option<&str> {
        match &self.what {
            What::Problem(problem) if self.reach() == Reach::Provider => problem.provider(),
            _ => None,
        }
    }

    /// What still waits for its requests, unless it is for all.
    pub(crate) fn unmet(&self) -> Option<String> {
        let left = self.left.filter(|left| *left > 0)?;
        let what = match &self.what {
            What::Problem(problem) => problem.code().to_owned(),
            What::Lose(loss) => format!("the loss `{}`", loss.as_str()),
            What::Reply { status, .. } => format!("a reply with {status}"),
            What::Slow(_) => return None,
        };
        let requests = if left == 1 { "request" } else { "requests" };
        let of = self.tenant.as_ref().map(|tenant| format!(" of the tenant {}", tenant.told)).unwrap_or_default();
        Some(format!("{what} waits for {left} {requests} to {}{of}", self.operation))
    }

    /// How far a request must get to meet it.
    fn reach(&self) -> Reach {
        match &self.what {
            What::Problem(problem) => match problem.code() {
                "RATE_LIMITED" => Reach::Checks,
                "PROVIDER_ERROR" | "PROVIDER_TIMEOUT" => Reach::Provider,
                "OAUTH_IN_PROGRESS" => Reach::Completion,
                _ => Reach::Service,
            },
            What::Lose(_) | What::Reply { .. } | What::Slow(_) => Reach::Checks,
        }
    }
}

/// Whether it matters how far a request gets.
pub(crate) fn depends_on_reach(plans: &[Plan], asked: Asked<'_>) -> bool {
    plans.iter().any(|plan| plan.fits(asked) && plan.reach() != Reach::Checks)
}

/// Uses the plans up that the request with this id meets, which gets this far.
pub(crate) fn meet(plans: &mut Vec<Plan>, asked: Asked<'_>, reach: Reach, id: &str) -> Met {
    let mut met = Met::default();
    // What fails before the provider is asked leaves nothing to ask it.
    let (last, first): (Vec<_>, Vec<_>) = plans.iter_mut().partition(|plan| plan.reach() == Reach::Provider);
    for plan in first.into_iter().chain(last) {
        if !plan.fits(asked) || plan.left == Some(0) || plan.reach() > reach {
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
                let reply = if checked {
                    checked_reply(asked.rules, *status, body, id)
                } else {
                    unchecked_reply(*status, body)
                };
                met.result = Some(Ok(reply));
                met.unchecked = !checked;
            }
        }
        plan.left = plan.left.map(|left| left - 1);
    }
    plans.retain(|plan| plan.left != Some(0));
    met
}

//! Answers every request that no mock of the test's own has answered.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use hyper::Method;

use crate::{
    Operation,
    contract::{CONTRACT, DOCUMENT, OperationRules, Route},
    docs,
    gate::{Loss, Lost, Sent},
    http::{Answer, Incoming, Problem, Request, body_limit, request_id},
    operations,
    provider::provider_at,
    shared::Shared,
    violation::{self, Violation},
};

/// An answer that is still to be held against the contract.
#[derive(Debug)]
pub(crate) struct Unjudged {
    request: Arc<Request>,
    /// Those of the operation that the request meets.
    rules: Option<&'static OperationRules>,
    answer: Answer,
}

/// What a request meets.
#[derive(Debug)]
struct Outcome {
    answer: Answer,
    /// How long the answer is to be held back.
    delay: Option<Duration>,
    /// What befalls it on the wire.
    loss: Option<Loss>,
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        Self { answer, delay: None, loss: None }
    }
}

/// Where a browser looks by itself when its developer tools are open on the consent page.
const OF_THE_BROWSER: &str = "/.well-known/appspecific/";

/// How many bytes of the body of such a request are taken, if it is read.
pub(crate) fn limit_of(method: &Method, path: &str) -> Option<usize> {
    match CONTRACT.route(method, path) {
        Route::Operation(rules, _) => body_limit(rules),
        Route::Unknown => provider_at(path).map(|_| usize::MAX),
        Route::OtherMethods(..) => None,
    }
}

impl Shared {
    /// The answer to the request that is the record's with this index, and how long it is to be held back.
    pub(crate) fn answer(&self, request: &Arc<Request>, recorded: usize) -> (Sent, Option<Duration>) {
        let answered = catch_unwind(AssertUnwindSafe(|| self.sent(self.outcome(request), request, recorded)));
        answered.unwrap_or_else(|panic| self.sent(self.failed(request, &*panic).into(), request, recorded))
    }

    fn sent(&self, outcome: Outcome, request: &Request, recorded: usize) -> (Sent, Option<Duration>) {
        let Outcome { mut answer, delay, loss } = outcome;
        if request.body.is_left {
            answer = answer.with_header("connection", "close");
        }
        self.requests()[recorded].answered(answer.status, answer.header("retry-after"));
        let sent = match loss {
            Some(loss) => Err(Lost::new(loss, &answer, &request.method)),
            None => Ok(answer.into()),
        };
        (sent, delay)
    }

    fn outcome(&self, request: &Arc<Request>) -> Outcome {
        let path = request.path.as_str();
        if let Some(provider) = provider_at(path) {
            return self.consent(provider, request).into();
        }
        let mut world = self.world();
        let (mut delay, mut loss, mut unchecked) = (None, None, false);
        let id = request_id(&request.headers).unwrap_or_else(|| world.made.request_id());
        let (rules, keep, result) = match CONTRACT.route(&request.method, path) {
            Route::Operation(rules, path) => {
                let incoming = Incoming::new(request, rules, path);
                let met = operations::answer(incoming, &id, &self.settings, &mut world, &self.origin);
                (delay, loss, unchecked) = (met.delay, met.loss, met.unchecked);
                let result = met.result.expect("a request is answered");
                (Some(rules), rules.operation.is_public(), result)
            }
            Route::Unknown if path == "/openapi.json" => {
                return shown(request, &id, || Answer::new(200, Some("application/json"), DOCUMENT)).into();
            }
            Route::Unknown if docs::has(path) => return shown(request, &id, docs::page).into(),
            // The mock has none of the files of the service's documentation. Of one that is not there the service says no more.
            Route::Unknown if path.starts_with("/docs/") => {
                let file = || {
                    self.unknown_route(request);
                    Problem::new("NOT_FOUND").render(&id)
                };
                return shown(request, &id, file).into();
            }
            Route::Unknown => (None, true, Err(self.unknown_route(request))),
            Route::OtherMethods(rules, allow) => {
                let is_callback = rules.operation == Operation::CompleteOAuth;
                (None, !is_callback, Err(self.other_methods(request, rules.operation, allow)))
            }
        };
        let mut answer = result.unwrap_or_else(|problem| problem.render(&id));
        if answer.header("x-request-id").is_none() {
            answer = answer.with_header("x-request-id", id);
        }
        if !keep {
            answer = answer.with_header("cache-control", "no-store");
        }
        if !unchecked {
            self.unjudged().push(Unjudged { request: Arc::clone(request), rules, answer: answer.clone() });
        }
        Outcome { answer, delay, loss }
    }

    /// Holds the answers that were given against the contract, and records what it does not allow.
    ///
    /// No caller waits for it: the gate does it once an answer is on its way, and who asks for the violations before that.
    pub(crate) fn judge(&self) {
        // Kept until all are judged, so that nobody who asks meanwhile misses one.
        let mut unjudged = self.unjudged();
        for Unjudged { request, rules, answer } in unjudged.drain(..) {
            let verdict = catch_unwind(AssertUnwindSafe(|| CONTRACT.judge(rules, &answer)));
            let verdict = verdict.unwrap_or_else(|panic| Err(violation::text_of(&*panic).to_owned()));
            if let Err(problem) = verdict {
                self.violates(Violation {
                    operation: rules.map(|rules| rules.operation),
                    request: told(&request),
                    expected: "an answer that openapi.json allows; this is a mistake of connectors-mock".into(),
                    came: problem,
                });
            }
        }
    }

    fn unknown_route(&self, request: &Request) -> Problem {
        let message = "The service has no such route; see `GET /openapi.json`";
        let problem = Problem::new("NOT_FOUND");
        if self.settings.tolerates_unknown_requests || request.path.starts_with(OF_THE_BROWSER) {
            return problem.message(message);
        }
        let near = CONTRACT.near(&request.method, &request.path);
        let hint = near.map(|near| format!("; did you mean `{} {}`?", near.method, near.path)).unwrap_or_default();
        self.violates(Violation {
            operation: near.map(|near| near.operation),
            request: told(request),
            expected: format!("a route of the service{hint}"),
            came: "a path that it does not have".into(),
        });
        problem.message(format!("{message}{hint}"))
    }

    fn other_methods(&self, request: &Request, operation: Operation, allow: String) -> Problem {
        let method = &request.method;
        if !self.settings.tolerates_unknown_requests {
            self.violates(Violation {
                operation: Some(operation),
                request: told(request),
                expected: format!("one of the methods {allow}"),
                came: method.to_string(),
            });
        }
        let problem = Problem::new("METHOD_NOT_ALLOWED").header("allow", allow);
        problem.message(format!("The route does not have the method {method}"))
    }

    /// The answer where the mock itself has failed.
    fn failed(&self, request: &Request, panic: &(dyn Any + Send)) -> Answer {
        let text = violation::text_of(panic);
        self.violates(Violation {
            operation: None,
            request: told(request),
            expected: "an answer; this is a mistake of connectors-mock".into(),
            came: text.to_owned(),
        });
        let id = self.world().made.request_id();
        Problem::new("INTERNAL_ERROR").message(text).render(&id).with_header("x-request-id", id)
    }
}

/// The answer to a request for a page that is no operation's.
fn shown(request: &Request, id: &str, page: impl FnOnce() -> Answer) -> Answer {
    let answer = if matches!(request.method, Method::GET | Method::HEAD) {
        page()
    } else {
        Problem::new("METHOD_NOT_ALLOWED")
            .message(format!("The route does not have the method {}", request.method))
            .header("allow", "GET,HEAD")
            .render(id)
    };
    answer.with_header("x-request-id", id)
}

fn told(request: &Request) -> String {
    format!("{} {}", request.method, request.target())
}

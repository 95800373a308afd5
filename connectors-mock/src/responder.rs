//! Answers every request that no mock of the test's own has answered.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use wiremock::{Match, Mock, MockServer, Request, Respond, ResponseTemplate, http::Method};

use crate::{
    Operation,
    contract::{CONTRACT, DOCUMENT, OperationRules, Route},
    docs,
    gate::MARK,
    http::{Answer, Incoming, Problem, path_of, request_id},
    operations,
    provider::provider_at,
    shared::Shared,
    suggest::nearest,
    violation::{self, Violation},
};

/// The catch-all: the service, mounted as a mock.
///
/// `wiremock` finds a scoped mock again by its place in a list that it sorts by priority, so that nothing may stand in that list
/// which is to come after a mock that a test mounts later. So the service has the priority of any mock, and once a test has the
/// server, it is mounted anew before each request, behind what the test has mounted by then. Only the newest answers.
pub(crate) struct Responder(Arc<Shared>);

/// The numbers of [`Responder`]s: how many were made, and which is the newest one that is mounted.
#[derive(Debug, Default)]
pub(crate) struct Responders {
    made: AtomicUsize,
    newest: AtomicUsize,
}

/// Matches while no newer responder is mounted.
struct IsNewest {
    shared: Arc<Shared>,
    number: usize,
}

impl Responder {
    /// Mounts one behind all mocks of the usual priority.
    pub(crate) async fn mount(shared: &Arc<Shared>, server: &MockServer) {
        let responders = &shared.responders;
        let number = responders.made.fetch_add(1, Ordering::Relaxed);
        let is_newest = IsNewest { shared: Arc::clone(shared), number };
        Mock::given(is_newest).respond_with(Self(Arc::clone(shared))).mount(server).await;
        responders.newest.fetch_max(number, Ordering::Relaxed);
    }
}

impl Match for IsNewest {
    fn matches(&self, _request: &Request) -> bool {
        self.number >= self.shared.responders.newest.load(Ordering::Relaxed)
    }
}

impl Respond for Responder {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let answered = catch_unwind(AssertUnwindSafe(|| {
            let (answer, delay) = self.0.answer(request);
            let template = ResponseTemplate::from(answer.clone());
            (answer, delay.into_iter().fold(template, ResponseTemplate::set_delay))
        }));
        let (answer, template) = answered.unwrap_or_else(|panic| {
            let answer = self.0.failed(request, &*panic);
            (answer.clone(), answer.into())
        });
        let recorded = self.0.is_recording.load(Ordering::Relaxed);
        if let Some(request) = self.0.requests().last_mut().filter(|_| recorded) {
            request.answered(answer.status, answer.header("retry-after"));
        }
        template
    }
}

impl Shared {
    /// The answer, and how long it is to be held back.
    fn answer(&self, request: &Request) -> (Answer, Option<Duration>) {
        let path = path_of(request);
        if let Some(provider) = provider_at(path) {
            return (self.consent(provider, request), None);
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
                return (shown(request, &id, || Answer::new(200, Some("application/json"), DOCUMENT)), None);
            }
            Route::Unknown if docs::has(path) => return (shown(request, &id, docs::page), None),
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
            self.judge(request, rules, &answer);
        }
        if let Some(loss) = loss {
            if request.method == Method::HEAD {
                // The gate would wait for the body that the head announces.
                answer.body.clear();
            }
            answer = answer.with_header(MARK, loss.as_str());
        }
        (answer, delay)
    }

    /// Records what the contract does not allow about an answer of the mock's own.
    fn judge(&self, request: &Request, rules: Option<&OperationRules>, answer: &Answer) {
        if let Err(problem) = CONTRACT.judge(rules, answer) {
            self.violations().push(Violation {
                operation: rules.map(|rules| rules.operation),
                request: told(request),
                expected: "an answer that openapi.json allows; this is a mistake of connectors-mock".into(),
                came: problem,
            });
        }
    }

    fn unknown_route(&self, request: &Request) -> Problem {
        let message = "The service has no such route; see `GET /openapi.json`";
        let problem = Problem::new("NOT_FOUND");
        if self.settings.tolerates_unknown_requests {
            return problem.message(message);
        }
        let wanted = format!("{} {}", request.method, path_of(request));
        let routes: Vec<_> = CONTRACT.routes().collect();
        let near = nearest(&wanted, routes.iter().map(|(route, _)| route.as_str())).map(str::to_owned);
        let hint = near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        self.violations().push(Violation {
            operation: near.and_then(|near| Some(routes.iter().find(|(route, _)| *route == near)?.1)),
            request: told(request),
            expected: format!("a route of the service{hint}"),
            came: "a path that it does not have".into(),
        });
        problem.message(format!("{message}{hint}"))
    }

    fn other_methods(&self, request: &Request, operation: Operation, allow: String) -> Problem {
        let method = &request.method;
        if !self.settings.tolerates_unknown_requests {
            self.violations().push(Violation {
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
        self.violations().push(Violation {
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
    let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{} {}{query}", request.method, path_of(request))
}

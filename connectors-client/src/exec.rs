//! A call: its attempts, up to an answer that can be handed on.
//!
//! The generated methods make a request and read an answer; what is between is here. An answer reaches them only as a success
//! with its whole body. Whatever else happens travels past them as a [`Failure`], because the hook's own error type is
//! `reqwest::Error`, which nobody can make.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderName, header};
use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};
use reqwest::{Request, Response, ResponseBuilderExt};
use tracing::Instrument;

use crate::{
    Error, OperatorToken, TraceHeaders,
    answer::{Answer, Broken},
    clock::within,
    error::ErrorKind,
    generated::Client,
    retry::Repeat,
    scope::{Answered, Scope},
    span,
};

/// An error on its way past the generated code, as an extension of a response.
#[derive(Clone)]
pub(crate) struct Failure(pub(crate) Error);

// Made once: a name as text is looked over each time.
static API_VERSION: HeaderName = HeaderName::from_static("api-version");
static TENANT_ID: HeaderName = HeaderName::from_static("x-tenant-id");

/// Why a request is not made again, for people.
const SPENT: &str = "the budget of repetitions is spent";
const SPENT_ON_TOKENS: &str = "there is a newer token, but the budget of repetitions is spent";

/// A status that no operation declares, so that the generated code hands the response on unread.
const UNDECLARED: u16 = 599;

impl ClientHooks<Scope> for Client {
    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        debug_assert_eq!(self.inner.operation, info.operation_id);
        // Without one reqwest parses a URL of its own for each response.
        let response = http::Response::builder().url(request.url().clone());
        let response = match call(self.client(), &self.inner, request).instrument(self.inner.span.clone()).await {
            Ok(answer) => response.status(answer.status).body(answer.body),
            Err(error) => response.status(UNDECLARED).extension(Failure(error)).body(Bytes::new()),
        };
        // Both statuses are statuses, which is all that could be refused.
        let response = response.unwrap_or_default();
        Ok(response.into())
    }
}

async fn call(http: &reqwest::Client, scope: &Scope, mut request: Request) -> Result<Answer, Error> {
    complete(&mut request, scope);
    let service = &*scope.service;
    let operation = scope.operation;
    let mut call = Call { scope, begun: service.clock.now(), attempts: 0, token: None, is_renewed: false };
    // What the attempt before came to.
    let mut last = None;
    service.budget.pay_in();
    loop {
        call.authorize(&mut request).await?;
        if call.left().is_zero() {
            let text = || format!("no request was made within {:?}", service.limits.call);
            return Err(last.unwrap_or_else(|| Error::local(ErrorKind::Deadline, operation, text())));
        }
        let next = request.try_clone();
        call.attempts += 1;
        let outcome = call.attempt(http, request).await;
        let token_refused = matches!(&outcome, Ok(answer) if answer.status == http::StatusCode::UNAUTHORIZED);
        let wait = call.wait(&outcome);
        let error = match outcome {
            Ok(answer) if answer.is_success() => return call.success(answer),
            Ok(answer) => answer.error(operation, call.token.as_ref()),
            Err(broken) => broken.error(operation),
        };
        let error = error.after(call.attempts);
        let Some(again) = next else { return Err(error) };
        request = again;
        if token_refused {
            if call.is_renewed {
                service.renewals.forget();
            }
            match call.renew(&mut request).await {
                Ok(true) if call.token.as_ref().is_some_and(|newer| service.renewals.allow(newer, &service.budget)) => {
                    last = Some(error);
                    continue;
                }
                // The source has been told, so the next call begins with the newer token.
                Ok(true) => {
                    tracing::debug!(target: "connectors_client", %error, "not tried again: {SPENT_ON_TOKENS}");
                    return Err(error.given_up(SPENT_ON_TOKENS).mended());
                }
                Ok(false) => {}
                // The 401 says more about the call than that there is nothing better to send.
                Err(no_token) => return Err(error.because(no_token)),
            }
        }
        let Some(wait) = wait else { return Err(error) };
        if wait.time >= call.left() {
            return Err(error);
        }
        if !wait.asked_for {
            if !service.retry.allows(call.attempts) {
                return Err(error);
            }
            if !service.budget.take() {
                tracing::debug!(target: "connectors_client", %error, "not tried again: {SPENT}");
                return Err(error.given_up(SPENT));
            }
        }
        let wait = wait.time;
        tracing::debug!(target: "connectors_client", %error, ?wait, "trying again");
        service.clock.sleep(wait).await;
        last = Some(error);
    }
}

/// What the document does not list, and what the generator adds unasked.
fn complete(request: &mut Request, scope: &Scope) {
    let headers = request.headers_mut();
    headers.remove(&API_VERSION);
    for (name, value) in &scope.extra.headers {
        headers.insert(name, value.clone());
    }
    if let Some(tenant) = &scope.tenant {
        headers.insert(&TENANT_ID, tenant.clone());
    }
    if !scope.extra.query.is_empty() {
        request.url_mut().query_pairs_mut().extend_pairs(&scope.extra.query);
    }
}

/// A pause before the request is made again.
struct Wait {
    time: Duration,
    /// Whether it goes on until the deadline, and takes nothing from the number of attempts and the budget.
    asked_for: bool,
}

struct Call<'a> {
    scope: &'a Scope,
    begun: Instant,
    attempts: u32,
    /// What goes with the request, if it is a tenant's.
    token: Option<OperatorToken>,
    /// Whether the source was asked for a newer one: once in a call.
    is_renewed: bool,
}

impl Call<'_> {
    /// What is left of the time for the whole call, now.
    fn left(&self) -> Duration {
        let service = &self.scope.service;
        service.limits.call.saturating_sub(service.clock.now().saturating_duration_since(self.begun))
    }

    async fn authorize(&mut self, request: &mut Request) -> Result<(), Error> {
        if self.scope.tenant.is_none() || self.token.is_some() {
            return Ok(());
        }
        let token = self.token(None).await?;
        self.put(request, &token)?;
        self.token = Some(token);
        Ok(())
    }

    /// Asks for a newer token, once in a call. Whether there is one.
    async fn renew(&mut self, request: &mut Request) -> Result<bool, Error> {
        let Some(old) = self.token.clone().filter(|_| !self.is_renewed) else { return Ok(false) };
        self.is_renewed = true;
        let new = self.token(Some(&old)).await?;
        let is_newer = new != old;
        self.put(request, &new)?;
        self.token = Some(new);
        Ok(is_newer)
    }

    async fn token(&self, refused: Option<&OperatorToken>) -> Result<OperatorToken, Error> {
        let service = &self.scope.service;
        match within(&*service.clock, self.left(), service.tokens.token(refused)).await {
            Some(Ok(token)) => Ok(token),
            Some(Err(error)) => Err(self.no_token("the token source gave no token").because(error)),
            None => Err(self.no_token("the token source gave no token in time")),
        }
    }

    fn put(&self, request: &mut Request, token: &OperatorToken) -> Result<(), Error> {
        let header =
            token.header().ok_or_else(|| self.no_token("the operator token is empty, or no header can hold it"))?;
        request.headers_mut().insert(header::AUTHORIZATION, header);
        Ok(())
    }

    fn no_token(&self, text: &str) -> Error {
        Error::local(ErrorKind::TokenSource, self.scope.operation, text).after(self.attempts)
    }

    async fn attempt(&self, http: &reqwest::Client, mut request: Request) -> Result<Answer, Broken> {
        let service = &*self.scope.service;
        let limit = self.left().min(service.limits.attempt(self.scope.operation));
        let span = span::attempt(&request, self.attempts - 1);
        if let Some(hook) = &service.trace {
            span.in_scope(|| hook(&mut TraceHeaders::of(request.headers_mut())));
        }
        let work =
            async { Answer::read(http.execute(request).await.map_err(Broken::sending)?, service.limits.body).await };
        let outcome = within(&*service.clock, limit, work).instrument(span.clone()).await;
        let outcome = outcome.unwrap_or(Err(Broken::TooLate(limit)));
        span::ended(&span, &outcome);
        outcome
    }

    /// How long to wait before the request is made again; `None` if it should not be.
    fn wait(&self, outcome: &Result<Answer, Broken>) -> Option<Wait> {
        let repeat = Repeat::of(self.scope.operation);
        let safe = repeat == Repeat::Safe;
        let (again, asked) = match outcome {
            Ok(answer) => {
                let asked = answer.retry_after();
                let passing = match answer.status.as_u16() {
                    429 => repeat != Repeat::Probe,
                    408 | 502..=504 => safe,
                    409 => safe && asked.is_some(),
                    _ => false,
                };
                (passing, asked)
            }
            Err(Broken::NotSent(_)) => (true, None),
            Err(Broken::Interrupted(..) | Broken::TooLate(_)) => (safe, None),
            Err(Broken::TooLong(..)) => (false, None),
        };
        let retry = &self.scope.service.retry;
        // The service asks for the same request once more, by a 409 that says when: it has not failed.
        let conflicts = matches!(outcome, Ok(answer) if answer.status == http::StatusCode::CONFLICT);
        again.then(|| Wait {
            time: retry.wait(self.attempts).max(asked.unwrap_or_default()),
            asked_for: conflicts && !retry.is_none(),
        })
    }

    fn success(&self, answer: Answer) -> Result<Answer, Error> {
        let Answer { status, .. } = answer;
        let answered =
            Answered { attempts: self.attempts, status: status.as_u16(), request_id: answer.request_id().cloned() };
        // The call has one success; the cell is fresh.
        let _ = self.scope.answer.set(answered);
        Ok(answer)
    }
}

//! What the mock costs: `cargo bench -p connectors-mock`, and for an unoptimized build `cargo bench -p connectors-mock --profile dev`.
//!
//! All of it is measured in one run, each figure the median of its rounds, and what is compared is measured in turns.

use std::{
    future::Future,
    net::TcpListener,
    time::{Duration, Instant},
};

use connectors_client::{AuthorizeUrl, Connectors, OperatorToken, TenantId};
use connectors_mock::{
    ConnectorsMock,
    wiremock::{Mock, MockServer, ResponseTemplate, matchers::path},
};
use reqwest::{Client, RequestBuilder, Url};

const ROUNDS: usize = 400;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

async fn time<T>(what: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    let value = what.await;
    (value, begun.elapsed())
}

async fn send(request: &RequestBuilder) -> Duration {
    let request = request.try_clone().unwrap();
    let answered = async { request.send().await.unwrap().bytes().await.unwrap() };
    time(answered).await.1
}

/// The five steps: providers, authorize URL, the user and the callback, connections, signals; on a new connection. The user's
/// answer is a query.
async fn journey(connectors: &Connectors, tenant: TenantId, user: impl Fn(&Url) -> String) {
    let acme = connectors.tenant(tenant);
    connectors.providers().await.unwrap();
    let started = acme.start_oauth("github").send().await.unwrap();
    let query = user(&started.authorize_url).parse().unwrap();
    acme.complete_oauth("github", query, &started.state).await.unwrap();
    acme.connections().page().await.unwrap();
    acme.signals().page().await.unwrap();
}

/// A server of wiremock's alone that answers the journey with what the mock has answered once: the floor.
async fn played_back(mock: &ConnectorsMock) -> (MockServer, String) {
    let server = listening_alone().await;
    let client = Client::new();
    let keep = async |request: RequestBuilder| {
        let request = request.bearer_auth(mock.operator_token());
        let request = request.header("x-tenant-id", mock.tenant("acme").id().to_string());
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        let at = answer.url().path().to_owned();
        let (id, body) = (answer.headers()["x-request-id"].clone(), answer.text().await.unwrap());
        let answer = ResponseTemplate::new(200).insert_header("x-request-id", id);
        let answer = answer.set_body_raw(body.clone(), "application/json");
        Mock::given(path(at)).respond_with(answer).mount(&server).await;
        body
    };
    let url = |path: &str| format!("{}{path}", mock.url());
    keep(client.get(url("/providers"))).await;
    let started: AuthorizeUrl = serde_json::from_str(&keep(client.post(url("/connect/github"))).await).unwrap();
    let callback = mock.user().approves(&started.authorize_url);
    let query = callback.query().unwrap().to_owned();
    keep(client.get(format!("{}?{query}", url("/connect/github/callback")))).await;
    keep(client.get(url("/connections"))).await;
    keep(client.get(url("/signals"))).await;
    (server, query)
}

/// A server of wiremock's that is none of its pool's.
async fn listening_alone() -> MockServer {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    MockServer::builder().listener(listener).start().await
}

/// On a thread of its own: in a task that has spent its budget, wiremock's drop never ends.
fn end(server: MockServer) {
    std::thread::spawn(|| drop(server)).join().unwrap();
}

fn say(what: &str, time: Duration) {
    println!("{what:<58} {:>9.1} µs", time.as_secs_f64() * 1e6);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // `cargo test` runs every target; what is measured then means nothing.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    println!(
        "{} build, medians of {ROUNDS}; of the journey and the client, of {}",
        if cfg!(debug_assertions) { "debug" } else { "release" },
        ROUNDS / 4
    );
    let (first, once) = time(ConnectorsMock::start()).await;
    drop(first);
    say("start, the first of a process (reads the contract)", once);

    let (mut starts, mut raw_starts, mut drops) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (mock, start) = time(ConnectorsMock::start()).await;
        starts.push(start);
        drops.push(time(async { drop(mock) }).await.1);
        let (server, start) = time(listening_alone()).await;
        raw_starts.push(start);
        end(server);
    }
    let (start, raw_start) = (median(starts), median(raw_starts));
    say("start", start);
    say("start of wiremock alone", raw_start);
    say("drop", median(drops));

    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    (0..3).for_each(|_| drop(acme.receives("github", "issue_created")));
    let client = Client::new();
    let get =
        |url: &str| client.get(url).bearer_auth(mock.operator_token()).header("x-tenant-id", acme.id().to_string());
    let validated = get(&format!("{}/signals?limit=2", mock.url()));
    let body = validated.try_clone().unwrap().send().await.unwrap().bytes().await.unwrap();
    let raw = || {
        Mock::given(path("/raw"))
            .respond_with(ResponseTemplate::new(200).set_body_raw(body.to_vec(), "application/json"))
    };
    let other = ConnectorsMock::start().await;
    raw().mount(other.wiremock()).await;
    let server = MockServer::start().await;
    raw().mount(&server).await;
    let (same, alone) = (get(&format!("{}/raw", other.url())), get(&format!("{}/raw", server.uri())));
    let (mut times, mut same_times, mut alone_times) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        times.push(send(&validated).await);
        same_times.push(send(&same).await);
        alone_times.push(send(&alone).await);
    }
    let (validated, same, alone) = (median(times), median(same_times), median(alone_times));
    say("GET /signals?limit=2, both ways validated", validated);
    say("the same bytes from a mock of the test's own", same);
    say("the same bytes from wiremock alone", alone);

    let (mut clients, mut journeys, mut floors) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS / 4 {
        let mock = ConnectorsMock::start().await;
        let acme = mock.tenant("acme");
        acme.receives("github", "issue_created");
        let (client, made) = time(async { mock.client() }).await;
        clients.push(made);
        let approves = |url: &Url| mock.user().approves(url).query().unwrap().to_owned();
        journeys.push(time(journey(&client, acme.id(), approves)).await.1);

        let mock = ConnectorsMock::start().await;
        mock.tenant("acme").receives("github", "issue_created");
        let (server, query) = played_back(&mock).await;
        let token = OperatorToken::new(mock.operator_token());
        let client = Connectors::builder(server.uri()).operator_token(token).build().unwrap();
        floors.push(time(journey(&client, acme.id(), |_| query.clone())).await.1);
        end(server);
    }
    let (journeys, floors) = (median(journeys), median(floors));
    say("making the client", median(clients));
    say("the five steps of the journey, by the client", journeys);
    say("the same five answers from wiremock alone", floors);
    let compare = |what: &str, one: Duration, other: Duration| {
        println!("{what}: {:.2} ×", one.as_secs_f64() / other.as_secs_f64());
    };
    compare("validated request against a mock of the test's own", validated, same);
    compare("validated request against wiremock alone", validated, alone);
    compare("journey against wiremock alone", journeys, floors);
    end(server);
}

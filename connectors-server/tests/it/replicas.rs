//! Several processes of the service on one database, which is PostgreSQL where they serve: no truth is in any one's memory.

use std::{str::FromStr, time::Duration};

use connectors_examples::{
    database::Engine,
    recorded,
    standin::github::{Endpoint, Failure, GitHubStandIn, OAuthApp},
};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use sqlx::{
    ConnectOptions, Connection, Executor, PgConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use tokio::time::sleep;
use uuid::Uuid;

use crate::harness::{APP_SECRET, CALLBACK, Program, TestDatabase, soon, until};

/// Three processes, and the stand-in that all of them ask.
struct Replicas {
    github: GitHubStandIn,
    processes: Vec<Program>,
    // After the processes, which are connected to it.
    database: TestDatabase,
}

impl Replicas {
    async fn start() -> Self {
        let database = TestDatabase::of(Engine::Postgres).await;
        let github = GitHubStandIn::start(OAuthApp::new("client-id", "client-secret", [CALLBACK])).await.unwrap();
        let redirect = CALLBACK.replace("github", "{provider}");
        let url = database.url();
        let variables = [
            ("POBLYSH_DATABASE_URL", url.as_str()),
            ("POBLYSH_OAUTH_REDIRECT_URL", &redirect),
            ("POBLYSH_GITHUB_CLIENT_ID", "client-id"),
            ("POBLYSH_GITHUB_CLIENT_SECRET", "client-secret"),
            ("POBLYSH_GITHUB_WEBHOOK_SECRET", APP_SECRET),
            ("POBLYSH_GITHUB_BASE_URL", github.base_url().as_str()),
        ];
        // All at once, on an empty database: they bring its schema up to date in turn.
        let processes = join_all((0..3).map(|_| Program::serve(&database, &variables))).await;
        Self { github, processes, database }
    }

    fn exchanges(&self) -> usize {
        self.github.calls().iter().filter(|call| call.is("POST", "/login/oauth/access_token")).count()
    }

    /// Starts an authorization at a process, and has the user approve it; the callback's path and query.
    async fn approved(&self, process: usize) -> String {
        let started = self.processes[process].call(Method::POST, "/connect/github").send().await.ok(200);
        let url = started["authorize_url"].as_str().unwrap().parse().unwrap();
        let callback = self.github.approve(&url).await.unwrap();
        format!("/connect/github/callback?{}", callback.query().unwrap())
    }

    async fn terminate(self) {
        for process in self.processes {
            process.terminate().await;
        }
    }
}

#[tokio::test]
async fn what_one_process_begins_another_completes_and_a_third_shows() {
    let replicas = Replicas::start().await;
    let [first, second, third] = replicas.processes.as_slice() else { unreachable!() };
    let callback = replicas.approved(0).await;
    let connection = second.call(Method::GET, &callback).send().await.ok(200)["connection"].clone();
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    assert_eq!(third.call(Method::GET, &path).send().await.ok(200), connection);
    for delivery in recorded::github() {
        let call = third.call(Method::POST, "/webhooks/github").by_a_provider();
        call.delivery(&delivery, APP_SECRET, Uuid::new_v4()).send().await.ok(202);
    }
    // A cursor of one is read by the next.
    let (mut cursor, mut ids) = (String::new(), Vec::new());
    for process in replicas.processes.iter().cycle() {
        let page = process.call(Method::GET, &format!("/signals?limit=2{cursor}")).send().await.ok(200);
        ids.extend(page["signals"].as_array().unwrap().iter().map(|signal| signal["id"].to_string()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let whole = first.call(Method::GET, "/signals?limit=100").send().await.ok(200);
    let whole: Vec<_> = whole["signals"].as_array().unwrap().iter().map(|signal| signal["id"].to_string()).collect();
    assert!(ids.len() >= 8, "{ids:?}");
    assert_eq!(ids, whole);
    assert_eq!(first.call(Method::DELETE, &path).send().await.status, 204);
    second.call(Method::GET, &path).send().await.refused("CONNECTION_NOT_FOUND");
    replicas.terminate().await;
}

#[tokio::test]
async fn one_callback_at_all_of_them_at_once_makes_one_exchange() {
    let replicas = Replicas::start().await;
    for _ in 0..5 {
        let before = replicas.exchanges();
        let callback = replicas.approved(0).await;
        let calls =
            replicas.processes.iter().cycle().take(12).map(|process| process.call(Method::GET, &callback).send());
        let answers = join_all(calls).await;
        let completed = answers.iter().filter(|answer| answer.status == 200).count();
        answers
            .iter()
            .filter(|answer| answer.status != 200)
            .for_each(|answer| drop(answer.refused("OAUTH_IN_PROGRESS")));
        assert!(completed >= 1, "{answers:?}");
        assert_eq!(replicas.exchanges(), before + 1);
    }
    let listed = replicas.processes[1].call(Method::GET, "/connections").send().await.ok(200);
    assert_eq!(listed["connections"].as_array().unwrap().len(), 1, "all were of one account");
    replicas.terminate().await;
}

#[tokio::test]
async fn while_one_is_at_a_state_the_others_say_so_and_nobody_takes_the_code_twice() {
    let replicas = Replicas::start().await;
    let [first, second, third] = replicas.processes.as_slice() else { unreachable!() };
    let callback = replicas.approved(2).await;
    replicas.github.fail_next(Endpoint::User, 1, Failure::Hang);
    let hanging = tokio::spawn(first.call(Method::GET, &callback).send());
    until("GitHub is asked", || replicas.github.calls().iter().any(|call| call.is("GET", "/api/v3/user"))).await;
    second.call(Method::GET, &callback).send().await.refused("OAUTH_IN_PROGRESS");
    third.call(Method::GET, &callback.replace("code=", "code=x")).send().await.refused("OAUTH_STATE_INVALID");
    assert_eq!(replicas.exchanges(), 1);
    hanging.abort();
}

#[tokio::test]
async fn one_delivery_at_all_of_them_at_once_makes_one_signal() {
    let replicas = Replicas::start().await;
    let callback = replicas.approved(0).await;
    replicas.processes[1].call(Method::GET, &callback).send().await.ok(200);
    let delivery = recorded::github().into_iter().find(|delivery| delivery.name == "issues.opened").unwrap();
    let calls = replicas.processes.iter().cycle().take(12).enumerate().map(|(number, process)| {
        // Some with the same id, some with another: the body is the same.
        let id = Uuid::from_u128(number as u128 / 6);
        process.call(Method::POST, "/webhooks/github").by_a_provider().delivery(&delivery, APP_SECRET, id).send()
    });
    let mut receipts: Vec<_> =
        join_all(calls).await.iter().map(|answer| answer.ok(202)["status"].to_string()).collect();
    receipts.sort();
    assert_eq!(receipts.iter().filter(|status| *status == "\"accepted\"").count(), 1, "{receipts:?}");
    assert_eq!(receipts.iter().filter(|status| *status == "\"duplicate\"").count(), 11, "{receipts:?}");
    let signals = replicas.processes[2].call(Method::GET, "/signals").send().await.ok(200);
    assert_eq!(signals["signals"].as_array().unwrap().len(), 1);
    replicas.terminate().await;
}

#[tokio::test]
async fn connections_that_the_server_ends_are_replaced() {
    let replicas = Replicas::start().await;
    let ended = "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for _ in 0..3 {
        assert!(replicas.database.texts(ended).await.len() >= 3, "each process has one at least");
        for process in &replicas.processes {
            process.call(Method::GET, "/signals").send().await.ok(200);
            process.call(Method::GET, "/readyz").send().await.ok(200);
        }
    }
    replicas.terminate().await;
}

/// On one process a connection is deleted while another stores a delivery for it.
#[tokio::test]
async fn no_signal_comes_to_a_connection_after_it_is_deleted() {
    let replicas = Replicas::start().await;
    let callback = replicas.approved(0).await;
    replicas.processes[0].call(Method::GET, &callback).send().await.ok(200);
    let mut deletion = PgConnection::connect(&replicas.database.url()).await.unwrap();
    let mut deletion = deletion.begin().await.unwrap();
    deletion.execute("UPDATE connections SET deleted_at = 1").await.unwrap();
    let delivery = recorded::github().into_iter().find(|delivery| delivery.name == "issues.opened").unwrap();
    let call = replicas.processes[1].call(Method::POST, "/webhooks/github").by_a_provider();
    let under_way = tokio::spawn(call.delivery(&delivery, APP_SECRET, Uuid::nil()).send());
    let waiting =
        "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    soon("the delivery waits", async { while replicas.database.texts(waiting).await.is_empty() {} }).await;
    deletion.commit().await.unwrap();
    assert_eq!(under_way.await.unwrap().ok(202), json!({"status": "ignored", "signals": 0}));
    assert_eq!(replicas.database.texts("SELECT id::text FROM signals").await, [""; 0]);
    replicas.terminate().await;
}

#[tokio::test]
async fn a_sqlite_file_that_another_process_has_is_waited_for() {
    let database = TestDatabase::of(Engine::Sqlite).await;
    let url = database.url();
    // As a process does that has just created the file: not in the journal mode of the service yet.
    let options = SqliteConnectOptions::from_str(&url).unwrap().create_if_missing(true);
    let mut other = options.journal_mode(SqliteJournalMode::Delete).connect().await.unwrap();
    let writing = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let migrate = || Program::command(&["migrate"], &[("POBLYSH_DATABASE_URL", &url)]).output();
    let given_up = migrate().await.unwrap();
    let stderr = String::from_utf8_lossy(&given_up.stderr);
    assert!(!given_up.status.success() && stderr.contains("database is locked"), "{stderr}");
    let waiting = tokio::spawn(migrate());
    sleep(Duration::from_millis(500)).await;
    assert!(!waiting.is_finished(), "it waits");
    writing.rollback().await.unwrap();
    let output = waiting.await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn migrations_at_once_wait_for_each_other_on_either_engine() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = TestDatabase::of(engine).await;
        let url = database.url();
        let variables = [("POBLYSH_DATABASE_URL", url.as_str())];
        let outputs = join_all((0..6).map(|_| Program::command(&["migrate"], &variables).output())).await;
        for output in outputs.into_iter().map(Result::unwrap) {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        assert_eq!(
            database.texts("SELECT description FROM _sqlx_migrations").await,
            ["spine", "upkeep", "webhook secrets"]
        );
    }
}

//! Nothing that the browser receives holds the operator token or a tenant id.

use connectors_client::TenantId;
use connectors_examples::demo::Demo;
use core_backend::tenants::Tenants;
use reqwest::Method;
use sqlx::SqlitePool;
use uuid::Uuid;

use crate::{
    person::{Answer, Person},
    site::{ADA, BOTH},
};

/// Where the routes are registered: a route that is added is walked as well.
const ROUTERS: [&str; 2] = [include_str!("../../src/api.rs"), include_str!("../../src/pages/mod.rs")];

fn routes() -> Vec<&'static str> {
    let registered = ROUTERS.iter().flat_map(|source| source.split(".route(\"").skip(1));
    registered.filter_map(|rest| rest.split('"').next()).collect()
}

/// All bytes of an answer, as text.
fn bytes(answer: &Answer) -> String {
    let headers = answer.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        format!("{name}: {value}\n")
    });
    format!("{}\n{}\n{}", answer.status, headers.collect::<String>(), answer.body)
}

/// What a page may be asked with.
const QUERIES: [&str; 5] =
    ["", "?kind=no_such_kind", "?cursor=made-up&top=x", "?code=x&state=y", "?error=access_denied&state=y"];

/// Walks every route by every method; all that came back.
async fn walk(demo: &Demo, login: Option<&str>) -> String {
    let arrives = async || match login {
        Some(login) => Person::logged_in(&demo.url, login).await,
        None => Person::at(&demo.url),
    };
    let mut received = String::new();
    let mut person = arrives().await;
    for route in routes().into_iter().chain(["/no-such-page"]) {
        let path = route.replace("{provider}", "github").replace("{*path}", "none");
        let path = path.replace("{id}", &Uuid::nil().to_string());
        let asked = QUERIES.map(|query| (Method::GET, query, None)).into_iter().chain([
            (Method::GET, "", Some(("hx-request", "true"))),
            (Method::POST, "", Some(("sec-fetch-site", "cross-site"))),
            (Method::POST, "", None),
            (Method::DELETE, "", None),
        ]);
        for (method, query, header) in asked {
            let answer = person.send(method, &format!("{path}{query}"), header.as_slice(), None).await;
            received.push_str(&bytes(&answer));
        }
        received.push_str(&person.cookie().unwrap_or_default());
        if route == "/logout" {
            person = arrives().await;
        }
    }
    received
}

#[tokio::test]
async fn nothing_that_the_browser_receives_holds_the_operator_token_or_a_tenant_id() {
    for against in BOTH {
        let folder = tempfile::tempdir().expect("a folder");
        let database = format!("sqlite:{}?mode=rwc", folder.path().join("core.db").display());
        let tenants = Tenants::mapped(&database).await.expect("the table is there");
        let demo = Demo::start(against, 0, tenants).await.expect("the demo starts");
        let ada = Person::logged_in(&demo.url, "ada").await;
        ada.connects(&demo).await;
        let mapped = mapped(&database).await;
        let own = mapped.iter().find(|(poblysh, _)| *poblysh == ADA.poblysh_tenant_id.to_string()).expect("Ada's");
        let tenant = TenantId::new(own.1).expect("an id");
        for delivery in connectors_examples::recorded::github() {
            demo.backend.deliver(tenant, &delivery).await.expect("the delivery is accepted");
        }
        let mut received = String::new();
        for login in [Some("ada"), Some("grace"), None] {
            received.push_str(&walk(&demo, login).await);
        }

        // It was there to be read.
        for seen in ["Codertocat", "Spelling error", "authorize_url", "core_session=", "400 Bad", "403 Forb", "404 Not"]
        {
            assert!(received.contains(seen), "{seen}");
        }
        let ids = mapped.iter().flat_map(|(poblysh, id)| [poblysh.clone(), id.to_string(), id.simple().to_string()]);
        let secrets = ids.chain([demo.backend.operator_token(), demo.backend.webhook_secret(tenant)]);
        for secret in secrets {
            assert!(
                !received.to_lowercase().contains(&secret.to_lowercase()),
                "{against:?}: {secret} reaches the browser"
            );
        }
    }
}

async fn mapped(database: &str) -> Vec<(String, Uuid)> {
    let pool = SqlitePool::connect(database).await.expect("the database");
    sqlx::query_as("SELECT poblysh_tenant_id, connectors_tenant_id FROM connectors_tenants")
        .fetch_all(&pool)
        .await
        .expect("the rows")
}

//! How lists are read: each seeks in an index that holds its order, and neither sorts nor reads what it does not show.

use connectors_server::{
    model::{ConnectionId, ConnectionStatus, SignalKind, TenantId, Timestamp},
    store::{ConnectionFilter, ConnectionPosition, SignalFilter, SignalPosition, Store},
};

use crate::harness::{ACME, GLOBEX, TestDatabase, on_postgres};

/// In the midst of what the tables hold.
const TIME: Timestamp = Timestamp::from_micros(10_000);

/// Rows as PostgreSQL's planner wants to see them before it uses an index: two tenants, each with many of every sort.
const ROWS: &str = "
    INSERT INTO signals (tenant_id, id, provider_slug, connection_id, kind, occurred_at, received_at, title, payload)
    SELECT ('{ACME,GLOBEX}'::uuid[])[1 + i % 2], gen_random_uuid(), ('{github,slack}'::text[])[1 + i / 2 % 2],
           ('{ACME,GLOBEX}'::uuid[])[1 + i / 4 % 2], ('{issue_created,code_pushed}'::text[])[1 + i / 8 % 2], i, i, 'title',
           repeat('x', 300)
    FROM generate_series(1, 20000) i;
    INSERT INTO connections (tenant_id, id, provider_slug, status, account_id, account_name, scopes, metadata, created_at,
                             updated_at)
    SELECT ('{ACME,GLOBEX}'::uuid[])[1 + i % 2], gen_random_uuid(), ('{github,slack}'::text[])[1 + i / 2 % 2],
           ('{active,error}'::text[])[1 + i / 4 % 2], i, 'name', '[]', '{}', i, i
    FROM generate_series(1, 20000) i;
    INSERT INTO upkeep (tenant_id, connection_id, task, provider_slug, due_at, rings, failures)
    SELECT ('{ACME,GLOBEX}'::uuid[])[1 + i % 2], gen_random_uuid(), 'fetch', 'github', i, 0, 0
    FROM generate_series(1, 20000) i;
    ANALYZE;
";

/// A migrated database that holds rows enough.
async fn filled() -> (TestDatabase, Store) {
    let database = TestDatabase::create().await;
    let store = Store::open(&database.url(), 1).await.unwrap();
    store.migrate().await.unwrap();
    // SQLite has no statistics to go by, and so no need of rows.
    if on_postgres() {
        database.execute(&ROWS.replace("ACME", &ACME.to_string()).replace("GLOBEX", &GLOBEX.to_string())).await;
    }
    (database, store)
}

/// The names of those of `all` that are chosen by the bits of `combination`.
fn chosen(combination: u32, all: &[&str]) -> String {
    let chosen = all.iter().enumerate().filter(|(bit, _)| combination >> bit & 1 == 1).map(|(_, name)| *name);
    let chosen: Vec<_> = chosen.collect();
    if chosen.is_empty() { "everything".into() } else { chosen.join(", ") }
}

/// Adds a plan to the snapshot, if it is one that seeks.
fn note(snapshot: &mut String, question: &str, plan: &[String]) {
    let text: String = plan.iter().map(|line| format!("    {line}\n")).collect();
    // PostgreSQL 17 has other words for what a subquery comes to.
    let text = text.replace(" (returns $0)", "").replace("(InitPlan 1).col1", "$0");
    let counts = |needle: &str| text.matches(needle).count();
    let seeks = if on_postgres() {
        counts("Scan ") == counts("Index Cond: (") && counts("Scan ") == counts("(tenant_id = ")
    } else {
        counts("SEARCH ") == counts("(tenant_id=?") && counts("SEARCH ") + counts("SCALAR SUBQUERY") == plan.len()
    };
    assert!(seeks, "{question}:\n{text}");
    for wrong in ["Sort", "Seq Scan", "Bitmap", "SCAN", "TEMP B-TREE", " Filter: (connection_id", " Filter: (kind"] {
        assert!(!text.contains(wrong), "{question}:\n{text}");
    }
    snapshot.push_str(&format!("{question}\n{text}"));
}

fn engine() -> &'static str {
    if on_postgres() { "postgres" } else { "sqlite" }
}

#[tokio::test]
async fn every_combination_of_filters_of_signals_seeks() {
    let (_database, store) = filled().await;
    let position = SignalPosition { occurred_at: TIME, id: ACME };
    let mut snapshot = String::new();
    for combination in 0..64 {
        let has = |bit: u32| combination >> bit & 1 == 1;
        let filter = SignalFilter {
            provider: has(0).then(|| "github".into()),
            connection_id: has(1).then_some(ConnectionId(ACME)),
            kind: has(2).then_some(SignalKind::IssueCreated),
            occurred_after: has(3).then_some(TIME.before(std::time::Duration::from_millis(4))),
            occurred_before: has(4).then_some(TIME),
        };
        let plan = store.tenant(TenantId(ACME)).signals_plan(&filter, has(5).then_some(position)).await.unwrap();
        let names = ["provider", "connection_id", "kind", "occurred_after", "occurred_before", "cursor"];
        note(&mut snapshot, &chosen(combination, &names), &plan);
    }
    insta::assert_snapshot!(format!("signals_on_{}", engine()), snapshot);
}

#[tokio::test]
async fn every_combination_of_filters_of_connections_seeks() {
    let (_database, store) = filled().await;
    let position = ConnectionPosition { created_at: TIME, id: ACME };
    let mut snapshot = String::new();
    for combination in 0..8 {
        let has = |bit: u32| combination >> bit & 1 == 1;
        let filter = ConnectionFilter {
            provider: has(0).then(|| "github".into()),
            status: has(1).then_some(ConnectionStatus::Active),
        };
        let plan = store.tenant(TenantId(ACME)).connections_plan(&filter, has(2).then_some(position)).await.unwrap();
        note(&mut snapshot, &chosen(combination, &["provider", "status", "cursor"]), &plan);
    }
    insta::assert_snapshot!(format!("connections_on_{}", engine()), snapshot);
}

/// The queue may be long: those that have waited longest are at the head of an index.
#[tokio::test]
async fn what_is_due_is_found_at_the_head_of_an_index() {
    let (_database, store) = filled().await;
    let plan = store.due_plan(TIME).await.unwrap().join("\n");
    assert!(plan.contains("upkeep_by_time"), "{plan}");
    for wrong in ["Sort", "Seq Scan", "SCAN upkeep", "TEMP B-TREE"] {
        assert!(!plan.contains(wrong), "{plan}");
    }
}

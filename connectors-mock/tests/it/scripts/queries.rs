//! Queries, cursors and ids.

use super::{after, connected, delivered, script};
use crate::twin::{approve_as, delete, get, post, same};

#[tokio::test]
async fn malformed_queries() {
    let mut script = connected();
    let queries = [
        "providr=github",
        "colour=blue",
        "limit=0",
        "limit=101",
        "limit=",
        "limit=%2B5",
        "limit=5&limit=5",
        "limit=1e1",
        "provider=gitub",
        "provider=slack",
        "provider=github&provider=github",
        "status=activ",
        "kind=issue_creatd",
        "kind=",
        "connection_id=7",
        "connection_id={connection}&connection_id=7",
        "occurred_after=now",
        "occurred_after=2026-01-02T03:04:05.1234567Z",
        "occurred_after=2026-01-02T03:04:05+02:00",
        "occurred_after=0001-01-01T00:00:00%2B01:00",
        "occurred_before=9999-12-31T23:59:60Z",
        "occurred_after=2026-01-02T03:04:06Z&occurred_before=2026-01-02T03:04:05Z",
        "include_payload=yes",
        "include_payload=True",
        "cursor=",
        "cursor=nonsense",
        "limit=0&limt=1&kind=issue_creatd&include_payload=yes&occurred_after=now&connection_id=7&provider=gitub&cursor=x",
        "&&&",
        "=",
        "x",
        "limit",
        "Limit=1",
        "%6Cimit=1",
        "a=%FF",
    ];
    for query in queries {
        for path in ["/signals", "/connections", "/providers", "/connections/{connection}", "/", "/healthz", "/readyz"]
        {
            script.push(get(&format!("{path}?{query}")).into());
        }
    }
    let long = "x".repeat(300);
    script.push(get(&format!("/signals?{long}=1")).into());
    same(&script).await;
}

#[tokio::test]
async fn cursors_of_other_lists() {
    let begin = after(
        connected(),
        (0..3).map(|number| delivered(["push", "issues.opened", "issues.closed"][number], "").into()),
    );
    let script = script![
        approve_as(583231, "octocat", "url", "unused"),
        post("/connect/github").keep("url", "/authorize_url"),
        approve_as(583231, "octocat", "url", "other"),
        get("/connect/github/callback?{other}"),
        get("/signals?limit=1").keep("cursor", "/next_cursor"),
        get("/signals?limit=1&kind=issue_created&cursor={cursor}"),
        get("/signals?limit=1&cursor={cursor}").tenant("{globex}"),
        get("/signals?limit=1&cursor={cursor}x"),
        get("/signals?limit=2&include_payload=true&cursor={cursor}"),
        get("/signals?limit=1&kind=nonsense&cursor={cursor}"),
        get("/signals?cursor={cursor}&cursor={cursor}"),
        get("/connections?cursor={cursor}"),
        get("/connections?limit=1").keep("connections", "/next_cursor"),
        get("/connections?limit=1&cursor={connections}"),
        get("/connections?limit=1&status=active&cursor={connections}"),
        get("/signals?cursor={connections}"),
    ];
    same(&after(begin, script)).await;
}

#[tokio::test]
async fn ids_that_the_tenant_does_not_have() {
    let script = script![
        get("/connections/{connection}").tenant("{globex}"),
        delete("/connections/{connection}").tenant("{globex}"),
        get("/connections/7"),
        get("/connections/%20"),
        get("/connections/a%2Fb"),
        get("/connections/%FF"),
        get("/connections/{connection}?x=1"),
        get("/connections/7?x=1"),
        delete("/connections/7"),
        delete("/connections/123e4567-e89b-12d3-a456-426614174000"),
        delete("/connections/123e4567-e89b-12d3-a456-426614174000?force=true"),
        get("/signals/7"),
        get("/signals/123e4567-e89b-12d3-a456-426614174000"),
        get("/signals/123E4567-E89B-12D3-A456-426614174000"),
        get("/connections/{connection}"),
    ];
    same(&after(connected(), script)).await;
}

//! Rate limits.

use std::time::Duration;

use crate::harness::{SECOND_TOKEN, Service};

#[tokio::test]
async fn are_counted_by_token_and_by_peer() {
    let service = Service::builder().set("POBLYSH_RATE_LIMIT", "1/3").start().await;
    let second = format!("Bearer {SECOND_TOKEN}");
    for _ in 0..3 {
        service.get("/connections").send().await.ok(200);
    }
    let limited = service.get("/connections").send().await;
    limited.refused("RATE_LIMITED");
    assert_eq!(limited.headers["retry-after"], "1");
    assert_eq!(limited.headers["cache-control"], "no-store");
    // Another token, and callers without one, have buckets of their own.
    service.get("/connections").authorization(&second).send().await.ok(200);
    for _ in 0..3 {
        service.get("/providers").by_a_provider().send().await.ok(200);
    }
    service.get("/providers").by_a_provider().send().await.refused("RATE_LIMITED");
    service.post("/webhooks/github").by_a_provider().send().await.refused("RATE_LIMITED");
    // Guessing tokens is counted by peer too.
    service.get("/connections").authorization("Bearer guess").send().await.refused("RATE_LIMITED");
    for path in ["/healthz", "/readyz"] {
        service.get(path).by_a_provider().send().await.ok(200);
    }
    service.advance(Duration::from_secs(1));
    service.get("/connections").send().await.ok(200);
    service.get("/connections").send().await.refused("RATE_LIMITED");
}

#[tokio::test]
async fn a_slow_rate_says_how_long_to_wait() {
    let service = Service::builder().set("POBLYSH_RATE_LIMIT", "2/1").start().await;
    service.get("/connections").send().await.ok(200);
    let limited = service.get("/connections").send().await;
    assert_eq!(limited.json()["retry_after"], 1, "half a second is rounded up");
    service.advance(Duration::from_millis(500));
    service.get("/connections").send().await.ok(200);
}

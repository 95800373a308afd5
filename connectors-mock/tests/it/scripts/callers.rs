//! Who may call, and how often.

use std::num::NonZeroU32;

use super::script;
use crate::twin::{Setup, advance, get, post, same, same_with};

#[tokio::test]
async fn callers_that_do_not_show_who_they_are() {
    let operator = ["/connections", "/signals", "/connections/123e4567-e89b-12d3-a456-426614174000", "/signals/7"];
    let mut script = Vec::new();
    for path in operator {
        script.extend(script![
            get(path).without_token(),
            get(path).authorization("Bearer wrong"),
            get(path).authorization("bEARER   {operator_token}"),
            get(path).authorization("Bearer {second_token}"),
            get(path).authorization("Basic {operator_token}"),
            get(path).authorization("{operator_token}"),
            get(path).authorization(""),
            get(path).header("authorization", "Bearer {operator_token}"),
            get(path).without_tenant(),
            get(path).anonymous(),
            get(path).tenant(""),
            get(path).tenant("acme"),
            get(path).tenant("11111111111141118111111111111111"),
            get(path).tenant("{11111111-1111-4111-8111-111111111111}"),
            get(path).tenant("00000000-0000-0000-0000-000000000000"),
            get(path).header("x-tenant-id", "{acme}"),
            get(path).header("x-tenant-id", "{globex}"),
        ]);
    }
    script.extend(script![
        post("/connect/github").without_token(),
        post("/connect/github").without_tenant(),
        post("/connect/gitub").without_tenant(),
        post("/webhooks/github").without_token(),
        post("/webhooks/github").without_tenant(),
        post("/webhooks/github").authorization("Bearer wrong"),
        post("/webhooks/github").tenant("acme"),
        get("/connect/github/callback").authorization("Bearer wrong"),
        get("/connect/github/callback").tenant("acme"),
        get("/providers").authorization("Bearer wrong").tenant("acme"),
    ]);
    same(&script).await;
}

#[tokio::test]
async fn callers_over_their_rate() {
    let rate_limit = NonZeroU32::new(2).zip(NonZeroU32::new(3));
    let script = script![
        get("/signals"),
        get("/signals").without_tenant(),
        get("/signals?limit=0"),
        get("/signals"),
        post("/connect/github"),
        get("/signals").authorization("Bearer {second_token}"),
        get("/providers"),
        get("/providers").anonymous(),
        get("/signals").without_token(),
        post("/webhooks/github").anonymous(),
        get("/").anonymous(),
        get("/healthz").anonymous(),
        get("/readyz").anonymous(),
        get("/connect/github/callback").anonymous(),
        post("/webhooks/github/{acme}").anonymous(),
        advance(1),
        get("/signals"),
        get("/signals"),
        get("/signals"),
        advance(60),
        get("/signals"),
    ];
    same_with(Setup { rate_limit, ..Setup::default() }, &script).await;
}

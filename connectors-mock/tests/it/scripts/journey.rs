//! The journey: what Core does when all goes well.

use super::{after, connected, delivered, script};
use crate::twin::{Step, delete, get, same};

#[tokio::test]
async fn the_journey() {
    let deliveries = connectors_examples::recorded::github();
    let deliveries = deliveries.iter().enumerate().map(|(number, known)| delivered(known.name, &format!("d-{number}")));
    let begin = after(
        script![get("/"), get("/healthz"), get("/readyz"), get("/providers").anonymous(), get("/openapi.json")].into(),
        connected(),
    );
    let script = after(
        after(begin, deliveries.map(Step::from)),
        script![
            get("/connections"),
            get("/connections/{connection}"),
            get("/connections?provider=github&status=active&limit=1"),
            get("/connections?status=revoked"),
            get("/signals"),
            get("/signals?limit=5").keep("cursor", "/next_cursor"),
            get("/signals?limit=5&cursor={cursor}").keep("next", "/next_cursor"),
            get("/signals?limit=100&include_payload=true&cursor={next}").keep("signal", "/signals/0/id"),
            get("/signals/{signal}"),
            get("/signals?kind=code_pushed&provider=github&connection_id={connection}"),
            get("/signals?occurred_after=2019-05-15T15:20:57Z&occurred_before=2021-07-05T20:07:10.000000%2B02:00"),
            get("/signals?connection_id=123e4567-e89b-12d3-a456-426614174000"),
            get("/signals").tenant("{globex}"),
            delete("/connections/{connection}"),
            get("/connections"),
            get("/connections/{connection}"),
            delete("/connections/{connection}"),
            get("/signals?connection_id={connection}&limit=1"),
        ],
    );
    same(&script).await;
}

//! Tokens that expire are refreshed before, once, and by whoever is alive.

use std::{pin::pin, time::Duration};

use connectors_examples::standin::github::{Endpoint, Expiry, Failure};
use connectors_server::{
    failpoint::die_at,
    model::{ConnectionId, TenantId, Timestamp},
    service::Error,
};
use futures_util::future::{join_all, poll_immediate};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{ACME, Service};

const LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);
/// Longer than any lease.
const LEASES: Duration = Duration::from_secs(5 * 60);

/// A service whose tokens at GitHub live for eight hours, with a connection.
async fn connected(leeway: Duration) -> (Service, Uuid) {
    let service = Service::builder().idle().start().await;
    service.github.let_tokens_expire(Expiry { lifetime: LIFETIME, leeway });
    let connection = service.connect(ACME).await;
    let id = connection["id"].as_str().unwrap().parse().unwrap();
    only_refresh(&service).await;
    (service, id)
}

/// Fetches are no matter here.
async fn only_refresh(service: &Service) {
    service.database.execute("DELETE FROM upkeep WHERE task <> 'refresh'").await;
}

/// Time passes for the service and for GitHub.
fn pass(service: &Service, time: Duration) {
    service.advance(time);
    service.github.advance_clock(time);
}

async fn connection(service: &Service) -> Value {
    service.get("/connections").tenant(ACME).send().await.ok(200)["connections"][0].clone()
}

/// How often GitHub was asked for tokens since the connection was made.
fn refreshes(service: &Service) -> usize {
    service.github.calls().iter().filter(|call| call.path == "/login/oauth/access_token").count() - 1
}

async fn works(service: &Service, id: Uuid) -> bool {
    service.github_knows(&service.access_token(ACME, id).await).await
}

#[tokio::test]
async fn tokens_are_refreshed_minutes_before_they_expire_and_again_and_again() {
    let (service, id) = connected(Duration::ZERO).await;
    let first = connection(&service).await;
    assert_eq!(first["expires_at"], "2026-01-02T11:04:05.000000Z");
    assert_eq!(service.attend().await, 0, "nothing is due yet");
    for refreshed in 1..=3 {
        pass(&service, LIFETIME - Duration::from_secs(5 * 60) - Duration::from_secs(1));
        assert_eq!(service.attend().await, 0, "a second too early");
        pass(&service, Duration::from_secs(1));
        assert_eq!(service.attend().await, 1);
        assert_eq!(refreshes(&service), refreshed);
        assert!(works(&service, id).await);
    }
    let last = connection(&service).await;
    assert_eq!(last["expires_at"], "2026-01-03T10:49:05.000000Z");
    assert_eq!(last["status"], "active");
    assert!(!service.database.holds("ghr_").await && !service.database.holds("ghu_").await, "a token in the clear");
}

#[tokio::test]
async fn three_replicas_at_once_refresh_once() {
    let (service, id) = connected(Duration::ZERO).await;
    let replicas = [service.replica().await, service.replica().await, service.replica().await];
    for round in 1..=5 {
        pass(&service, LIFETIME);
        let (tenant, connection) = (TenantId(ACME), ConnectionId(id));
        let fresh = join_all(replicas.iter().map(|replica| replica.service().keep_fresh(tenant, connection))).await;
        assert!(fresh.iter().all(|fresh| matches!(fresh, Ok(Some(at)) if *at == fresh_until(&service))), "{fresh:?}");
        assert_eq!(refreshes(&service), round);
        assert!(works(&service, id).await);
    }
    // What was due is done by now, by whom makes no difference.
    let done = join_all(replicas.iter().map(|replica| replica.service().attend_all())).await;
    assert_eq!(done.into_iter().map(Result::unwrap).sum::<usize>(), 1);
    assert_eq!(refreshes(&service), 5);
    for replica in replicas {
        replica.service().store().close().await;
    }
}

fn fresh_until(service: &Service) -> Timestamp {
    service.state.service().clock().now().after(LIFETIME)
}

#[tokio::test]
async fn a_replica_that_dies_anywhere_loses_no_connection() {
    let mut places = 0;
    loop {
        let (service, id) = connected(Duration::from_secs(10 * 60)).await;
        pass(&service, LIFETIME);
        let replica = service.replica().await;
        let done = die_at(places, replica.service().attend_all()).await;
        service.bury(&replica).await;
        // Another replica finds it due when the dead one's leases have run out.
        pass(&service, LEASES);
        service.attend().await;
        let shown = connection(&service).await;
        assert_eq!((&shown["status"], &shown["last_error"]), (&json!("active"), &Value::Null), "died at {places}");
        assert!(works(&service, id).await, "died at {places}");
        assert!((1..=2).contains(&refreshes(&service)), "died at {places}: {}", refreshes(&service));
        if done.is_some() {
            break;
        }
        places += 1;
    }
    assert!(places >= 20, "it has {places} places to die at");
}

/// Between the provider's answer and its commit the new tokens are in one replica's memory alone. If the provider takes no
/// refresh token twice, they are lost with it; then the connection says so.
#[tokio::test]
async fn a_connection_whose_tokens_died_with_a_replica_says_so_and_a_new_connect_heals_it() {
    let mut lost = 0;
    let mut place = 0;
    loop {
        let (service, id) = connected(Duration::ZERO).await;
        pass(&service, LIFETIME);
        let replica = service.replica().await;
        let done = die_at(place, replica.service().attend_all()).await;
        service.bury(&replica).await;
        pass(&service, LEASES);
        service.attend().await;
        let shown = connection(&service).await;
        if shown["status"] == "error" {
            lost += 1;
            let why = shown["last_error"].as_str().unwrap();
            assert!(why.contains("bad_refresh_token") && why.contains("connect again"), "{why}");
            assert_eq!(service.attend().await, 0, "nothing more is tried");
            service.connect(ACME).await;
            let healed = connection(&service).await;
            assert_eq!((&healed["status"], &healed["last_error"]), (&json!("active"), &Value::Null));
            only_refresh(&service).await;
            pass(&service, LIFETIME);
            assert_eq!(service.attend().await, 1, "its tokens are kept fresh again");
        }
        assert!(works(&service, id).await, "died at {place}");
        if done.is_some() {
            break;
        }
        place += 1;
    }
    assert!((1..place / 2).contains(&lost), "{lost} of {place} places");
}

#[tokio::test]
async fn a_provider_that_fails_is_asked_again_later_and_later() {
    let (service, id) = connected(Duration::ZERO).await;
    pass(&service, LIFETIME);
    service.github.fail_next(Endpoint::Token, 2, Failure::Status(503));
    assert_eq!(service.attend().await, 1);
    assert_eq!((refreshes(&service), connection(&service).await["status"].clone()), (1, json!("active")));
    pass(&service, Duration::from_secs(4));
    assert_eq!(service.attend().await, 0, "it waits for five seconds at least");
    pass(&service, Duration::from_secs(3));
    assert_eq!(service.attend().await, 1);
    pass(&service, Duration::from_secs(9));
    assert_eq!(service.attend().await, 0, "then for ten");
    pass(&service, Duration::from_secs(4));
    assert_eq!(service.attend().await, 1);
    assert!(works(&service, id).await);
    assert_eq!(refreshes(&service), 3);
}

#[tokio::test]
async fn a_refresh_token_that_is_refused_stops_the_connection_until_the_user_connects_again() {
    let (service, id) = connected(Duration::ZERO).await;
    service.withdraw_grant().await;
    pass(&service, LIFETIME);
    service.attend().await;
    let shown = connection(&service).await;
    assert_eq!(shown["status"], "error");
    assert_eq!(shown["last_error"], "the provider refuses to refresh the tokens (bad_refresh_token); connect again");
    assert_eq!(service.attend().await, 0);
    service.connect(ACME).await;
    assert_eq!(connection(&service).await["status"], "active");
    assert!(works(&service, id).await);
}

/// Begins to refresh, and does `meanwhile` while GitHub answers; what the refresh came to, and how many tokens were revoked.
async fn during_a_refresh(
    service: &Service,
    id: Uuid,
    meanwhile: impl Future<Output = ()>,
) -> (Result<Option<Timestamp>, Error>, usize) {
    pass(service, LIFETIME);
    let replica = service.replica().await;
    let before = service.github.calls().len();
    let result = {
        let mut refresh = pin!(replica.service().keep_fresh(TenantId(ACME), ConnectionId(id)));
        while service.github.calls().len() == before {
            assert!(poll_immediate(&mut refresh).await.is_none(), "it waits for GitHub");
            tokio::task::yield_now().await;
        }
        meanwhile.await;
        refresh.await
    };
    replica.service().finish().await;
    service.state.service().finish().await;
    replica.service().store().close().await;
    let revoked = service.github.calls().iter().filter(|call| call.method == Method::DELETE).count();
    (result, revoked)
}

#[tokio::test]
async fn a_connection_that_is_deleted_during_its_refresh_leaves_no_token_behind() {
    let (service, id) = connected(Duration::ZERO).await;
    let delete = async {
        assert_eq!(service.delete(&format!("/connections/{id}")).tenant(ACME).send().await.status, 204);
    };
    let (refreshed, revoked) = during_a_refresh(&service, id, delete).await;
    assert!(matches!(refreshed, Err(Error::ConnectionNotFound)), "{refreshed:?}");
    assert_eq!(revoked, 2, "the token that it had, and the one that came too late");
    assert_eq!(service.database.texts("SELECT task FROM upkeep").await, [""; 0], "nothing is due for it any more");
    assert_eq!(service.database.texts("SELECT 'x' FROM connection_tokens").await, [""; 0]);
}

#[tokio::test]
async fn what_a_user_brings_during_a_refresh_wins() {
    let (service, id) = connected(Duration::ZERO).await;
    let again = async {
        service.connect(ACME).await;
    };
    let (refreshed, revoked) = during_a_refresh(&service, id, again).await;
    assert_eq!(refreshed.unwrap(), Some(fresh_until(&service)));
    assert_eq!(revoked, 2, "the token that it had, and the one that came too late");
    assert!(works(&service, id).await);
    assert_eq!(connection(&service).await["status"], "active");
}

//! The two strategies by which a Poblysh tenant has its id at the service.

use std::collections::HashSet;

use connectors_mock::ConnectorsMock;
use core_backend::{
    tenants::Tenants,
    users::{USERS, User},
};
use uuid::Uuid;

use crate::{person::Person, site::Site};

/// The id that the service is given for a user.
async fn id_of(user: &User, mock: &ConnectorsMock, tenants: Tenants) -> Uuid {
    let site = Site::against(mock.url(), mock.operator_token(), tenants).await;
    let person = Person::logged_in(&site.url, user.login).await;
    person.json("/api/connectors/connections").await;
    let requests = mock.requests();
    *requests.last().and_then(|request| request.tenant()).expect("a tenant").as_uuid()
}

#[tokio::test]
async fn the_tenants_own_id_is_used_as_it_is() {
    let mock = ConnectorsMock::start().await;
    for user in &USERS {
        assert_eq!(id_of(user, &mock, Tenants::Same).await, user.poblysh_tenant_id);
    }
}

#[tokio::test]
async fn a_mapped_id_is_each_tenants_own_and_survives_a_restart() {
    let mock = ConnectorsMock::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let database = format!("sqlite:{}?mode=rwc", folder.path().join("core.db").display());
    let mut ids = Vec::new();
    for _ in 0..2 {
        let tenants = Tenants::mapped(&database).await.expect("the table is there");
        for user in &USERS {
            ids.push(id_of(user, &mock, tenants.clone()).await);
        }
    }
    assert_eq!(ids[..2], ids[2..]);
    assert_eq!(HashSet::from([ids[0], ids[1], USERS[0].poblysh_tenant_id, USERS[1].poblysh_tenant_id]).len(), 4);
}

#[tokio::test]
async fn nothing_that_a_browser_sends_chooses_the_tenant() {
    let mock = ConnectorsMock::start().await;
    let site = Site::against_mock(&mock).await;
    let grace = Person::logged_in(&site.url, "grace").await;
    let acme = USERS[0].poblysh_tenant_id.to_string();
    let path = format!("/api/connectors/signals?tenant_id={acme}&tenant={acme}");
    let headers = [("x-tenant-id", acme.as_str()), ("authorization", "Bearer another")];
    grace.send(reqwest::Method::GET, &path, &headers, None).await;
    let requests = mock.requests();
    let sent = requests.last().expect("a request");
    assert_eq!(sent.tenant().map(|id| *id.as_uuid()), Some(USERS[1].poblysh_tenant_id));
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {}", mock.operator_token()).as_str()));
}

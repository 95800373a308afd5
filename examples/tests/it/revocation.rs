use connectors_examples::standin::github::{Account, GitHubStandIn};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{github, http, token, user};

async fn revoke(github: &GitHubStandIn, what: &str, secret: &str, body: &Value) -> StatusCode {
    let path = format!("api/v3/applications/client-id/{what}");
    http()
        .delete(github.base_url().join(&path).unwrap())
        .basic_auth("client-id", Some(secret))
        .json(body)
        .send()
        .await
        .unwrap()
        .status()
}

#[tokio::test]
async fn a_revoked_token_is_dead_and_the_users_other_token_lives() {
    let github = github().await;
    let (first, second) = (token(&github).await, token(&github).await);
    let body = json!({ "access_token": first });

    assert_eq!(revoke(&github, "token", "client-secret", &body).await, StatusCode::NO_CONTENT);
    assert_eq!(user(&github, &first).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(user(&github, &second).await.status(), StatusCode::OK);
    assert_eq!(revoke(&github, "token", "client-secret", &body).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_revoked_grant_kills_every_token_of_that_user_and_no_other() {
    let github = github().await;
    let (first, second) = (token(&github).await, token(&github).await);
    github.sign_in_as(Account { id: 583231, login: "octocat".into(), name: None });
    let octocat = token(&github).await;
    let body = json!({ "access_token": first });

    assert_eq!(revoke(&github, "grant", "client-secret", &body).await, StatusCode::NO_CONTENT);
    for dead in [&first, &second] {
        assert_eq!(user(&github, dead).await.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(user(&github, &octocat).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn only_the_app_itself_can_revoke() {
    let github = github().await;
    let token = token(&github).await;
    let body = json!({ "access_token": token });

    for what in ["token", "grant"] {
        assert_eq!(revoke(&github, what, "wrong", &body).await, StatusCode::UNAUTHORIZED);

        let url = github.base_url().join(&format!("api/v3/applications/client-id/{what}")).unwrap();
        let bearer = http().delete(url).bearer_auth(&token).json(&body).send().await.unwrap();
        assert_eq!(bearer.status(), StatusCode::UNAUTHORIZED);

        let other = github.base_url().join(&format!("api/v3/applications/other/{what}")).unwrap();
        let basic = http().delete(other).basic_auth("client-id", Some("client-secret"));
        assert_eq!(basic.json(&body).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(user(&github, &token).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_revocation_without_a_token_is_unprocessable() {
    let github = github().await;
    for body in [json!({}), json!({ "access_token": null }), json!([])] {
        let status = revoke(&github, "token", "client-secret", &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
}

//! Zoho: data centers, and secrets that are handed over.

use connectors_examples::recorded::zoho::{cliq, cliq_signature, mail, mail_signature};

use super::{after, script};
use crate::twin::{Call, Step, advance, approve, delete, deny, get, post, same};

fn connected(provider: &str) -> Vec<Step> {
    script![
        post(&format!("/connect/{provider}")).keep("url", "/authorize_url"),
        approve("url", "back"),
        get(&format!("/connect/{provider}/callback?{{back}}")).keep("connection", "/connection/id"),
    ]
    .into()
}

fn cliq_body(name: &str) -> &'static [u8] {
    cliq().into_iter().find(|delivery| delivery.name == name).unwrap().body
}

fn mail_body(name: &str) -> &'static [u8] {
    mail().into_iter().find(|delivery| delivery.name == name).unwrap().body
}

#[tokio::test]
async fn a_callback_picks_a_data_center_from_the_list() {
    let callback = "/connect/zoho-mail/callback?state={back.state}&code={back.code}";
    let begun = script![
        get("/providers").anonymous(),
        post("/connect/zoho-mail").keep("url", "/authorize_url"),
        approve("url", "back"),
        get(&format!("{callback}&location=mars")),
        get(&format!("{callback}&location=")),
        get(&format!("{callback}&location=eu&accounts-server=https://accounts.zoho.com")),
        get(&format!("{callback}&location=us&accounts-server=https://evil.example")),
        get(&format!("{callback}&accounts-server=https://accounts.zoho.eu")),
        get(&format!("{callback}&location=us&location=us")),
        get(&format!("{callback}&accounts-server=x&accounts-server=x")),
        get(&format!("{callback}&location=us&accounts-server=https://accounts.zoho.com/")),
        get("/connect/zoho-mail/callback?{back}"),
        post("/connect/zoho-mail").keep("denied url", "/authorize_url"),
        deny("denied url", "denied"),
        get("/connect/zoho-mail/callback?{denied}"),
        get("/connections"),
    ];
    same(&begun).await;
}

#[tokio::test]
async fn a_code_is_good_for_two_minutes() {
    let script = script![
        post("/connect/zoho-mail").keep("url", "/authorize_url"),
        advance(60),
        approve("url", "in time"),
        advance(119),
        get("/connect/zoho-mail/callback?{in time}"),
        post("/connect/zoho-mail").keep("late url", "/authorize_url"),
        approve("late url", "late"),
        advance(120),
        get("/connect/zoho-mail/callback?{late}"),
    ];
    same(&script).await;
}

#[tokio::test]
async fn cliqs_deliveries_name_no_account() {
    let own = |tenant: &str, name: &str| {
        let call = post(&format!("/webhooks/zoho-cliq/{{{tenant}}}")).anonymous().body(cliq_body(name));
        call.header("x-webhook-secret", "{zoho-cliq secret of acme}")
    };
    let of_the_app = |path: &str, name: &str| {
        let body = cliq_body(name);
        post(path).anonymous().header("x-cliq-signature", &cliq_signature(body)).body(body)
    };
    let script = script![
        own("acme", "script.message_sent"),
        own("acme", "script.message_sent"),
        own("acme", "participation_handler.message_sent").header("x-connection-id", "{connection}"),
        own("acme", "participation_handler.message_edited").header("x-connection-id", "{globex}"),
        own("acme", "participation_handler.added"),
        own("globex", "participation_handler.message_deleted"),
        own("acme", "message_handler").header("x-webhook-secret", "twice"),
        post("/webhooks/zoho-cliq/{acme}").anonymous().header("x-webhook-secret", "").body("{}"),
        of_the_app("/webhooks/zoho-cliq", "message_handler"),
        of_the_app("/webhooks/zoho-cliq/{acme}", "message_handler"),
        post("/webhooks/zoho-cliq").body(cliq_body("participation_handler.message_sent.file")),
        post("/webhooks/zoho-cliq").body(cliq_body("message_handler")).header("x-connection-id", "{connection}"),
        get("/signals?limit=100&include_payload=true"),
        delete("/connections/{connection}"),
        get("/connections"),
    ];
    same(&after(connected("zoho-cliq"), script)).await;
}

#[tokio::test]
async fn a_webhooks_secret_is_handed_over_at_the_tenants_url() {
    const SETUP: &str = "/webhooks/zoho-mail/{acme}?setup={zoho-mail secret of acme}";
    let hands_over = |path: &str, secret: &str| post(path).anonymous().header("x-hook-secret", secret);
    let signed = |path: &str, secret: &str, name: &str| -> Call {
        let body = mail_body(name);
        post(path).anonymous().header("x-hook-signature", &mail_signature(secret, body)).body(body)
    };
    let script = script![
        signed(SETUP, "secret", "email"),
        hands_over("/webhooks/zoho-mail/{acme}", "secret"),
        hands_over("/webhooks/zoho-mail/{acme}?setup=", "secret"),
        hands_over("/webhooks/zoho-mail/{acme}?setup={zoho-mail secret of globex}", "secret"),
        hands_over("/webhooks/zoho-mail/{acme}?setup={zoho-cliq secret of acme}", "secret"),
        hands_over("/webhooks/zoho-mail", "secret"),
        hands_over(SETUP, ""),
        hands_over(SETUP, "secret").header("x-hook-secret", "another"),
        signed(SETUP, "secret", "email").header("x-hook-secret", "secret"),
        hands_over(SETUP, "secret"),
        signed("/webhooks/zoho-mail/{acme}", "secret", "email"),
        signed(SETUP, "secret", "email"),
        signed(SETUP, "wrong", "email.to_several"),
        signed(SETUP, "secret", "email.to_several"),
        signed(SETUP, "secret", "task"),
        signed("/webhooks/zoho-mail/{globex}", "secret", "email.without_subject"),
        signed("/webhooks/zoho-mail", "secret", "email.without_subject"),
        post("/webhooks/zoho-mail").body(mail_body("email.without_subject")).header("x-hook-secret", "secret"),
        get("/signals?limit=100&include_payload=true"),
        delete("/connections/{connection}"),
        signed(SETUP, "secret", "email.to_an_alias"),
        get("/signals"),
    ];
    same(&after(connected("zoho-mail"), script)).await;
}

#[tokio::test]
async fn of_many_secrets_that_are_handed_over_the_newest_are_kept() {
    let hands_over = |secret: &str| {
        let call = post("/webhooks/zoho-mail/{acme}?setup={zoho-mail secret of acme}").anonymous();
        call.header("x-hook-secret", secret)
    };
    let signed = |secret: &str| {
        let body = mail_body("task");
        let call = post("/webhooks/zoho-mail/{acme}").anonymous();
        call.header("x-hook-signature", &mail_signature(secret, body)).body(body)
    };
    let mut script = script![hands_over("first"), advance(1), hands_over("second"), advance(1)].to_vec();
    for number in 0..48 {
        script.extend(script![hands_over(&number.to_string()), advance(1)]);
    }
    script.extend(script![
        signed("first"),
        // Once more, so that it is the newest.
        hands_over("first"),
        advance(1),
        signed("second"),
        hands_over("one more"),
        signed("second"),
        signed("first"),
        signed("one more"),
    ]);
    same(&script).await;
}

//! Scripts that nobody has written: whatever comes out of chance, service and mock answer it alike.

use std::collections::BTreeMap;

use chrono::DateTime;
use connectors_examples::recorded::{github, jira, slack, zoho};
use connectors_server::provider::descriptors;
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, RngSeed, TestCaseError, TestRunner},
};
use serde_json::json;

use crate::twin::{
    BEGIN, Call, GMAIL_PUSH, OTHER_REDIRECT, Outage, Secret, Setup, Step, advance, approve, approve_as, compared,
    delete, deny, get, outage, post,
};

/// Scripts in every run; `cargo xtask prove twin` runs more.
const USUAL: u32 = 50;

/// The longest script.
const LONGEST: usize = 24;

/// Places in which authorizations and connections are kept.
const SLOTS: [usize; 3] = [0, 1, 2];

/// With which Zoho Mail signs once it was handed over.
const MAIL_SECRET: &str = "handed over";

/// Something that Core, a provider or a user does. Slots that hold nothing yet make requests that are refused.
#[derive(Debug, Clone)]
enum Action {
    Start {
        slot: usize,
        provider: &'static str,
        tenant: &'static str,
        elsewhere: bool,
    },
    Approve {
        slot: usize,
        account: Option<u64>,
    },
    Deny {
        slot: usize,
    },
    Callback {
        slot: usize,
        tenant: &'static str,
        altered: &'static str,
        anonymous: bool,
        /// To the callback of another provider.
        astray: bool,
    },
    /// The same callback more than once at a time.
    Callbacks {
        slot: usize,
        tenant: &'static str,
    },
    /// Two authorizations, and the code of one with the state of the other.
    Swap {
        provider: &'static str,
        tenants: [&'static str; 2],
        elsewhere: [bool; 2],
    },
    Connection {
        slot: usize,
        tenant: &'static str,
        deleted: bool,
    },
    Connections {
        tenant: &'static str,
        query: String,
        goes_on: bool,
    },
    Signals {
        tenant: &'static str,
        query: String,
        slot: Option<usize>,
        goes_on: bool,
    },
    Signal {
        tenant: &'static str,
    },
    Deliver {
        door: Door,
        provider: &'static str,
        delivery: &'static str,
        id: &'static str,
        slot: Option<usize>,
    },
    /// Zoho Mail hands over the secret of a webhook.
    HandOver {
        tenant: &'static str,
        theirs: bool,
    },
    GitHubFails {
        status: u16,
    },
    /// The database is gone, or broken, for the rest of the script.
    DatabaseFails {
        gone: bool,
    },
    Wait {
        seconds: u64,
    },
}

#[derive(Debug, Clone)]
enum Door {
    App,
    Own(&'static str, Secret),
    HandedOn(&'static str),
}

fn tenant() -> impl Strategy<Value = &'static str> {
    select(vec!["acme", "acme", "globex"])
}

fn slot() -> impl Strategy<Value = usize> {
    select(SLOTS.to_vec())
}

/// All that the service has.
fn providers() -> Vec<&'static str> {
    descriptors().map(|descriptor| descriptor.name).collect()
}

/// What happens in a script that is mostly about one provider.
fn action(usual: &'static str) -> impl Strategy<Value = Action> {
    let connections = ["", "provider={}", "status=active", "limit=1", "limit=1&provider={}", "status=x", "limt=1"];
    let signals = [
        "",
        "limit=1",
        "limit=2&include_payload=true",
        "kind=issue_created",
        "kind=message_posted&limit=1",
        "kind=code_pushed&limit=1",
        "provider={}&limit=3",
        "occurred_after=2019-05-15T15:20:30Z&limit=2",
        "occurred_after=2021-01-01T00:00:00Z&occurred_before=2020-01-01T00:00:00Z",
        "occurred_before=2019-05-15T15:20:57Z",
        "limit=0&kind=x",
        "providr=github",
    ];
    let query =
        move |queries: &[&'static str]| select(queries.to_vec()).prop_map(move |query| query.replace("{}", usual));
    let provider = || prop_oneof![6 => Just(usual), 1 => select(providers())];
    let all: Vec<_> = providers().into_iter().flat_map(deliveries).collect();
    let delivery = prop_oneof![6 => select(deliveries(usual)), 1 => select(all)];
    let secret = || prop_oneof![4 => Just(None), 1 => Just(Some(Secret::App)), 1 => Just(Some(Secret::Text("wrong")))];
    let door = prop_oneof![
        2 => Just(Door::App),
        4 => (tenant(), secret()).prop_map(|(tenant, secret)| Door::Own(tenant, secret.unwrap_or(Secret::Own(tenant)))),
        2 => tenant().prop_map(Door::HandedOn),
    ];
    let altered = select(vec!["", "", "", "&code=again", "&iss=https%3A%2F%2Fevil.example", "x", "&scope=read%3Auser"]);
    let rarely = || prop::bool::weighted(0.1);
    prop_oneof![
        9 => (slot(), provider(), tenant(), prop::bool::weighted(0.3))
            .prop_map(|(slot, provider, tenant, elsewhere)| Action::Start { slot, provider, tenant, elsewhere }),
        9 => (slot(), select(vec![None, None, Some(7)])).prop_map(|(slot, account)| Action::Approve { slot, account }),
        3 => slot().prop_map(|slot| Action::Deny { slot }),
        12 => (slot(), tenant(), altered, prop::bool::weighted(0.2), rarely())
            .prop_map(|(slot, tenant, altered, anonymous, astray)| {
                Action::Callback { slot, tenant, altered, anonymous, astray }
            }),
        2 => (slot(), tenant()).prop_map(|(slot, tenant)| Action::Callbacks { slot, tenant }),
        3 => (provider(), [tenant(), tenant()], any::<[bool; 2]>())
            .prop_map(|(provider, tenants, elsewhere)| Action::Swap { provider, tenants, elsewhere }),
        6 => (slot(), tenant(), prop::bool::weighted(0.4))
            .prop_map(|(slot, tenant, deleted)| Action::Connection { slot, tenant, deleted }),
        3 => (tenant(), query(&connections), any::<bool>())
            .prop_map(|(tenant, query, goes_on)| Action::Connections { tenant, query, goes_on }),
        9 => (tenant(), query(&signals), prop::option::weighted(0.2, slot()), any::<bool>())
            .prop_map(|(tenant, query, slot, goes_on)| Action::Signals { tenant, query, slot, goes_on }),
        3 => tenant().prop_map(|tenant| Action::Signal { tenant }),
        15 => (door, delivery, select(vec!["", "d-1", "d-2", "d-3"]), prop::option::weighted(0.2, slot()))
            .prop_map(|(door, (provider, delivery), id, slot)| Action::Deliver { door, provider, delivery, id, slot }),
        if usual == "zoho-mail" { 9 } else { 1 } => (tenant(), rarely())
            .prop_map(|(tenant, theirs)| Action::HandOver { tenant, theirs }),
        3 => select(vec![500, 503]).prop_map(|status| Action::GitHubFails { status }),
        3 => select(vec![1_u64, 300, 601]).prop_map(|seconds| Action::Wait { seconds }),
        1 => any::<bool>().prop_map(|gone| Action::DatabaseFails { gone }),
    ]
}

/// What a provider delivers, by name; of Google's products nothing that tells what has happened.
fn deliveries(provider: &'static str) -> Vec<(&'static str, &'static str)> {
    let names: Vec<&'static str> = match provider {
        "github" => github().iter().map(|known| known.name).collect(),
        "slack" => slack::deliveries().iter().map(|known| known.name).collect(),
        "jira" => jira::deliveries().iter().map(|known| known.name).collect(),
        "zoho-cliq" => zoho::cliq().iter().map(|known| known.name).collect(),
        "zoho-mail" => zoho::mail().iter().map(|known| known.name).collect(),
        "gmail" => vec!["push", "push of nobody"],
        "google-calendar" | "google-drive" => vec!["a ring"],
        _ => panic!("what {provider} delivers is to be said here"),
    };
    names.into_iter().map(|name| (provider, name)).collect()
}

/// What has happened so far in a script.
#[derive(Default)]
struct Course {
    /// The provider of the authorization in each slot.
    started: BTreeMap<usize, &'static str>,
    /// How far the clocks have moved.
    seconds: u64,
    /// Whether the database fails: from then on no authorization begins.
    fails: bool,
}

/// The steps of the actions. Who was never sent to the provider can't come back from it.
fn script(actions: &[Action]) -> Vec<Step> {
    let mut course = Course::default();
    actions.iter().flat_map(|action| course.steps(action)).collect()
}

fn start(provider: &str, tenant: &str, elsewhere: bool) -> Call {
    let call = post(&format!("/connect/{provider}")).tenant(&format!("{{{tenant}}}"));
    let redirect = json!({"redirect_uri": OTHER_REDIRECT.replace("{provider}", provider)});
    if elsewhere { call.json(&redirect) } else { call }
}

impl Course {
    fn steps(&mut self, action: &Action) -> Vec<Step> {
        let of = |tenant: &&str| format!("{{{tenant}}}");
        let started = |slot: &usize| self.started.get(slot).copied();
        match action {
            Action::Start { provider, tenant, elsewhere, .. } if self.fails => {
                vec![start(provider, tenant, *elsewhere).into()]
            }
            Action::Start { slot, provider, tenant, elsewhere } => {
                self.started.insert(*slot, provider);
                vec![start(provider, tenant, *elsewhere).keep(&format!("url{slot}"), "/authorize_url").into()]
            }
            Action::Approve { slot, account } => {
                let (url, back) = (format!("url{slot}"), format!("back{slot}"));
                let visit = |provider| match account {
                    Some(id) if provider == "github" => approve_as(*id, "somebody", &url, &back),
                    _ => approve(&url, &back),
                };
                started(slot).map(visit).into_iter().collect()
            }
            Action::Deny { slot } => {
                let visit = |_| deny(&format!("url{slot}"), &format!("back{slot}"));
                started(slot).map(visit).into_iter().collect()
            }
            Action::Callback { slot, tenant, altered, anonymous, astray } => {
                let provider = match started(slot) {
                    Some(provider) if !astray => provider,
                    Some("github") => "slack",
                    _ => "github",
                };
                // In which order a provider writes what it sends back is its own affair.
                let query = match *altered {
                    "x" => format!("code={{back{slot}.code}}&state={{back{slot}.state}}x"),
                    altered => format!("{{back{slot}}}{altered}"),
                };
                let call = get(&format!("/connect/{provider}/callback?{query}"));
                let call = if *anonymous { call.anonymous() } else { call.tenant(&of(tenant)) };
                vec![call.keep_if_there(&format!("connection{slot}"), "/connection/id").into()]
            }
            Action::Callbacks { slot, tenant } => {
                let provider = started(slot).unwrap_or("github");
                let call = get(&format!("/connect/{provider}/callback?{{back{slot}}}")).tenant(&of(tenant));
                vec![Step::Together(vec![call.header("x-request-id", "one of several"); 3])]
            }
            Action::Swap { .. } if self.fails => Vec::new(),
            Action::Swap { provider, tenants: [one, other], elsewhere } => {
                let callback = format!("/connect/{provider}/callback");
                vec![
                    start(provider, one, elsewhere[0]).keep("swapped state", "/state").into(),
                    start(provider, other, elsewhere[1]).keep("swapped url", "/authorize_url").into(),
                    approve("swapped url", "swapped"),
                    get(&format!("{callback}?state={{swapped state}}&code={{swapped.code}}")).tenant(&of(one)).into(),
                    get(&format!("{callback}?{{swapped}}")).tenant(&of(other)).into(),
                ]
            }
            Action::Connection { slot, tenant, deleted } => {
                let path = format!("/connections/{{connection{slot}}}");
                vec![if *deleted { delete(&path) } else { get(&path) }.tenant(&of(tenant)).into()]
            }
            Action::Connections { tenant, query, goes_on } => paged("/connections", query, &of(tenant), *goes_on),
            Action::Signals { tenant, query, slot, goes_on } => {
                let only = slot.map(|slot| format!("&connection_id={{connection{slot}}}")).unwrap_or_default();
                let mut steps = paged("/signals", &format!("{query}{only}"), &of(tenant), *goes_on);
                let listed = get("/signals?limit=1").tenant(&of(tenant)).keep_if_there("signal", "/signals/0/id");
                steps.push(listed.into());
                steps
            }
            Action::Signal { tenant } => vec![get("/signals/{signal}").tenant(&of(tenant)).into()],
            Action::Deliver { door, provider, delivery, id, slot } => {
                let call = self.delivery(door, provider, delivery, id);
                let named = |call: Call, slot| call.header("x-connection-id", &format!("{{connection{slot}}}"));
                vec![slot.map_or(call.clone(), |slot| named(call, slot)).into()]
            }
            Action::HandOver { tenant, theirs } => {
                let secret = if *theirs { "globex" } else { tenant };
                let url = format!("/webhooks/zoho-mail/{{{tenant}}}?setup={{zoho-mail secret of {secret}}}");
                vec![post(&url).anonymous().header("x-hook-secret", MAIL_SECRET).into()]
            }
            Action::GitHubFails { status } => vec![outage(Outage::ProviderFails(*status))],
            Action::DatabaseFails { .. } if self.fails => Vec::new(),
            Action::DatabaseFails { gone } => {
                self.fails = true;
                vec![outage(if *gone { Outage::DatabaseGone } else { Outage::DatabaseBroken })]
            }
            Action::Wait { seconds } => {
                self.seconds += seconds;
                vec![advance(*seconds)]
            }
        }
    }

    /// A delivery by one of the doors, vouched for as its provider does.
    fn delivery(&self, door: &Door, provider: &str, name: &str, id: &str) -> Call {
        let call = match door {
            Door::App => post(&format!("/webhooks/{provider}")).anonymous(),
            Door::Own(tenant, _) => post(&format!("/webhooks/{provider}/{{{tenant}}}")).anonymous(),
            Door::HandedOn(tenant) => post(&format!("/webhooks/{provider}")).tenant(&format!("{{{tenant}}}")),
        };
        let of_zoho = |deliveries: Vec<zoho::ZohoDelivery>| {
            deliveries.into_iter().find(|known| known.name == name).expect("it is one of theirs").body
        };
        let call = match provider {
            "github" => call.delivery(name, id),
            "slack" => {
                let begin = DateTime::parse_from_rfc3339(BEGIN).expect("a time").timestamp().unsigned_abs();
                call.slack(name, &(begin + self.seconds).to_string())
            }
            "jira" => call.jira(name, id),
            "zoho-cliq" => call.body(of_zoho(zoho::cliq())),
            "zoho-mail" => call.body(of_zoho(zoho::mail())),
            "gmail" if name == "push" => call.body(GMAIL_PUSH),
            "gmail" => call.body(r#"{"message":{"messageId":"1","data":"e30="}}"#),
            _ => {
                let call = call.header("x-goog-resource-state", "change").header("x-goog-channel-id", "unknown");
                call.header("x-goog-message-number", "2")
            }
        };
        let secret = match door {
            Door::App => Secret::App,
            Door::Own(_, secret) => secret.clone(),
            Door::HandedOn(_) => return call,
        };
        match (provider, &secret) {
            ("github" | "slack" | "jira", _) => call.signed(secret),
            ("zoho-cliq", Secret::Own(tenant)) => {
                call.header("x-webhook-secret", &format!("{{zoho-cliq secret of {tenant}}}"))
            }
            ("zoho-cliq", Secret::App) => {
                let signature = zoho::cliq_signature(&call.body);
                call.header("x-cliq-signature", &signature)
            }
            ("zoho-cliq", Secret::Text(text)) => call.header("x-webhook-secret", text),
            ("zoho-mail", _) => {
                let secret = if let Secret::Text(text) = secret { text } else { MAIL_SECRET };
                let signature = zoho::mail_signature(secret, &call.body);
                call.header("x-hook-signature", &signature)
            }
            ("gmail", _) => call.authorization("Bearer x"),
            _ => call.header("x-goog-channel-token", "x"),
        }
    }
}

/// A list, and the page after it or, if there is none, a cursor that is none.
fn paged(path: &str, query: &str, tenant: &str, goes_on: bool) -> Vec<Step> {
    let first = get(&format!("{path}?{query}")).tenant(tenant).keep_if_there("cursor", "/next_cursor");
    let next = get(&format!("{path}?{query}&cursor={{cursor}}")).tenant(tenant);
    if goes_on { vec![first.into(), next.into()] } else { vec![first.into()] }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn service_and_mock_answer_every_script_alike() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cases = number("PROVE").map_or(USUAL, |cases| cases.try_into().unwrap());
    let seed = number("PROVE_SEED").unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0 >> 1);
    let providers = providers();
    let of_each = cases.div_ceil(u32::try_from(providers.len()).unwrap());
    println!("{of_each} scripts of each provider; to run the same ones again: PROVE={cases} PROVE_SEED={seed}");
    for (provider, seed_of_its_own) in providers.into_iter().zip(seed..) {
        let rng_seed = RngSeed::Fixed(seed_of_its_own);
        let config = Config { cases: of_each, rng_seed, failure_persistence: None, ..Config::default() };
        let actions = prop::collection::vec(action(provider), 1..LONGEST);
        let result = TestRunner::new(config).run(&actions, |actions| {
            let differences = runtime.block_on(compared(&Setup::default(), &script(&actions)));
            match differences.is_empty() {
                true => Ok(()),
                false => Err(TestCaseError::fail(differences.join("\n"))),
            }
        });
        result.unwrap_or_else(|error| panic!("PROVE_SEED={seed}, {provider}: {error}"));
    }
}

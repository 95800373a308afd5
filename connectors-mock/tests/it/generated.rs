//! Scripts that nobody has written: whatever comes out of chance, service and mock answer it alike.

use std::collections::BTreeSet;

use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, RngSeed, TestCaseError, TestRunner},
};
use serde_json::json;

use crate::twin::{
    Call, OTHER_REDIRECT, Outage, Secret, Setup, Step, advance, approve, approve_as, compared, delete, deny, get,
    outage, post,
};

/// Scripts in every run; `cargo xtask prove twin` runs more.
const USUAL: u32 = 50;

/// The longest script.
const LONGEST: usize = 24;

/// Places in which authorizations and connections are kept.
const SLOTS: [usize; 3] = [0, 1, 2];

/// Something that Core, a provider or a user does. Slots that hold nothing yet make requests that are refused.
#[derive(Debug, Clone)]
enum Action {
    Start {
        slot: usize,
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
    },
    /// Two authorizations, and the code of one with the state of the other.
    Swap {
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
        query: &'static str,
        goes_on: bool,
    },
    Signals {
        tenant: &'static str,
        query: &'static str,
        slot: Option<usize>,
        goes_on: bool,
    },
    Signal {
        tenant: &'static str,
    },
    Deliver {
        door: Door,
        delivery: &'static str,
        id: &'static str,
        slot: Option<usize>,
    },
    ProviderFails {
        status: u16,
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

fn action() -> impl Strategy<Value = Action> {
    let connections =
        ["", "provider=github", "status=active", "limit=1", "limit=1&provider=github", "status=x", "limt=1"];
    let signals = [
        "",
        "limit=1",
        "limit=2&include_payload=true",
        "kind=issue_created",
        "kind=code_pushed&limit=1",
        "provider=github&limit=3",
        "occurred_after=2019-05-15T15:20:30Z&limit=2",
        "occurred_after=2021-01-01T00:00:00Z&occurred_before=2020-01-01T00:00:00Z",
        "occurred_before=2019-05-15T15:20:57Z",
        "limit=0&kind=x",
        "providr=github",
    ];
    let names: Vec<&'static str> = connectors_examples::recorded::github().iter().map(|known| known.name).collect();
    let secret = || prop_oneof![4 => Just(None), 1 => Just(Some(Secret::App)), 1 => Just(Some(Secret::Text("wrong")))];
    let door = prop_oneof![
        2 => Just(Door::App),
        4 => (tenant(), secret()).prop_map(|(tenant, secret)| Door::Own(tenant, secret.unwrap_or(Secret::Own(tenant)))),
        2 => tenant().prop_map(Door::HandedOn),
    ];
    let altered = select(vec!["", "", "", "&code=again", "&iss=https%3A%2F%2Fevil.example", "x", "&scope=read%3Auser"]);
    prop_oneof![
        3 => (slot(), tenant(), prop::bool::weighted(0.3))
            .prop_map(|(slot, tenant, elsewhere)| Action::Start { slot, tenant, elsewhere }),
        3 => (slot(), select(vec![None, None, Some(7)])).prop_map(|(slot, account)| Action::Approve { slot, account }),
        1 => slot().prop_map(|slot| Action::Deny { slot }),
        4 => (slot(), tenant(), altered, prop::bool::weighted(0.2)).prop_map(|(slot, tenant, altered, anonymous)| {
            Action::Callback { slot, tenant, altered, anonymous }
        }),
        1 => ([tenant(), tenant()], any::<[bool; 2]>())
            .prop_map(|(tenants, elsewhere)| Action::Swap { tenants, elsewhere }),
        2 => (slot(), tenant(), prop::bool::weighted(0.4))
            .prop_map(|(slot, tenant, deleted)| Action::Connection { slot, tenant, deleted }),
        1 => (tenant(), select(connections.to_vec()), any::<bool>())
            .prop_map(|(tenant, query, goes_on)| Action::Connections { tenant, query, goes_on }),
        3 => (tenant(), select(signals.to_vec()), prop::option::weighted(0.2, slot()), any::<bool>())
            .prop_map(|(tenant, query, slot, goes_on)| Action::Signals { tenant, query, slot, goes_on }),
        1 => tenant().prop_map(|tenant| Action::Signal { tenant }),
        5 => (door, select(names), select(vec!["", "d-1", "d-2", "d-3"]), prop::option::weighted(0.2, slot()))
            .prop_map(|(door, delivery, id, slot)| Action::Deliver { door, delivery, id, slot }),
        1 => select(vec![500, 503]).prop_map(|status| Action::ProviderFails { status }),
        1 => select(vec![1_u64, 300, 601]).prop_map(|seconds| Action::Wait { seconds }),
    ]
}

/// The steps of the actions. Who was never sent to the provider can't come back from it.
fn script(actions: &[Action]) -> Vec<Step> {
    let (mut started, mut steps) = (BTreeSet::new(), Vec::new());
    for action in actions {
        match action {
            Action::Start { slot, tenant, elsewhere } => {
                started.insert(*slot);
                steps.push(start(tenant, *elsewhere).keep(&format!("url{slot}"), "/authorize_url").into());
            }
            Action::Approve { slot, account } if started.contains(slot) => {
                let (url, back) = (format!("url{slot}"), format!("back{slot}"));
                steps.push(match account {
                    Some(id) => approve_as(*id, "somebody", &url, &back),
                    None => approve(&url, &back),
                });
            }
            Action::Deny { slot } if started.contains(slot) => {
                steps.push(deny(&format!("url{slot}"), &format!("back{slot}")));
            }
            Action::Approve { .. } | Action::Deny { .. } => {}
            action => steps.extend(request(action)),
        }
    }
    steps
}

fn start(tenant: &str, elsewhere: bool) -> Call {
    let call = post("/connect/github").tenant(&format!("{{{tenant}}}"));
    let redirect = json!({"redirect_uri": OTHER_REDIRECT.replace("{provider}", "github")});
    if elsewhere { call.json(&redirect) } else { call }
}

fn request(action: &Action) -> Vec<Step> {
    let of = |tenant: &&str| format!("{{{tenant}}}");
    match action {
        Action::Callback { slot, tenant, altered, anonymous } => {
            let call = get(&format!("/connect/github/callback?{{back{slot}}}{altered}"));
            let call = if *anonymous { call.anonymous() } else { call.tenant(&of(tenant)) };
            vec![call.keep_if_there(&format!("connection{slot}"), "/connection/id").into()]
        }
        Action::Swap { tenants: [one, other], elsewhere } => vec![
            start(one, elsewhere[0]).keep("swapped state", "/state").into(),
            start(other, elsewhere[1]).keep("swapped url", "/authorize_url").into(),
            approve("swapped url", "swapped"),
            get("/connect/github/callback?state={swapped state}&code={swapped.code}").tenant(&of(one)).into(),
            get("/connect/github/callback?{swapped}").tenant(&of(other)).into(),
        ],
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
        Action::Deliver { door, delivery, id, slot } => {
            let call = match door {
                Door::App => post("/webhooks/github").anonymous().signed(Secret::App),
                Door::Own(tenant, secret) => {
                    post(&format!("/webhooks/github/{{{tenant}}}")).anonymous().signed(secret.clone())
                }
                Door::HandedOn(tenant) => post("/webhooks/github").tenant(&of(tenant)),
            };
            let call = call.delivery(delivery, id);
            let named = |call: Call, slot| call.header("x-connection-id", &format!("{{connection{slot}}}"));
            vec![slot.map_or(call.clone(), |slot| named(call, slot)).into()]
        }
        Action::ProviderFails { status } => vec![outage(Outage::ProviderFails(*status))],
        Action::Wait { seconds } => vec![advance(*seconds)],
        Action::Start { .. } | Action::Approve { .. } | Action::Deny { .. } => unreachable!("steps of their own"),
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
    let seed = number("PROVE_SEED").unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
    println!("{cases} scripts; to run the same ones again: PROVE={cases} PROVE_SEED={seed}");
    let config = Config { cases, rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..Config::default() };
    let actions = prop::collection::vec(action(), 1..LONGEST);
    let result = TestRunner::new(config).run(&actions, |actions| {
        let differences = runtime.block_on(compared(&Setup::default(), &script(&actions)));
        match differences.is_empty() {
            true => Ok(()),
            false => Err(TestCaseError::fail(differences.join("\n"))),
        }
    });
    result.unwrap_or_else(|error| panic!("PROVE_SEED={seed}: {error}"));
}

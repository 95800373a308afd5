//! The samples leave no operation out.

use std::{collections::BTreeSet, path::Path};

use connectors_examples::backend::{Against, Backend};
use guide_samples::Stage;

use crate::{every_error::document, shown::ON_BOTH};

#[tokio::test]
async fn every_operation_of_the_document_is_called_by_a_sample() {
    let mut called = BTreeSet::new();
    macro_rules! run {
        ($($name:ident),+) => {$(
            let mut stage = Stage::on(Against::Mock).await.unwrap();
            guide_samples::$name::run(&mut stage).await.unwrap();
            let Backend::Mock(mock) = &stage.backend else { unreachable!("it was asked for") };
            called.extend(mock.requests().iter().filter_map(|request| Some(request.operation()?.as_str().to_owned())));
        )+};
    }
    run!(health, make_client, one_account, read_signals, replay_delivery, rotate_token);
    let document = document();
    let operations = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|path| path.as_object().unwrap().values());
    let documented: BTreeSet<String> = operations
        .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(called, documented);
}

#[test]
fn a_sample_is_short_and_is_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in std::fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_none_or(|extension| extension != "rs")
            || ["lib", "stage"].contains(&name.as_str())
        {
            continue;
        }
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 60, "{name} has {lines} lines; a page's sample has at most 60");
        assert!(
            ON_BOTH.contains(&name.as_str()) || name == "offline_test",
            "no test runs {name}"
        );
    }
}

//! What the specification of the guide demands.

use std::collections::BTreeMap;

use connectors_guide::requirements;

use crate::book;

/// How many demands the specification makes of each topic.
const BULLETS: &[(&str, usize)] = &[
    ("Endpoints", 21),
    ("Journey", 2),
    ("Journey, step 1", 2),
    ("Journey, step 2", 5),
    ("Journey, step 3", 6),
    ("Journey, step 4", 3),
    ("Journey, step 5", 6),
    ("OpenAPI", 6),
    ("Role and boundaries", 8),
    ("Security", 12),
    ("Tenancy", 9),
];

#[test]
fn each_demand_leads_to_a_section_that_is_there() {
    let requirements = requirements().unwrap();
    let mut topics: BTreeMap<String, usize> = BTreeMap::new();
    for requirement in &requirements {
        *topics.entry(requirement.topic.clone()).or_default() += 1;
    }
    let topics: Vec<_> = topics.iter().map(|(topic, demands)| (topic.as_str(), *demands)).collect();
    assert_eq!(topics, BULLETS, "the specification has so many bullets");
    for requirement in requirements {
        let (page, section) = match requirement.met_by.split_once('#') {
            Some((page, section)) => (page, Some(section)),
            None => (requirement.met_by.as_str(), None),
        };
        let page = page.replace(".md", ".html");
        assert!(book::has(&page, section), "{} is not there: {}", requirement.met_by, requirement.demand);
    }
}

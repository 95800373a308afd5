//! What the specification of the guide demands.

use connectors_guide::requirements;

use crate::book;

#[test]
fn each_demand_leads_to_a_section_that_is_there() {
    let requirements = requirements().unwrap();
    assert!(requirements.len() >= 40, "only {} demands are listed", requirements.len());
    for requirement in requirements {
        let (page, section) = match requirement.met_by.split_once('#') {
            Some((page, section)) => (page, Some(section)),
            None => (requirement.met_by.as_str(), None),
        };
        let page = page.replace(".md", ".html");
        assert!(book::has(&page, section), "{} is not there: {}", requirement.met_by, requirement.demand);
    }
}

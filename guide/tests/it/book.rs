//! The built book: links, anchors, headings, and what is generated in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::LazyLock,
};

use connectors_guide::{build, generated, root};
use regex::Regex;

/// Every built page by its file name.
static PAGES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    build(&root(), folder.path()).unwrap();
    let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "html"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
});

/// The part of a page that its source wrote.
fn content(page: &str) -> &str {
    let from = page.find("<main").expect("a page has a main part");
    &page[from..from + page[from..].find("</main>").expect("which ends")]
}

/// The pages that a reader meets.
fn read() -> impl Iterator<Item = (&'static str, &'static str)> {
    let own = |name: &&String| !["404.html", "print.html", "toc.html", "index.html"].contains(&name.as_str());
    PAGES.keys().filter(own).map(|name| (name.as_str(), content(&PAGES[name])))
}

fn ids(page: &str) -> Vec<&str> {
    static ID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"\sid="([^"]+)""#).unwrap());
    ID.captures_iter(page).map(|found| found.get(1).unwrap().as_str()).collect()
}

/// Whether a page of the book, and a section of it, is there.
pub(crate) fn has(page: &str, section: Option<&str>) -> bool {
    let Some(text) = PAGES.get(page) else { return false };
    section.is_none_or(|section| ids(text).contains(&section))
}

#[test]
fn every_link_leads_somewhere() {
    let link = Regex::new(r#"<a[^>]*\shref="([^"]*)""#).unwrap();
    let mut links = 0;
    for (name, page) in read() {
        for found in link.captures_iter(page) {
            let target = &found[1];
            links += 1;
            assert!(!target.contains("://"), "{name} leads off the book, where no test looks: {target}");
            let (file, section) =
                target.split_once('#').map_or((target, None), |(file, section)| (file, Some(section)));
            let file = if file.is_empty() { name } else { file };
            assert!(has(file, section), "{name} leads to {target}, which is not there");
        }
    }
    assert!(links > 100, "only {links} links were found");
}

#[test]
fn every_page_has_one_title_and_headings_without_gaps() {
    let heading = Regex::new(r"<h([1-6])").unwrap();
    for (name, page) in read() {
        let levels: Vec<u8> = heading.captures_iter(page).map(|found| found[1].parse().unwrap()).collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{name}");
        assert_eq!(levels[0], 1, "{name} begins with something else than its title");
        for pair in levels.windows(2) {
            assert!(pair[1] <= pair[0] + 1, "{name} goes from a heading of level {} to {}", pair[0], pair[1]);
        }
        let ids = ids(page);
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{name} uses an id twice");
    }
}

#[test]
fn nothing_that_is_included_is_missing_or_empty() {
    let block = Regex::new(r"(?s)<code class=[^>]*>(.*?)</code>").unwrap();
    let mut blocks = 0;
    for (name, page) in read() {
        assert!(!page.contains("{{#"), "{name} has an include that was not resolved");
        for found in block.captures_iter(page) {
            blocks += 1;
            assert!(!found[1].trim().is_empty(), "{name} has an empty box of code");
            assert!(!found[1].contains("ANCHOR"), "{name} shows an anchor");
        }
        for figure in page.split("<figure").skip(1) {
            assert!(figure.split("</figure>").next().unwrap().contains("<svg"), "{name} has an empty figure");
        }
    }
    assert!(blocks > 50, "only {blocks} blocks were found");
}

#[tokio::test]
async fn what_is_generated_is_what_would_be_generated() {
    let stale = generated::stale(&root()).await.unwrap();
    assert!(stale.is_empty(), "stale; `cargo xtask guide` writes: {stale:#?}");
}

//! The pages' sources: what they show is included, and all that there is to include is shown.

use std::{collections::BTreeSet, fs, path::Path};

use connectors_guide::root;
use connectors_server::config::{SETTINGS, provider_settings};

/// A fenced block: its page, its language, its lines.
struct Block {
    page: String,
    language: String,
    lines: Vec<String>,
}

fn pages() -> Vec<(String, String)> {
    let files = fs::read_dir(root().join("pages")).unwrap().map(|file| file.unwrap().path());
    let pages = files.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    for (page, text) in pages() {
        let mut open: Option<Block> = None;
        for line in text.lines() {
            match (line.trim_start().strip_prefix("```"), &mut open) {
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (Some(language), None) => {
                    open = Some(Block { page: page.clone(), language: language.to_owned(), lines: Vec::new() });
                }
                (None, Some(block)) => block.lines.push(line.to_owned()),
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{page} has a block that does not end");
    }
    blocks
}

#[test]
fn nothing_is_pasted() {
    for Block { page, language, lines } in blocks() {
        let folders: &[&str] = match language.as_str() {
            "rust" => &["../samples/src/", "../../examples/core-backend/src/"],
            "sql" => &["../samples/src/"],
            "text" => &["../samples/output/"],
            "toml" => &["../samples/"],
            "http" => &["exchanges/"],
            // What is typed in, and what is given to a provider to run; no test of this repository can run it.
            "console" | "deluge" => continue,
            other => panic!("{page} has a block of {other:?}, which no test looks at"),
        };
        let [line] = &lines[..] else { panic!("{page} has a block of {language} that is not one include: {lines:?}") };
        let target = line.strip_prefix("{{#include ").and_then(|line| line.strip_suffix("}}"));
        let is_included = target.is_some_and(|target| folders.iter().any(|folder| target.starts_with(folder)));
        assert!(is_included, "{page} pastes {language}: {line}");
    }
}

/// What the pages include, by file and anchor.
fn included() -> BTreeSet<String> {
    let mut included = BTreeSet::new();
    for (_, text) in pages() {
        let targets = text.split("{{#include ").skip(1).filter_map(|rest| rest.split("}}").next());
        included.extend(targets.map(str::to_owned));
    }
    included
}

#[test]
fn each_include_is_there_and_so_is_its_anchor() {
    for target in included() {
        let (file, anchor) =
            target.split_once(':').map_or((target.as_str(), None), |(file, anchor)| (file, Some(anchor)));
        let text =
            fs::read_to_string(root().join("pages").join(file)).unwrap_or_else(|_| panic!("{file} is not there"));
        if let Some(anchor) = anchor.filter(|anchor| anchor.parse::<usize>().is_err()) {
            for mark in ["ANCHOR", "ANCHOR_END"] {
                let marked = text.lines().filter(|line| line.ends_with(&format!("{mark}: {anchor}"))).count();
                assert_eq!(marked, 1, "{file} has {marked} times {mark}: {anchor}");
            }
        }
    }
}

/// Files that a page could show.
fn files(folder: &Path, extension: &str) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|other| other == extension));
    files.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn whatever_there_is_to_show_is_shown() {
    let included = included();
    let root = root();
    for (folder, extension) in [
        ("../samples/output/", "txt"),
        ("../samples/src/bin/", "rs"),
        ("exchanges/", "http"),
        ("generated/", "md"),
        ("diagrams/", "svg"),
    ] {
        for file in files(&root.join("pages").join(folder), extension) {
            let target = format!("{folder}{file}");
            let is_shown = included.iter().any(|shown| shown.split(':').next() == Some(&target));
            assert!(is_shown, "no page shows {target}");
        }
    }
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = fs::read_to_string(root().join("pages/SUMMARY.md")).unwrap();
    for (page, _) in pages().into_iter().filter(|(page, _)| page != "SUMMARY.md") {
        assert!(summary.contains(&format!("({page})")), "no reader finds {page}");
    }
}

#[test]
fn commands_are_those_that_there_are() {
    let settings: BTreeSet<String> = SETTINGS
        .iter()
        .map(|setting| setting.name.to_owned())
        .chain(provider_settings().into_iter().map(|(name, _)| name))
        .collect();
    let mut commands = 0;
    for Block { page, lines, .. } in blocks().into_iter().filter(|block| block.language == "console") {
        for line in lines {
            commands += 1;
            let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("{page}: no command: {line}"));
            let words: Vec<&str> = command.split_whitespace().collect();
            let is_known = match &words[..] {
                ["export", assignment, ..] => settings.contains(assignment.split('=').next().unwrap()),
                ["cargo", "new", "hello-connectors"] | ["cd", "hello-connectors" | ".."] | ["cargo", "run"] => true,
                ["cargo", "run", "--", "demo"] => true,
                ["cargo", "run", "-p", "connectors-server", "--", "serve"] => true,
                ["cargo", "run", "-p", "connectors-server", "--", "webhook-secret", "github", tenant] => {
                    tenant.len() == 36
                }
                ["cargo", "xtask", "guide"] => true,
                ["UPDATE_GUIDE=1", "cargo", "nextest", "run", "-p", "guide-samples"] => true,
                _ => false,
            };
            assert!(is_known, "{page} tells to run {command:?}, which this test does not know");
        }
    }
    assert!(commands > 10, "only {commands} commands were found");
}

//! Nothing of it remains when a test ends, in order or not.

use std::path::PathBuf;

use browser::Browser;

/// Processes that name the browser's folder.
fn processes(folder: &str) -> Vec<String> {
    let every = std::fs::read_dir("/proc").expect("the processes").filter_map(Result::ok);
    let lines = every.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).filter(|line| line.contains(folder)).collect()
}

async fn folder(browser: &Browser) -> PathBuf {
    browser.goto("chrome://version").await.expect("the page loads");
    let text = "return document.querySelector('#profile_path').textContent";
    let profile = browser.client().execute(text, Vec::new()).await.expect("the profile's path");
    let profile = PathBuf::from(profile.as_str().expect("a text"));
    profile.ancestors().nth(2).expect("the folder of the profile's folder").to_path_buf()
}

#[tokio::test]
async fn a_browser_that_is_dropped_leaves_neither_processes_nor_files() {
    let browser = Browser::start().await.expect("the browser starts");
    let folder = folder(&browser).await;
    let name = folder.display().to_string();
    assert!(folder.exists() && name.contains("browser-"), "{name}");
    assert_ne!(processes(&name), Vec::<String>::new());

    drop(browser);

    let gone = async {
        while !processes(&name).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), gone).await.expect("all processes end");
    assert!(!folder.exists());
}

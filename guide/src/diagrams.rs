//! Sequence diagrams: SVG from Mermaid's text.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::BoxError;

/// The renderer's colours, and what the theme calls them. Outside a page of the guide the colour itself holds.
const COLOURS: [(&str, &str); 7] = [
    ("#9370DB", "--diagram-box-line"),
    ("#ECECFF", "--diagram-box"),
    ("#FFF5AD", "--diagram-note"),
    ("#aaaa33", "--diagram-note-line"),
    ("#333", "--diagram-line"),
    ("#e8e8e8", "--diagram-back"),
    ("#fff", "--diagram-back"),
];

/// An SVG beside each text of the folder.
///
/// # Errors
/// If a text is no diagram.
pub(crate) fn files(folder: &Path) -> Result<Vec<(PathBuf, String)>, BoxError> {
    let mut files = Vec::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "mmd") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let svg =
                draw(&name, &fs::read_to_string(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
            files.push((path.with_extension("svg"), svg));
        }
    }
    files.sort();
    Ok(files)
}

/// Draws one, in one line: a blank line would end the HTML that it stands in. Its ids are its own on a page with several.
fn draw(name: &str, source: &str) -> Result<String, BoxError> {
    let mut svg = mermaid_svg::render(source).map_err(|error| error.to_string())?;
    for (colour, name) in COLOURS {
        svg = svg.replace(&format!("\"{colour}\""), &format!("\"var({name}, {colour})\""));
    }
    for mark in [" id=\"", "url(#"] {
        svg = svg.replace(mark, &format!("{mark}{name}-"));
    }
    Ok(format!("{}\n", svg.replace('\n', " ")))
}

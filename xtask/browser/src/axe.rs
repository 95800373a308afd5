//! axe-core, the rules of accessibility, run in the page.

use std::fmt;

use fantoccini::Client;
use serde::Deserialize;
use serde_json::Value;

use crate::Error;

const AXE: &str = include_str!("../axe/axe.min.js");

/// Without `preload`: axe would fetch the page's files anew, by requests that the page itself does not make.
const RUN: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'], preload: false })
        .then(results => done({ violations: results.violations }), error => done({ error: String(error) }));
";

/// A rule that an element of the page breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The rule's id, such as `image-alt`.
    pub rule: String,
    /// What the rule asks for.
    pub help: String,
    /// A CSS selector of the element.
    pub target: String,
    /// The element, as HTML.
    pub html: String,
    /// What would mend it.
    pub remedy: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.rule, self.help)?;
        writeln!(f, "  at  {}", self.target)?;
        writeln!(f, "  is  {}", self.html)?;
        write!(f, "  {}", self.remedy.replace('\n', "\n  "))
    }
}

pub(crate) async fn violations(client: &Client) -> Result<Vec<Violation>, Error> {
    if client.execute("return typeof axe === 'undefined'", Vec::new()).await? == Value::Bool(true) {
        client.execute(AXE, Vec::new()).await?;
    }
    let found: Found = serde_json::from_value(client.execute_async(RUN, Vec::new()).await?)?;
    let rules = match found {
        Found::Violations(rules) => rules,
        Found::Error(error) => return Err(std::io::Error::other(error).into()),
    };
    Ok(rules.into_iter().flat_map(Rule::violations).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Found {
    Violations(Vec<Rule>),
    Error(String),
}

#[derive(Deserialize)]
struct Rule {
    id: String,
    help: String,
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    /// A list: within a frame or a shadow tree there is more than one step.
    target: Value,
    html: String,
    #[serde(default)]
    failure_summary: String,
}

impl Rule {
    fn violations(self) -> impl Iterator<Item = Violation> {
        self.nodes.into_iter().map(move |node| Violation {
            rule: self.id.clone(),
            help: self.help.clone(),
            target: target(&node.target),
            html: node.html,
            remedy: node.failure_summary,
        })
    }
}

fn target(value: &Value) -> String {
    match value {
        Value::String(selector) => selector.clone(),
        Value::Array(steps) => steps.iter().map(target).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

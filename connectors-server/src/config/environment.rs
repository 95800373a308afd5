//! Reads variables, collects what is wrong with them.

use std::{collections::BTreeMap, fmt};

use super::settings::{SETTINGS, provider_settings};

/// The variables that the configuration is read from.
pub struct Environment {
    variables: BTreeMap<String, String>,
    problems: Vec<(String, String)>,
    warnings: Vec<String>,
}

impl fmt::Debug for Environment {
    /// The names alone: the values are tokens and keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Environment").field(&self.variables.keys()).finish()
    }
}

/// Everything that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<(String, String)>,
}

impl ConfigError {
    /// The variables at fault, each with what is wrong.
    pub fn problems(&self) -> &[(String, String)] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} problem(s):", self.problems.len())?;
        self.problems.iter().try_for_each(|(name, problem)| write!(f, "\n  {name}: {problem}"))
    }
}

impl std::error::Error for ConfigError {}

impl Environment {
    /// The given variables.
    pub fn new<K: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (K, V)>) -> Self {
        Self {
            variables: variables.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The variables of this process that begin with `POBLYSH_`.
    pub fn of_process() -> Self {
        let ours = std::env::vars_os().filter_map(|(key, value)| {
            let key = key.into_string().ok().filter(|key| key.starts_with("POBLYSH_"))?;
            Some((key, value.into_string()))
        });
        let mut environment = Self::new::<String, String>([]);
        for (key, value) in ours {
            match value {
                Ok(value) => drop(environment.variables.insert(key, value)),
                Err(_) => environment.problem(&key, "must be UTF-8"),
            }
        }
        environment
    }

    /// The variable's value, trimmed; a variable that is set to nothing counts as not set.
    pub fn get(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// Whether the variable is there at all, be it empty.
    pub fn is_present(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    /// The variable's value as a `T`, if it is set and well-formed.
    pub fn optional<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let value = self.get(name)?;
        parse(&value).map_err(|problem| self.problem(name, problem)).ok()
    }

    /// The variable's value as a `T`, or its default.
    pub fn parse<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> T {
        let default = SETTINGS.iter().find(|setting| setting.name == name).and_then(|setting| setting.default);
        let fallback = || {
            let default = default.unwrap_or_else(|| panic!("{name} has no default"));
            parse(default).unwrap_or_else(|problem| panic!("the default of {name} {problem}"))
        };
        self.optional(name, &parse).unwrap_or_else(fallback)
    }

    /// Notes that `name` is wrong.
    pub fn problem(&mut self, name: &str, problem: impl Into<String>) {
        let problem = (name.to_owned(), problem.into());
        // Several providers may read the same variable.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Notes what is odd but no error.
    pub fn warning(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// The warnings, those about variables that nothing reads included.
    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        let known: Vec<String> = SETTINGS
            .iter()
            .map(|setting| setting.name.to_owned())
            .chain(provider_settings().into_iter().map(|(name, _)| name))
            .collect();
        for name in self.variables.keys().filter(|name| !known.contains(name)) {
            let nearest = crate::suggest::nearest(name, known.iter().map(String::as_str));
            let hint = nearest.map(|known| format!("; did you mean {known}?")).unwrap_or_default();
            self.warnings.push(format!("{name} is set, but nothing reads it{hint}"));
        }
        std::mem::take(&mut self.warnings)
    }

    /// Ends the reading.
    pub(super) fn finish(&mut self) -> Result<(), ConfigError> {
        let problems = std::mem::take(&mut self.problems);
        if problems.is_empty() { Ok(()) } else { Err(ConfigError { problems }) }
    }
}

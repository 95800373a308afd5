//! Errors for people.

use std::fmt;

use super::Error;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repr = &*self.0;
        write!(f, "{}: ", repr.operation)?;
        if let Some(status) = repr.status {
            write!(f, "{status} ")?;
        }
        match &repr.problem {
            Some(problem) => write!(f, "{}: {}", problem.code, OneLine(&problem.message))?,
            None => f.write_str(&repr.text)?,
        }
        if let Some(details) = self.details() {
            write!(f, " {}", OneLine(details.as_str()))?;
        }
        if let Some(wait) = repr.retry_after {
            write!(f, "; try again in {} s", wait.as_secs_f32().ceil())?;
        }
        if let Some(trace_id) = &repr.trace_id {
            write!(f, "; trace {}", OneLine(trace_id))?;
        }
        if repr.attempts > 1 {
            write!(f, "; {} attempts", repr.attempts)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &format_args!("{self}"))
            .finish_non_exhaustive()
    }
}

/// Text from the wire, of which a line break would make two lines of a log.
pub(crate) struct OneLine<'a>(pub(crate) &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LIMIT: usize = 500;
        for char in self.0.chars().take(LIMIT) {
            fmt::Write::write_char(f, if char.is_control() { ' ' } else { char })?;
        }
        if self.0.chars().nth(LIMIT).is_some() { f.write_str("…") } else { Ok(()) }
    }
}

//! The slowest tests, read from what nextest prints.

/// The most tests that are listed.
const LISTED: usize = 10;

/// Tests with their seconds.
#[derive(Debug, Default)]
pub(crate) struct Slowest(Vec<(f64, String)>);

impl Slowest {
    /// Reads a line as `PASS [   1.299s] (1/9) crate::binary name`. Whether it was one of a test that passed.
    pub(crate) fn read(&mut self, line: &str) -> bool {
        let Some((seconds, test)) = parse(line) else { return false };
        self.0.push((seconds, test.to_owned()));
        true
    }

    /// Prints the list.
    pub(crate) fn print(&self) {
        let mut tests = self.0.clone();
        tests.sort_by(|a, b| b.0.total_cmp(&a.0));
        if !tests.is_empty() {
            println!("\nThe slowest of {} tests:", tests.len());
        }
        for (seconds, test) in tests.iter().take(LISTED) {
            println!("{seconds:>9.1} s  {test}");
        }
    }
}

fn parse(line: &str) -> Option<(f64, &str)> {
    let (seconds, test) = line.trim_start().strip_prefix("PASS [")?.split_once("s]")?;
    let test = test.split_once(") ").map_or(test, |(_, test)| test);
    Some((seconds.trim().parse().ok()?, test.trim()))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_line_of_a_test_that_passed_is_read() {
        let line = "        PASS [   1.299s] ( 7/96) connectors-server::it signals::are_filtered";
        assert_eq!(parse(line), Some((1.299, "connectors-server::it signals::are_filtered")));
        assert_eq!(parse("     Summary [  20.606s] 96 tests run"), None);
        assert_eq!(parse("        FAIL [   1.299s] a b"), None);
    }
}

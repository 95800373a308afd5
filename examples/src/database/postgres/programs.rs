//! Where PostgreSQL's programs are.

use std::{io, path::PathBuf};

/// Where Debian and its kin put them, a folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The path of the program `name`: from `PATH`, else the newest of Debian's.
pub(super) fn find(name: &str) -> io::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file());
    let debian = || {
        let versions = std::fs::read_dir(DEBIAN).ok()?.filter_map(Result::ok);
        let numbered =
            versions.filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path())));
        let programs = numbered.map(|(version, path)| (version, path.join("bin").join(name)));
        programs.filter(|(_, program)| program.is_file()).max().map(|(_, program)| program)
    };
    in_path.or_else(debian).ok_or_else(|| {
        let problem = format!(
            "there is no PostgreSQL: `{name}` is neither in PATH nor below {DEBIAN}; install it (Debian: apt-get install \
             postgresql), or set TEST_DATABASE_URL to a server"
        );
        io::Error::new(io::ErrorKind::NotFound, problem)
    })
}

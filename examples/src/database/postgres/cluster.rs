//! The server that several processes share.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, Write},
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
        net::UnixStream,
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use sqlx::postgres::PgConnectOptions;

use super::{
    programs,
    unprivileged::{self, Unprivileged},
};

/// How long the server may take to start.
const START: Duration = Duration::from_secs(60);

/// What a server is told that is thrown away: nothing is synced, and nobody reaches it but through its folder.
const SETTINGS: &[&str] =
    &["fsync=off", "full_page_writes=off", "autovacuum=off", "listen_addresses=", "max_connections=400"];

/// A running server, which runs at least until this is dropped.
#[derive(Debug)]
pub(super) struct Cluster {
    folder: PathBuf,
    _users: File,
}

impl Cluster {
    /// The server that others started, or a new one.
    pub(super) fn share() -> io::Result<Self> {
        let user = Unprivileged::needed()?;
        let path = std::env::temp_dir().join(format!("poblysh-postgres-{}", unprivileged::own_uid()?));
        // Locked until the server runs: whoever comes meanwhile waits, and then uses it.
        let mut known = lock(&path)?;
        let mut folder = String::new();
        known.read_to_string(&mut folder)?;
        if let Some(cluster) = Self::join(Path::new(&folder)) {
            return Ok(cluster);
        }
        let cluster = Self::start(user, &path)?;
        known.set_len(0)?;
        known.rewind()?;
        known.write_all(cluster.folder.as_os_str().as_encoded_bytes())?;
        Ok(cluster)
    }

    /// How to connect to it.
    pub(super) fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(data(&self.folder))
            .port(5432)
            .username("postgres")
            .database("postgres")
    }

    fn join(folder: &Path) -> Option<Self> {
        let users = File::open(folder.join("users")).ok()?;
        users.lock_shared().ok()?;
        UnixStream::connect(data(folder).join(".s.PGSQL.5432")).ok()?;
        Some(Self { folder: folder.to_owned(), _users: users })
    }

    fn start(user: Option<Unprivileged>, known: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("poblysh-postgres-").tempdir()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711))?;
        let data = data(folder.path());
        fs::DirBuilder::new().mode(0o700).create(&data)?;
        let mut initdb = Command::new(programs::find("initdb")?);
        initdb
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "-D"])
            .arg(&data);
        if let Some(user) = user {
            chown(&data, Some(user.uid), Some(user.gid))?;
            initdb.uid(user.uid).gid(user.gid);
        }
        let output = initdb.current_dir("/").output()?;
        if !output.status.success() {
            return Err(io::Error::other(format!("initdb: {}", String::from_utf8_lossy(&output.stderr))));
        }
        let users = File::create(folder.path().join("users"))?;
        users.lock_shared()?;
        let mut supervisor = Command::new("sh");
        supervisor.args(["-c", include_str!("supervise.sh"), "supervise"]).arg(folder.path()).arg(known);
        if let Some(user) = user {
            let (uid, gid) = (format!("--reuid={}", user.uid), format!("--regid={}", user.gid));
            supervisor.args(["setpriv", &uid, &gid, "--clear-groups", "--"]);
        }
        supervisor.arg(programs::find("postgres")?).arg("-D").arg(&data).arg("-k").arg(&data);
        supervisor.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        // A group of its own, so that who interrupts a test does not interrupt the server of the others.
        supervisor.current_dir("/").process_group(0);
        let mut supervisor = supervisor.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let folder = folder.keep();
        let begun = Instant::now();
        while !is_ready(&data) {
            if supervisor.try_wait()?.is_some() || begun.elapsed() > START {
                let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
                return Err(io::Error::other(format!("PostgreSQL does not start in {}: {log}", folder.display())));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(Self { folder, _users: users })
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// Whether the server says that it is ready, in the last line of its file.
fn is_ready(data: &Path) -> bool {
    let file = fs::read_to_string(data.join("postmaster.pid"));
    file.is_ok_and(|text| text.lines().nth(7).is_some_and(|line| line.trim() == "ready"))
}

/// Locks the file at `path`, and makes it if there is none.
fn lock(path: &Path) -> io::Result<File> {
    loop {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        file.lock()?;
        let metadata = file.metadata()?;
        if metadata.uid() != unprivileged::own_uid()? {
            return Err(io::Error::other(format!("{} belongs to somebody else", path.display())));
        }
        // It may have been removed while this waited; then others lock another.
        if metadata.nlink() > 0 {
            return Ok(file);
        }
    }
}

//! The database under test.

use connectors_examples::postgres;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};
use tempfile::TempDir;

/// An empty database, gone once dropped. Tests run on SQLite, or on PostgreSQL where `TEST_DATABASE` says so.
pub struct TestDatabase {
    /// A folder that only this test uses; SQLite's file is in it.
    pub folder: TempDir,
    postgres: Option<postgres::Database>,
}

/// Whether the tests run on PostgreSQL.
pub fn on_postgres() -> bool {
    match std::env::var("TEST_DATABASE").as_deref() {
        Err(_) | Ok("sqlite") => false,
        Ok("postgres") => true,
        Ok(other) => panic!("TEST_DATABASE is sqlite or postgres, not {other}"),
    }
}

impl TestDatabase {
    /// Of the engine that the tests run on.
    pub async fn create() -> Self {
        if on_postgres() { Self::postgres().await } else { Self::sqlite() }
    }

    pub fn sqlite() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), postgres: None }
    }

    pub async fn postgres() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), postgres: Some(postgres::Database::create().await.unwrap()) }
    }

    /// For `POBLYSH_DATABASE_URL`. In the folder, SQLite's is the default.
    pub fn url(&self) -> String {
        let file = || format!("sqlite:{}", self.folder.path().join("poblysh-connectors.db").display());
        self.postgres.as_ref().map_or_else(file, postgres::Database::url)
    }

    /// Executes statements past the service.
    pub async fn execute(&self, statements: &str) {
        let statements = AssertSqlSafe(statements.to_owned());
        match &self.postgres {
            Some(database) => {
                let mut connection = PgConnection::connect(&database.url()).await.unwrap();
                connection.execute(statements).await.unwrap();
            }
            None => {
                let mut connection = SqliteConnection::connect(&self.url()).await.unwrap();
                connection.execute(statements).await.unwrap();
                // Closed in order, so that nothing of it is left in the way of the service.
                connection.close().await.unwrap();
            }
        }
    }

    /// The first column of what a query finds, as text.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        let query = AssertSqlSafe(query.to_owned());
        if self.postgres.is_none() {
            let mut connection = SqliteConnection::connect(&self.url()).await.unwrap();
            return connection.fetch_all(query).await.unwrap().iter().map(|row| row.get(0)).collect();
        }
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        connection.fetch_all(query).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// Whether these bytes stand anywhere in the database.
    pub async fn holds(&self, needle: &str) -> bool {
        if self.postgres.is_none() {
            let mut files = std::fs::read_dir(self.folder.path()).unwrap().map(|file| file.unwrap().path());
            let holds = |bytes: Vec<u8>| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
            return files.any(|path| holds(std::fs::read(path).unwrap()));
        }
        // Bytes are shown in hexadecimal.
        let hex = hex(needle);
        for table in self.texts("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'").await {
            let rows = self.texts(&format!("SELECT row_to_json(t)::text FROM {table} t")).await;
            if rows.iter().any(|row| row.contains(needle) || row.contains(&hex)) {
                return true;
            }
        }
        false
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

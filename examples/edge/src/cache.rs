//! A made-up client of a cache: it stands for a library of somebody else's.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use tokio::sync::Semaphore;

/// The longest key that a cache takes.
const MAX_KEY: usize = 250;

/// A client with its pool of connections. Clones are the same.
#[derive(Clone, Debug)]
pub struct Client {
    pool: Arc<Pool>,
    decode: fn(&str) -> String,
}

#[derive(Debug)]
struct Pool {
    connections: usize,
    idle: Semaphore,
    values: RwLock<HashMap<String, String>>,
}

/// What a command returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a command failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A key may have 250 bytes.
    KeyTooLong,
}

impl Client {
    /// Connects so often, and reads values with this function.
    #[must_use]
    pub fn new(connections: usize, decode: fn(&str) -> String) -> Self {
        let pool = Arc::new(Pool {
            connections,
            idle: Semaphore::new(connections),
            values: RwLock::default(),
        });
        Self { pool, decode }
    }

    /// Asks for a value.
    ///
    /// # Errors
    /// The key is too long.
    pub async fn get(&self, key: &str) -> Result<Option<String>> {
        // Nobody closes it.
        let _connection = self.pool.idle.acquire().await.ok();
        check(key)?;
        let values = self.pool.values.read();
        let values = values.unwrap_or_else(PoisonError::into_inner);
        Ok(values.get(key).map(|value| (self.decode)(value)))
    }

    /// Keeps a value.
    ///
    /// # Errors
    /// The key is too long.
    pub async fn set(&self, key: &str, value: &str) -> Result<()> {
        let _connection = self.pool.idle.acquire().await.ok();
        check(key)?;
        let values = self.pool.values.write();
        let mut values = values.unwrap_or_else(PoisonError::into_inner);
        values.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    /// How many connections are idle, and how many are used.
    #[must_use]
    pub fn connections(&self) -> [usize; 2] {
        let idle = self.pool.idle.available_permits();
        [idle, self.pool.connections - idle]
    }
}

fn check(key: &str) -> Result<()> {
    (key.len() <= MAX_KEY)
        .then_some(())
        .ok_or(Error::KeyTooLong)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key is too long")
    }
}

impl std::error::Error for Error {}

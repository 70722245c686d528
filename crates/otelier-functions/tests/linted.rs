//! A service with every lint, which the attribute must not trigger: it compiles, and
//! clippy finds nothing.
#![deny(warnings)]
#![warn(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    elided_lifetimes_in_paths,
    clippy::pedantic,
    clippy::unwrap_used
)]

use std::num::ParseIntError;

use otelier_functions::trace;

/// A store.
#[derive(Debug)]
pub struct Store {
    sent: u32,
}

impl Store {
    /// Ships.
    ///
    /// # Errors
    /// The label is no number.
    #[trace(record(id), fields(sent = self.sent), crate = otelier_functions)]
    pub async fn ship(&mut self, id: u64, label: &str) -> Result<u32, ParseIntError> {
        let number = parsed(label)?;
        self.sent += number;
        if id == 0 {
            return Ok(0);
        }
        Ok(self.sent)
    }
}

#[trace(crate = otelier_functions)]
fn parsed(label: &str) -> Result<u32, ParseIntError> {
    label.parse()
}

#[trace(crate = otelier_functions)]
async fn nothing() {}

#[tokio::test]
async fn a_service_with_every_lint_compiles() {
    nothing().await;
    let mut store = Store { sent: 0 };
    assert_eq!(store.ship(7, "1").await, Ok(1));
    assert_eq!(store.ship(0, "1").await, Ok(0));
}

//! What can be wrapped.

use crate::{Config, Driver, Pool};

/// A pool that [`Pool`] can be made of: `sqlx::Pool` of the sqlx that this crate is
/// built on.
///
/// See the example of [`Pool`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no pool of the sqlx that otelier is built on",
    label = "not a pool of sqlx 0.9",
    note = "otelier-sqlx wraps pools of sqlx 0.9: one of sqlx 0.8 is another type \
            (`cargo tree -i sqlx` shows both). Raise sqlx to 0.9, or leave the feature out: \
            statements have no spans then"
)]
pub trait RawPool: sealed::Sealed {}

impl<DB: Driver> RawPool for sqlx::Pool<DB> {}

impl<P, DB> From<P> for Pool<DB>
where
    P: RawPool + sealed::Sealed<Database = DB>,
    DB: Driver,
{
    fn from(pool: P) -> Self {
        Self::with_config(pool.into_sqlx(), Config::default())
    }
}

mod sealed {
    use crate::Driver;

    pub trait Sealed {
        type Database: Driver;

        fn into_sqlx(self) -> sqlx::Pool<Self::Database>;
    }

    impl<DB: Driver> Sealed for sqlx::Pool<DB> {
        type Database = DB;

        #[inline]
        fn into_sqlx(self) -> Self {
            self
        }
    }
}

//! sqlx's trait, once for every way to a connection.

/// What becomes of a statement's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    Wanted,
    Discarded,
}

/// Implements `Executor` for what turns into a `WithParameters`, by its methods.
macro_rules! executor {
    ($way:ty) => {
        impl<'c, DB: crate::driver::Driver> sqlx::Executor<'c> for $way {
            type Database = DB;

            fn execute_many<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> futures_core::stream::BoxStream<'e, sqlx::Result<DB::QueryResult>>
            where
                'c: 'e,
                E: 'q + sqlx::Execute<'q, DB>,
            {
                let steps = WithParameters::from(self).stream(query, Rows::Discarded);
                let result = |step: sqlx::Either<_, DB::Row>| std::future::ready(Ok(step.left()));
                Box::pin(futures_util::TryStreamExt::try_filter_map(steps, result))
            }

            fn fetch_many<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> futures_core::stream::BoxStream<'e, crate::driver::sealed::Step<DB>>
            where
                'c: 'e,
                E: 'q + sqlx::Execute<'q, DB>,
            {
                WithParameters::from(self).stream(query, Rows::Wanted)
            }

            fn fetch_optional<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> futures_core::future::BoxFuture<'e, sqlx::Result<Option<DB::Row>>>
            where
                'c: 'e,
                E: 'q + sqlx::Execute<'q, DB>,
            {
                WithParameters::from(self).first(query)
            }

            fn prepare_with<'e>(
                self,
                sql: sqlx::SqlStr,
                parameters: &'e [DB::TypeInfo],
            ) -> futures_core::future::BoxFuture<'e, sqlx::Result<DB::Statement>>
            where
                'c: 'e,
            {
                WithParameters::from(self).prepare(sql, parameters)
            }

            #[doc(hidden)]
            fn describe<'e>(
                self,
                sql: sqlx::SqlStr,
            ) -> futures_core::future::BoxFuture<'e, sqlx::Result<sqlx::Describe<DB>>>
            where
                'c: 'e,
            {
                WithParameters::from(self).describe(sql)
            }
        }
    };
}
pub(crate) use executor;

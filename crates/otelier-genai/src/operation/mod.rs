//! The operations that can be guarded.

mod inference;
mod search;
mod task;

use std::fmt::{Debug, Display};

use otelier_core::edge::{Kept, Traced};

pub use self::{
    inference::Inference,
    search::{Embeddings, Retrieval},
    task::{Agent, Tool},
};
use crate::{Call, describe::Description, record};

/// What all operations have in common: they are made, and run.
macro_rules! operation {
    ($operation:ident) => {
        impl $operation {
            fn made(describe: impl FnOnce() -> Description) -> Self {
                Self(Kept::new(|| {
                    record::is_on().then(|| {
                        let mut kept = describe();
                        kept.capture = record::capture();
                        kept
                    })
                }))
            }

            fn with(self, change: impl FnOnce(&mut Description)) -> Self {
                Self(self.0.with(change))
            }

            /// Runs the operation: a span from its first poll to its end, current
            /// whenever it is polled, and a duration. What is told to the [`Call`] is
            /// recorded with it. Where it returns [`Call::stream`], the operation ends
            /// with the stream.
            ///
            /// # Errors
            /// Those of the operation, as they are; `error.type` is `timeout`, or the
            /// error's type.
            ///
            /// # Cancellation
            /// Dropping it ends the operation without an error: giving up is the
            /// caller's right. A panic ends it as one.
            pub fn run<F, A, T, E>(self, operation: F) -> impl Future<Output = Result<T, E>>
            where
                F: FnOnce(Call) -> A,
                A: Future<Output = Result<T, E>>,
                E: Display + Debug + 'static,
            {
                super::run(self.0, operation)
            }
        }
    };
}

async fn run<F, A, T, E>(description: Kept<Description>, operation: F) -> Result<T, E>
where
    F: FnOnce(Call) -> A,
    A: Future<Output = Result<T, E>>,
    E: Display + Debug + 'static,
{
    let (running, open) = record::begin(description);
    let call = Call::new(running);
    // What makes the future runs in the span, too.
    let future = async move { operation(call).await };
    let (result, open) = Traced::run(future, open).await;
    record::end(open, &result);
    result
}

use operation;

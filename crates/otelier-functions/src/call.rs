//! One call of a function.

use crate::{
    failure::Failure,
    future::CallFuture,
    record::{self, Names, Prepared, Running},
};

/// A call of a [`Function`](crate::Function), before its body runs. Dropped before, it leaves nothing.
///
/// See the [example of the crate](crate).
#[derive(Debug)]
#[must_use = "a call is recorded by running it"]
pub struct Call {
    pub(crate) names: &'static Names,
    pub(crate) of: Option<&'static str>,
    pub(crate) prepared: Option<Prepared>,
}

impl Call {
    /// Says which type the function is of, as `std::any::type_name` calls it. It takes
    /// the place of the module in the names, without its parameters.
    pub fn of(mut self, type_name: &'static str) -> Self {
        self.of = Some(type_name);
        self
    }

    /// Runs the body in the span of the call, which ends with it: well, or as the
    /// judge says.
    pub fn run<T>(self, body: impl FnOnce() -> T, judge: impl FnOnce(&T) -> Option<Failure>) -> T {
        let mut run: Option<Running> = record::begin(self.prepared, self.names, self.of);
        let output = record::enter(&mut run, body);
        record::end(run, || judge(&output).map(|failure| failure.0));
        output
    }

    /// The same for a future: the span begins when it is polled for the first time.
    ///
    /// # Cancellation
    /// Dropping it ends the span as an error, `cancelled`.
    #[inline]
    pub fn future<T, F, J>(self, body: F, judge: J) -> CallFuture<F, J>
    where
        F: Future<Output = T>,
        J: FnOnce(&T) -> Option<Failure>,
    {
        CallFuture::new((self.prepared, self.names, self.of), body, judge)
    }
}

/// Nothing, of a type: tells an `async` block what it gives back.
#[must_use]
#[inline]
pub fn none<T>() -> Option<T> {
    None
}

/// Calls it.
#[inline]
pub fn once<T>(call: impl FnOnce() -> T) -> T {
    call()
}

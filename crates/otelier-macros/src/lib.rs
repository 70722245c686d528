//! The attribute [`macro@trace`], which records the calls of a function as spans.
//!
//! Services name it as `otelier::trace`, with the feature `macros` of the facade.
//! What it expands to is in `otelier-functions`.
//!
//! # Features
//! - `otel` (default): Records the calls. Without it the attribute gives the function
//!   back as it is, and this crate depends on nothing.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
mod expand;

use proc_macro::TokenStream;

/// Records each call of a function as a span.
///
/// ```text
/// #[otelier::trace(record(id), fields(shop.lane = %self.lane))]
/// async fn ship(&self, id: u64, label: String) -> Result<Parcel, ShipError> {
///     self.carrier.send(id, label).await
/// }
/// ```
///
/// The span is of kind INTERNAL, called `Store::ship` for a method and `orders::ship`
/// for a function of the module `orders`, and is below what is current where the
/// function is called. It begins with the body: of an `async fn`, at the first poll.
///
/// | attribute | when |
/// |---|---|
/// | `code.function.name` | always: the path, `shop::orders::ship` |
/// | `otelier.parameter.<name>` | of parameters in `record` |
/// | `otelier.parameter_type.<name>` | of others: the type as it is written |
/// | `otelier.parameter_length.<name>` | of others that have one: bytes of a text, elements of a collection |
/// | your key | of `fields` |
/// | `error.type` | see below |
///
/// | ending | status | `error.type` |
/// |---|---|---|
/// | `Ok`, or what is no `Result` | unset | |
/// | `Err` | error | the type's name |
/// | panic | error | `panic` |
/// | dropped after the first poll | error | `cancelled` |
/// | never polled | there is no span | |
///
/// What an error says describes the status, as that of a job, if it can be displayed:
/// without what can be told to be a secret, cut at 2 KiB. There is no event: the error
/// goes on to who deals with it, who may log it. An error in a `Box<dyn Error>`, and with
/// the feature `anyhow` in an `anyhow::Error`, has the name of what is inside, if that is
/// of the standard library or one that `otelier::name_error` was called for; else it is
/// `_OTHER`. A box of what borrows, `Box<dyn Error + 'a>`, cannot be looked into, and is
/// called by the box.
///
/// # Options
/// - `name = "ship"`: another name for the span. There should be few of them.
/// - `record(a, %b, ?c)`: the values of these parameters: texts, numbers and truth
///   values as they are, others as they are displayed, or else debugged; with `%` they
///   are displayed in any case, with `?` debugged. Of an `Option` that is `None` there
///   is nothing. 1 KiB is kept of a value.
/// - `fields("shop.lane" = lane, shop.weight = %parcel.weight())`: more attributes. What
///   they are is worked out before the body, where the call is recorded.
/// - `skip(a, b)`, `skip_all`: not even the type and length of these.
/// - `crate = shop_telemetry::functions`: where the facade's module `functions` is,
///   where the facade is not called `otelier`.
///
/// Parameters without a name, and with one that begins with `_`, are left out, as is
/// `self`. One whose key names a secret, such as `password` or `api_key`, never shows
/// anything of its value: `[REDACTED]` if it is in `record`, nothing if it is not.
///
/// # What it can stand on
/// Functions, associated functions and methods with a body: generic ones, with
/// `impl Trait` on either side, with `&mut self` or `self: Arc<Self>`, and those that
/// return a future: `impl Future<Output = _>`, `Pin<Box<dyn Future<Output = _>>>`,
/// `BoxFuture<'_, _>`, and so the methods of `#[async_trait]`.
/// It refuses `const`, `unsafe` and `extern` functions, those without a body, and
/// `#[track_caller]`, as the body runs in a closure.
///
/// # Beside `#[tracing::instrument]`
/// That one does much of this, too, and its spans arrive as well, with levels and
/// filters, which these have none of. It records every parameter by its `Debug` unless
/// it is told to skip it; this one records none by value unless it is told to. It calls
/// what was cancelled and what panicked well, and an error only with `err`, which logs
/// it at each function that it passes. Its spans are seen by all layers of a subscriber,
/// such as the console; these go to OpenTelemetry alone.
///
/// # Cancellation
/// A future that is dropped ends its span, as `cancelled`.
///
/// # Cost
/// While telemetry is off a branch, and nothing of a parameter is looked at; nor where
/// the span above is not sampled. Without the feature `otel` the function is what is
/// written, and what is in the parentheses is not looked at.
#[proc_macro_attribute]
pub fn trace(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(options, item)
}

//! What stands for `expand` where telemetry is compiled out.

use proc_macro::TokenStream;

/// The function as it is.
pub(crate) fn expand(_: TokenStream, item: TokenStream) -> TokenStream {
    item
}

//! What a function becomes whose calls are recorded.

mod body;
mod function;
mod options;
mod parameters;
mod returns;
mod written;

use proc_macro::TokenStream;

use self::{function::Function, options::Options};

/// The function with a span around its body, or as it is, with what is wrong.
pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    match traced(options.into(), item.clone().into()) {
        Ok(traced) => traced.into(),
        Err(error) => {
            let mut refused = TokenStream::from(error.into_compile_error());
            refused.extend(item);
            refused
        }
    }
}

fn traced(
    options: proc_macro2::TokenStream,
    item: proc_macro2::TokenStream,
) -> syn::Result<proc_macro2::TokenStream> {
    let options: Options = syn::parse2(options)?;
    let function: Function = syn::parse2(item)?;
    function.can_be_traced()?;
    let described = parameters::described(&options, &function)?;
    Ok(function.with_body(&body::traced(&options, &function, &described)))
}

#[cfg(test)]
mod tests;

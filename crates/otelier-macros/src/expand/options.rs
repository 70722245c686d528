//! What is asked for in the parentheses.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::{
    Expr, Ident, LitStr, Path, Token,
    ext::IdentExt as _,
    parenthesized,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
    spanned::Spanned as _,
};

const KNOWN: &str = "there are `name`, `record`, `fields`, `skip`, `skip_all` and `crate`";

#[derive(Default)]
pub(super) struct Options {
    pub(super) name: Option<LitStr>,
    pub(super) recorded: Vec<Recorded>,
    pub(super) fields: Vec<Field>,
    pub(super) skipped: Vec<Ident>,
    pub(super) skips_all: bool,
    path: Option<Path>,
}

/// A parameter by its value.
pub(super) struct Recorded {
    pub(super) form: Form,
    pub(super) name: Ident,
}

/// An attribute of the service's own.
pub(super) struct Field {
    pub(super) key: LitStr,
    pub(super) form: Form,
    pub(super) value: Expr,
}

/// How a value is written.
#[derive(Clone, Copy)]
pub(super) enum Form {
    AsItIs,
    Displayed,
    Debugged,
}

impl Options {
    /// Where what the attribute expands to is found.
    pub(super) fn path(&self) -> TokenStream {
        match &self.path {
            Some(path) => path.to_token_stream(),
            None => quote_spanned!(Span::mixed_site()=> ::otelier::functions),
        }
    }
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self::default();
        let mut said: Vec<Ident> = Vec::new();
        while !input.is_empty() {
            let option = input.call(Ident::parse_any)?;
            if said.contains(&option) {
                let again = format!("`{option}` is there already: put all of it into one");
                return Err(syn::Error::new(option.span(), again));
            }
            options.parse(&option, input)?;
            said.push(option);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

impl Options {
    fn parse(&mut self, option: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match option.to_string().as_str() {
            "name" => {
                input.parse::<Token![=]>()?;
                let name: LitStr = input.parse()?;
                if name.value().is_empty() {
                    return Err(syn::Error::new(name.span(), "a span needs a name"));
                }
                self.name = Some(name);
            }
            "record" => self.recorded = list(input)?,
            "fields" => self.fields = list(input)?,
            "skip" => {
                let names = list::<Name>(input)?;
                self.skipped = names.into_iter().map(|Name(name)| name).collect();
            }
            "skip_all" => self.skips_all = true,
            "crate" => {
                input.parse::<Token![=]>()?;
                self.path = Some(input.parse()?);
            }
            _ => {
                let message = format!("`{option}` is no option of `trace`; {KNOWN}");
                return Err(syn::Error::new(option.span(), message));
            }
        }
        Ok(())
    }
}

fn list<T: Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    let content;
    parenthesized!(content in input);
    let listed = Punctuated::<T, Token![,]>::parse_terminated(&content)?;
    Ok(listed.into_iter().collect())
}

/// The name of a parameter.
struct Name(Ident);

impl Parse for Name {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        if name == "self" {
            let message = "`self` is never recorded; name a part of it: `fields(id = self.id)`";
            return Err(syn::Error::new(name.span(), message));
        }
        let is_end = input.is_empty() || input.peek(Token![,]);
        if !is_end {
            let message = "only the name of a parameter stands here; for anything else there is `fields(key = value)`";
            return Err(syn::Error::new(input.span(), message));
        }
        Ok(Self(name))
    }
}

impl Parse for Form {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.parse::<Option<Token![%]>>()?.is_some() {
            Ok(Self::Displayed)
        } else if input.parse::<Option<Token![?]>>()?.is_some() {
            Ok(Self::Debugged)
        } else {
            Ok(Self::AsItIs)
        }
    }
}

impl Parse for Recorded {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let form = input.parse()?;
        let Name(name) = input.parse()?;
        Ok(Self { form, name })
    }
}

impl Parse for Field {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = key(input)?;
        if key.value().is_empty() {
            return Err(syn::Error::new(key.span(), "an attribute needs a key"));
        }
        if !input.peek(Token![=]) {
            let message = "an attribute needs a value: `fields(key = value)`";
            return Err(syn::Error::new(key.span(), message));
        }
        input.parse::<Token![=]>()?;
        Ok(Self {
            key,
            form: input.parse()?,
            value: input.parse()?,
        })
    }
}

/// `"shop.lane"`, or the same without quotes.
fn key(input: ParseStream<'_>) -> syn::Result<LitStr> {
    if input.peek(LitStr) {
        return input.parse();
    }
    let names =
        Punctuated::<Ident, Token![.]>::parse_separated_nonempty_with(input, Ident::parse_any)?;
    let text: Vec<_> = names.iter().map(Ident::to_string).collect();
    Ok(LitStr::new(&text.join("."), names.span()))
}

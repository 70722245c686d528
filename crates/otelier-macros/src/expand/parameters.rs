//! What is told of parameters.

use otelier_core::is_secret;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::{Attribute, Expr, ExprPath, FnArg, Ident, LitStr, Pat, PatIdent, Type};

use super::{
    function::Function,
    options::{Form, Options},
    written::written,
};

/// What the attributes of parameters are under.
const VALUE: &str = "otelier.parameter";
const TYPE: &str = "otelier.parameter_type";
const LENGTH: &str = "otelier.parameter_length";

/// The closure that is asked what there is to tell.
pub(super) fn described(options: &Options, function: &Function) -> syn::Result<TokenStream> {
    let named = named(function);
    let bound = bound(function);
    for name in options
        .recorded
        .iter()
        .map(|recorded| &recorded.name)
        .chain(&options.skipped)
    {
        if !bound.contains(name) {
            return Err(unknown(name, &bound));
        }
    }
    let path = options.path();
    let mut told = Vec::new();
    for recorded in &options.recorded {
        let ty = named.iter().find(|named| named.0 == &recorded.name);
        let ty = ty.map(|named| named.1);
        let key = key(VALUE, &recorded.name);
        let value = match is_secret(&recorded.name.to_string()) {
            true => hidden(&key),
            false => {
                let name = &recorded.name;
                value(&key, recorded.form, &lent(name, ty), &path)
            }
        };
        told.push(where_it_is(function, &recorded.name, value));
    }
    for field in &options.fields {
        told.push(match is_secret(&field.key.value()) {
            true => hidden(&field.key),
            false => {
                let lent = lent_field(&field.value);
                value(&field.key, field.form, &lent, &path)
            }
        });
    }
    for (name, ty) in named {
        let is_recorded = options
            .recorded
            .iter()
            .any(|recorded| recorded.name == *name);
        let is_left_out = options.skips_all
            || is_recorded
            || options.skipped.contains(name)
            || name.to_string().starts_with('_')
            || is_secret(&name.to_string());
        if !is_left_out {
            told.push(where_it_is(function, name, shape(name, ty, &path)));
        }
    }
    let parameters = parameters();
    Ok(if told.is_empty() {
        quote_spanned!(Span::mixed_site()=> |_| ())
    } else {
        quote_spanned!(Span::mixed_site()=> |#parameters| { #(#told)* })
    })
}

/// No name of the function's own.
fn parameters() -> Ident {
    Ident::new("__parameters", Span::mixed_site())
}

/// The parameters that have a name, with their types.
fn named(function: &Function) -> Vec<(&Ident, &Type)> {
    let inputs = function.signature.inputs.iter();
    inputs
        .filter_map(|input| match input {
            FnArg::Typed(typed) => match &*typed.pat {
                Pat::Ident(PatIdent {
                    ident,
                    subpat: None,
                    by_ref: None,
                    ..
                }) => Some((ident, &*typed.ty)),
                _ => None,
            },
            FnArg::Receiver(_) => None,
        })
        .collect()
}

/// What is told of a parameter, only where that is not configured out.
fn where_it_is(function: &Function, name: &Ident, told: TokenStream) -> TokenStream {
    let is_condition = |attribute: &&Attribute| attribute.path().is_ident("cfg");
    let conditions = function.signature.inputs.iter().find_map(|input| {
        let FnArg::Typed(typed) = input else {
            return None;
        };
        let mut names = Vec::new();
        bind(&typed.pat, &mut names);
        let conditions = typed.attrs.iter().filter(is_condition);
        names.contains(name).then(|| conditions.collect::<Vec<_>>())
    });
    match conditions.as_deref() {
        None | Some([]) => told,
        Some(conditions) => quote_spanned!(Span::mixed_site()=> #(#conditions)* { #told }),
    }
}

/// All names that the parameters bind.
fn bound(function: &Function) -> Vec<Ident> {
    let mut names = Vec::new();
    for input in &function.signature.inputs {
        if let FnArg::Typed(typed) = input {
            bind(&typed.pat, &mut names);
        }
    }
    names
}

fn bind(pattern: &Pat, names: &mut Vec<Ident>) {
    match pattern {
        Pat::Ident(pattern) => {
            names.push(pattern.ident.clone());
            if let Some((_, inside)) = &pattern.subpat {
                bind(inside, names);
            }
        }
        Pat::Paren(pattern) => bind(&pattern.pat, names),
        Pat::Reference(pattern) => bind(&pattern.pat, names),
        Pat::Slice(pattern) => pattern.elems.iter().for_each(|pat| bind(pat, names)),
        Pat::Tuple(pattern) => pattern.elems.iter().for_each(|pat| bind(pat, names)),
        Pat::TupleStruct(pattern) => pattern.elems.iter().for_each(|pat| bind(pat, names)),
        Pat::Struct(pattern) => {
            pattern
                .fields
                .iter()
                .for_each(|field| bind(&field.pat, names));
        }
        _ => {}
    }
}

fn unknown(name: &Ident, bound: &[Ident]) -> syn::Error {
    let names: Vec<_> = bound.iter().map(|name| format!("`{name}`")).collect();
    let there = match names.is_empty() {
        true => "there are none".to_owned(),
        false => format!("there are {}", names.join(", ")),
    };
    let message = format!(
        "no parameter is called `{name}`, {there}; for anything else there is `fields(key = value)`"
    );
    syn::Error::new(name.span(), message)
}

fn key(of: &str, name: &Ident) -> LitStr {
    let name = name.to_string();
    let name = name.strip_prefix("r#").unwrap_or(&name);
    LitStr::new(&format!("{of}.{name}"), Span::mixed_site())
}

/// A value, without taking it.
fn lent(name: &Ident, ty: Option<&Type>) -> TokenStream {
    match ty {
        Some(Type::Reference(_)) => quote_spanned!(Span::mixed_site()=> &*#name),
        _ => quote_spanned!(Span::mixed_site()=> &#name),
    }
}

fn lent_field(value: &Expr) -> TokenStream {
    match value {
        Expr::Reference(_) => value.to_token_stream(),
        Expr::Path(ExprPath { .. }) | Expr::Field(_) => {
            quote_spanned!(Span::mixed_site()=> &#value)
        }
        _ => quote_spanned!(Span::mixed_site()=> &(#value)),
    }
}

fn hidden(key: &LitStr) -> TokenStream {
    let parameters = parameters();
    quote_spanned!(Span::mixed_site()=> #parameters.hide(#key);)
}

fn value(key: &LitStr, form: Form, lent: &TokenStream, path: &TokenStream) -> TokenStream {
    let parameters = parameters();
    let site = Span::mixed_site();
    // What it cannot do is said where it stands.
    let place = lent.clone().into_iter().last();
    let place = place.map_or(site, |token| token.span().resolved_at(site));
    let __value = Ident::new("__value", site);
    let value = match form {
        Form::Displayed => quote_spanned!(place=> #path::Value::displayed(#__value)),
        Form::Debugged => quote_spanned!(place=> #path::Value::debugged(#__value)),
        // The first of what its type can do is found by the references before it.
        Form::AsItIs => quote_spanned!(place=> {
            use #path::kinds::*;
            (&&&&&&&&#path::Of(#__value)).value()
        }),
    };
    quote_spanned!(Span::mixed_site()=> {
        let #__value = #lent;
        #parameters.value(#key, #value);
    })
}

fn shape(name: &Ident, ty: &Type, path: &TokenStream) -> TokenStream {
    let parameters = parameters();
    let written = written(ty.to_token_stream());
    let (kind, length) = (key(TYPE, name), key(LENGTH, name));
    let lent = lent(name, Some(ty));
    quote_spanned!(Span::mixed_site()=> {
        use #path::kinds::*;
        #parameters.shape(#kind, #written, #length, (&&&#path::Of(#lent)).length());
    })
}

//! A function, as it is written.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::{
    Attribute, Block, Safety, Signature, Stmt, Token, Visibility, braced,
    parse::{Parse, ParseStream},
    spanned::Spanned as _,
};

pub(super) struct Function {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    pub(super) signature: Signature,
    pub(super) body: Vec<Stmt>,
}

const NO_FUNCTION: &str =
    "`trace` stands on a function or method; of an `impl` or a `trait` put it on each";

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attributes = input.call(Attribute::parse_outer)?;
        let visibility: Visibility = input.parse()?;
        let start = input.fork();
        if input.peek(Token![default]) {
            let message = "a `default fn` cannot be traced: trace what it calls";
            return Err(start.error(message));
        }
        let Ok(signature) = input.parse::<Signature>() else {
            return Err(start.error(NO_FUNCTION));
        };
        if input.peek(Token![;]) {
            let message = "a function without a body does nothing that could be traced: put `trace` on those that implement it";
            return Err(syn::Error::new(signature.ident.span(), message));
        }
        let content;
        braced!(content in input);
        // They are about the whole function.
        for mut attribute in content.call(Attribute::parse_inner)? {
            attribute.style = syn::AttrStyle::Outer;
            attributes.push(attribute);
        }
        Ok(Self {
            attributes,
            visibility,
            signature,
            body: content.call(Block::parse_within)?,
        })
    }
}

impl Function {
    /// Says what to do instead, of those that cannot.
    pub(super) fn can_be_traced(&self) -> syn::Result<()> {
        let Signature {
            constness,
            safety,
            abi,
            variadic,
            ..
        } = &self.signature;
        let refuse = |span: Span, message| Err(syn::Error::new(span, message));
        if let Some(constness) = constness {
            return refuse(
                constness.span(),
                "a `const fn` may run in the compiler, where nothing can be recorded: trace what calls it",
            );
        }
        if let Safety::Unsafe(token) = safety {
            return refuse(
                token.span(),
                "an `unsafe fn` cannot be traced: trace a safe function that calls it",
            );
        }
        if let Some(abi) = abi {
            return refuse(
                abi.span(),
                "an `extern fn` cannot be traced, as no panic may leave it: trace a function that it calls",
            );
        }
        if let Some(variadic) = variadic {
            return refuse(variadic.span(), "a variadic function cannot be traced");
        }
        let is_tracked = |attribute: &&Attribute| attribute.path().is_ident("track_caller");
        if self.signature.asyncness.is_none()
            && let Some(attribute) = self.attributes.iter().find(is_tracked)
        {
            return refuse(
                attribute.span(),
                "the body of a traced function runs in a closure, so that `#[track_caller]` would name that: leave one of the two out",
            );
        }
        Ok(())
    }

    /// Whether `Self` is a type where it stands, as far as can be told.
    pub(super) fn is_of_a_type(&self) -> bool {
        self.signature.receiver().is_some() || names_self(self.signature.to_token_stream())
    }

    pub(super) fn with_body(&self, body: &TokenStream) -> TokenStream {
        let Self {
            attributes,
            visibility,
            signature,
            ..
        } = self;
        quote!(#(#attributes)* #visibility #signature { #body })
    }
}

fn names_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "Self",
        TokenTree::Group(group) => names_self(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

//! What a function gives back.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{
    GenericArgument, PathArguments, PathSegment, ReturnType, Type, TypeInfer, TypeParamBound,
    TypePath, punctuated::Punctuated,
};

/// What a function gives back.
pub(super) enum Returns {
    Nothing,
    /// That of `fn() -> !`, which never does.
    Never,
    Value(Box<Type>),
}

/// A future that is given back.
pub(super) struct Future {
    pub(super) output: Type,
    pub(super) is_boxed: bool,
}

impl Returns {
    pub(super) fn of(output: &ReturnType) -> Self {
        match output {
            ReturnType::Default => Self::Nothing,
            ReturnType::Type(_, ty) => Self::of_type(ty),
        }
    }

    pub(super) fn of_type(ty: &Type) -> Self {
        match ty {
            Type::Never(_) => Self::Never,
            Type::Tuple(tuple) if tuple.elems.is_empty() => Self::Nothing,
            ty => Self::Value(Box::new(nameable(ty))),
        }
    }
}

/// The type where it can be named in a body: `impl Trait` is left to the compiler.
fn nameable(ty: &Type) -> Type {
    let mut ty = ty.clone();
    leave_open(&mut ty);
    ty
}

fn leave_open(ty: &mut Type) {
    match ty {
        Type::ImplTrait(open) => {
            *ty = Type::Infer(TypeInfer {
                attrs: Vec::new(),
                underscore_token: syn::Token![_](open.impl_token.span),
            });
        }
        Type::Array(array) => leave_open(&mut array.elem),
        Type::Group(group) => leave_open(&mut group.elem),
        Type::Paren(paren) => leave_open(&mut paren.elem),
        Type::Ptr(pointer) => leave_open(&mut pointer.elem),
        Type::Reference(reference) => leave_open(&mut reference.elem),
        Type::Slice(slice) => leave_open(&mut slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(leave_open),
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    for argument in &mut arguments.args {
                        if let GenericArgument::Type(ty) = argument {
                            leave_open(ty);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

/// Whether a type says that it borrows.
pub(super) fn borrows(ty: &Type) -> bool {
    fn has_lifetime(tokens: TokenStream) -> bool {
        let mut after_mark = false;
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => has_lifetime(group.stream()),
            TokenTree::Punct(punct) => {
                after_mark = punct.as_char() == '\'';
                false
            }
            TokenTree::Ident(name) => std::mem::take(&mut after_mark) && name != "static",
            TokenTree::Literal(_) => false,
        })
    }
    has_lifetime(ty.to_token_stream())
}

/// The future that a type says it is.
pub(super) fn future(output: &ReturnType) -> Option<Future> {
    let ReturnType::Type(_, ty) = output else {
        return None;
    };
    match bare(ty) {
        Type::ImplTrait(open) => Some(Future {
            output: output_of(&open.bounds)?,
            is_boxed: false,
        }),
        Type::Path(path) => Some(Future {
            output: boxed(path)?,
            is_boxed: true,
        }),
        _ => None,
    }
}

/// `Pin<Box<dyn Future<Output = T>>>`, `BoxFuture<'_, T>`
fn boxed(path: &TypePath) -> Option<Type> {
    let last = path.path.segments.last()?;
    if last.ident == "BoxFuture" || last.ident == "LocalBoxFuture" {
        return types(last).last().cloned();
    }
    if last.ident != "Pin" {
        return None;
    }
    let Some(Type::Path(inside)) = types(last).next().map(bare) else {
        return None;
    };
    let inside = inside.path.segments.last()?;
    if inside.ident != "Box" {
        return None;
    }
    match types(inside).next().map(bare) {
        Some(Type::TraitObject(object)) => output_of(&object.bounds),
        _ => None,
    }
}

fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        ty => ty,
    }
}

fn types(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    arguments(segment).filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn arguments(segment: &PathSegment) -> impl Iterator<Item = &GenericArgument> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten()
}

fn output_of(bounds: &Punctuated<TypeParamBound, syn::Token![+]>) -> Option<Type> {
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let future = bound.path.segments.last()?;
        if future.ident != "Future" {
            return None;
        }
        arguments(future).find_map(|argument| match argument {
            GenericArgument::AssocType(output) if output.ident == "Output" => {
                Some(output.ty.clone())
            }
            _ => None,
        })
    })
}

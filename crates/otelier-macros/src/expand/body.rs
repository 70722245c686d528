//! The body with a span around it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::{Expr, ExprAsync, ExprCall, ReturnType, Stmt, Type};

use super::{
    function::Function,
    options::Options,
    returns::{self, Returns},
};

/// Begins the call, runs the body in it, and has its end judged.
pub(super) fn traced(
    options: &Options,
    function: &Function,
    described: &TokenStream,
) -> TokenStream {
    let path = options.path();
    let begun = begun(options, function, described, &path);
    let signature = &function.signature;
    let statements = &function.body;
    let ran = if signature.asyncness.is_some() {
        let returns = Returns::of(&signature.output);
        let future = Future {
            path: &path,
            returns: &returns,
        };
        let polled = future.polled(&future.block(statements));
        quote_spanned!(Span::mixed_site()=> #polled.await)
    } else if let Some(given) = returns::future(&signature.output) {
        let returns = Returns::of_type(&given.output);
        let future = Future {
            path: &path,
            returns: &returns,
        };
        match given.is_boxed {
            true => future.boxed(statements, &signature.output),
            false => future.plain(statements, None),
        }
    } else {
        let returns = Returns::of(&signature.output);
        let (judge, output) = (judge(&returns, &path), &signature.output);
        let output = match &returns {
            Returns::Nothing | Returns::Never => output.to_token_stream(),
            Returns::Value(ty) => quote_spanned!(Span::mixed_site()=> -> #ty),
        };
        quote_spanned!(Span::mixed_site()=> __call.run(move || #output { #(#statements)* }, #judge))
    };
    quote_spanned!(Span::mixed_site()=> #begun #ran)
}

fn begun(
    options: &Options,
    function: &Function,
    described: &TokenStream,
    path: &TokenStream,
) -> TokenStream {
    let ident = function.signature.ident.to_string();
    let ident = ident.strip_prefix("r#").unwrap_or(&ident);
    let name = options
        .name
        .as_ref()
        .map(|name| quote_spanned!(Span::mixed_site()=> .named(#name)));
    let of = match function.is_of_a_type() {
        true => quote_spanned!(Span::mixed_site()=>
            .of(::core::any::type_name::<Self>())
        ),
        false => TokenStream::new(),
    };
    quote_spanned! {Span::mixed_site()=>
        static __OTELIER_FUNCTION: #path::Function = #path::Function::new(
            ::core::concat!(::core::module_path!(), "::", #ident)
        ) #name;
        let __call = __OTELIER_FUNCTION.call(#described) #of;
    }
}

/// The closure that tells a failure from what ended well.
fn judge(returns: &Returns, path: &TokenStream) -> TokenStream {
    match returns {
        Returns::Nothing | Returns::Never => quote_spanned! {Span::mixed_site()=>
            |_| ::core::option::Option::None
        },
        Returns::Value(ty) => {
            // The first of the kinds is none for a box of what borrows.
            let first = (!returns::borrows(ty)).then(|| quote_spanned!(Span::mixed_site()=> &));
            quote_spanned! {Span::mixed_site()=>
                |__output| {
                    use #path::kinds::*;
                    (#first &&&#path::Of(__output)).failure()
                }
            }
        }
    }
}

/// A future whose output is known.
struct Future<'a> {
    path: &'a TokenStream,
    returns: &'a Returns,
}

impl Future<'_> {
    fn output(&self) -> TokenStream {
        match self.returns {
            Returns::Nothing => quote_spanned!(Span::mixed_site()=> ()),
            Returns::Never => quote_spanned!(Span::mixed_site()=> _),
            Returns::Value(ty) => ty.to_token_stream(),
        }
    }

    /// Tells an `async` block what it gives back, so that `?` and `return` know.
    fn hint(&self) -> TokenStream {
        let path = self.path;
        let told = |ty: &Type| {
            quote_spanned! {Span::mixed_site()=>
                if let ::core::option::Option::Some(__returned) = #path::none::<#ty>() {
                    return __returned;
                }
            }
        };
        match self.returns {
            Returns::Value(ty) => told(ty),
            Returns::Nothing | Returns::Never => TokenStream::new(),
        }
    }

    fn block(&self, statements: &[Stmt]) -> TokenStream {
        let hint = self.hint();
        quote_spanned!(Span::mixed_site()=> async move { #hint #(#statements)* })
    }

    /// An `async` block of the service's own.
    fn hinted(&self, block: &ExprAsync) -> TokenStream {
        let ExprAsync {
            attrs,
            async_token,
            capture,
            block,
            ..
        } = block;
        let (hint, statements) = (self.hint(), &block.stmts);
        quote_spanned! {Span::mixed_site()=>
            #(#attrs)* #async_token #capture { #hint #(#statements)* }
        }
    }

    fn polled(&self, future: &TokenStream) -> TokenStream {
        let (output, judge) = (self.output(), judge(self.returns, self.path));
        quote_spanned!(Span::mixed_site()=> __call.future::<#output, _, _>(#future, #judge))
    }

    /// `fn ship() -> impl Future<Output = T>`
    fn plain(&self, statements: &[Stmt], output: Option<&ReturnType>) -> TokenStream {
        let (path, made) = (self.path, self.made(statements));
        self.polled(&quote_spanned!(Span::mixed_site()=> #path::once(move || #output { #made })))
    }

    /// `fn ship() -> Pin<Box<dyn Future<Output = T>>>`
    fn boxed(&self, statements: &[Stmt], output: &ReturnType) -> TokenStream {
        // What `async_trait` makes needs no second box.
        if let [Stmt::Expr(Expr::Call(call), None)] = statements
            && let Some(block) = pinned(call)
        {
            let (func, polled) = (&call.func, self.polled(&self.hinted(block)));
            return quote_spanned!(Span::mixed_site()=> #func(#polled));
        }
        let polled = self.plain(statements, Some(output));
        quote_spanned!(Span::mixed_site()=> ::std::boxed::Box::pin(#polled))
    }

    /// The statements, whose last may be an `async` block.
    fn made(&self, statements: &[Stmt]) -> TokenStream {
        let hinted = match statements.split_last() {
            Some((Stmt::Expr(Expr::Async(block), None), before)) => {
                Some((before, self.hinted(block)))
            }
            Some((Stmt::Expr(Expr::Call(call), None), before)) => pinned(call).map(|block| {
                let (func, hinted) = (&call.func, self.hinted(block));
                (before, quote_spanned!(Span::mixed_site()=> #func(#hinted)))
            }),
            _ => None,
        };
        match hinted {
            Some((before, last)) => quote_spanned!(Span::mixed_site()=> #(#before)* #last),
            None => quote_spanned!(Span::mixed_site()=> #(#statements)*),
        }
    }
}

/// `Box::pin(async { .. })`
fn pinned(call: &ExprCall) -> Option<&ExprAsync> {
    let Expr::Path(path) = &*call.func else {
        return None;
    };
    let mut names = path.path.segments.iter().rev();
    let is_box = names.next()?.ident == "pin" && names.next()?.ident == "Box";
    match call.args.first() {
        Some(Expr::Async(block)) if is_box && call.args.len() == 1 => Some(block),
        _ => None,
    }
}

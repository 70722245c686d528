//! What is known about a route before a request for it comes: its name, the
//! names of its spans, and its series of metrics.

use std::{
    borrow::Cow,
    hash::BuildHasherDefault,
    sync::{Arc, OnceLock},
};

use opentelemetry::StringValue;
use otelier_core::{
    Methods, Names,
    edge::{BoundDurations, Few, Known, Words},
};

/// Of routes and their spans.
static NAMES: Names = Names::up_to(2 * MAX_ROUTES);

/// Routes beyond that are not kept between requests: each of those is made anew,
/// and the SDK looks its series up under a lock.
const MAX_ROUTES: usize = 16 * 1024;
/// Series of one route beyond that are looked up by the SDK.
const MAX_SERIES: usize = 64;

/// The routes of a layer, met so far. They are the program's own, so that nobody
/// can make their hashes collide.
#[derive(Debug)]
pub(super) struct Routes {
    /// What stands for no route.
    pub(super) none: Arc<Route>,
    /// Routes are the program's own, so nobody can make them collide.
    known: Known<String, Route, BuildHasherDefault<Words>>,
    methods: usize,
}

impl Routes {
    pub(super) fn new(methods: &Methods) -> Self {
        Self {
            none: Arc::new(Route::new(None, methods.count())),
            known: Known::new(MAX_ROUTES),
            methods: methods.count(),
        }
    }

    #[inline]
    pub(super) fn get(&self, path: &str) -> Arc<Route> {
        self.known
            .get(path, || Route::new(Some(path), self.methods))
    }
}

#[derive(Debug)]
pub(super) struct Route {
    pub(super) label: Option<StringValue>,
    /// By the place of the method, the last one for unknown methods.
    names: Box<[OnceLock<Cow<'static, str>>]>,
    pub(super) series: Few<Series, BoundDurations>,
}

impl Route {
    fn new(path: Option<&str>, methods: usize) -> Self {
        Self {
            label: path.map(|path| match NAMES.keep(path) {
                Cow::Borrowed(path) => path.into(),
                Cow::Owned(path) => Arc::<str>::from(path).into(),
            }),
            names: (0..=methods).map(|_| OnceLock::new()).collect(),
            series: Few::new(MAX_SERIES),
        }
    }

    /// `GET /orders/{id}`, or `GET` when nothing matched.
    pub(super) fn span_name(&self, methods: &Methods, method: usize) -> Cow<'static, str> {
        let make = || {
            let method = Methods::name(&methods.label(method));
            match &self.label {
                None => NAMES.keep(&method),
                Some(route) => NAMES.keep(&[&*method, route.as_str()].join(" ")),
            }
        };
        match self.names.get(method).or(self.names.last()) {
            Some(name) => name.get_or_init(make).clone(),
            None => make(),
        }
    }
}

/// The labels that a series has beside its route, packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Series {
    pub(super) method: u16,
    pub(super) status: u16,
    pub(super) scheme: u8,
    pub(super) version: u8,
    pub(super) error: u8,
}

#[cfg(test)]
mod tests {
    use otelier_core::Methods;

    use super::Routes;

    #[test]
    fn a_route_is_made_once_and_names_its_spans() {
        let methods = Methods::new(None);
        let routes = Routes::new(&methods);
        let route = routes.get("/orders/{id}");
        assert!(std::ptr::eq(&*route, &*routes.get("/orders/{id}")));
        assert_eq!(route.span_name(&methods, 0), "GET /orders/{id}");
        assert_eq!(route.span_name(&methods, 99), "HTTP /orders/{id}");
        assert_eq!(routes.none.span_name(&methods, 1), "POST");
    }
}

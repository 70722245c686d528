//! What the clones of a layer have in common, and what becomes of a request.

use std::sync::Arc;

use axum::http::Request;
use opentelemetry::Context;
use otelier_core::{context::Slot, edge::Edge};

use super::{
    begin::{begin, caller},
    marks::Passed,
    scope::Scope,
    telemetry::Telemetry,
};
use crate::config::Config;

#[derive(Clone, Debug, Default)]
pub(crate) struct Shared(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    edge: Edge<Arc<Telemetry>>,
    config: Config,
}

impl Shared {
    /// What clones share, they go on sharing: this one has another configuration.
    pub(crate) fn edit(self, edit: impl FnOnce(&mut Config)) -> Self {
        let mut config = self.0.config.clone();
        edit(&mut config);
        let edge = self.0.edge.anew();
        Self(Arc::new(Inner { edge, config }))
    }

    pub(crate) fn is_off(&self) -> bool {
        self.0.edge.is_off()
    }

    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        self.0.edge.is_idle()
    }

    /// What the request runs in, or `None` if it is none of our business.
    #[inline]
    pub(crate) fn begin<B: 'static>(&self, request: &mut Request<B>) -> Option<Box<Scope>> {
        let Inner { edge, config } = &*self.0;
        let current = Context::current();
        let make = |providers: &_| Arc::new(Telemetry::new(providers, config));
        match edge.on_in(&current, make) {
            Some(telemetry) => begin(telemetry, request, current),
            None => self.pass(request, &current),
        }
    }

    /// What the request runs in while nothing is recorded but context of others
    /// passes through, `None` unless there is some.
    #[cold]
    fn pass<B>(&self, request: &mut Request<B>, current: &Context) -> Option<Box<Scope>> {
        let propagation = self.0.edge.passing()?;
        if request.extensions().get::<Passed>().is_some() {
            return None;
        }
        let caller = caller(request, propagation, &self.0.config, current)?;
        request.extensions_mut().insert(Passed);
        Some(Scope::new(caller, Slot::default(), None))
    }
}

//! Keeps what is the program's own from harming what is ours.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, Weak, mpsc},
    time::{Duration, Instant},
};

use opentelemetry::{
    Context, InstrumentationScope, KeyValue,
    trace::{Link, SpanKind, TraceId},
};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    logs::{LogProcessor, SdkLogRecord},
    metrics::{InstrumentKind, Pipeline, Temporality, data::ResourceMetrics, reader::MetricReader},
    trace::{Sampler, SamplingResult, ShouldSample, Span, SpanData, SpanProcessor},
};

use super::super::{
    bounded,
    notice::{self, Pace},
};

/// Something of the program's own that is called by the SDK. A panic ends the
/// call alone, and what it records meanwhile is no telemetry.
pub(crate) struct Theirs<T: ?Sized> {
    what: &'static str,
    it: Arc<T>,
    /// For a flush, and for the end.
    bound: Duration,
    pace: Arc<Mutex<Pace>>,
}

impl<T: ?Sized> Theirs<T> {
    pub(super) fn new(what: &'static str, it: Arc<T>, bound: Duration) -> Self {
        Self {
            what,
            it,
            bound,
            pace: Arc::default(),
        }
    }

    pub(super) fn call<R>(&self, call: impl FnOnce(&T) -> R) -> Option<R> {
        let _recursion_ends_here = Context::enter_telemetry_suppressed_scope();
        let called = catch_unwind(AssertUnwindSafe(|| call(&self.it)));
        if called.is_err() {
            self.tell();
        }
        called.ok()
    }

    /// Before it is called for the first time.
    fn change(&mut self, change: impl FnOnce(&mut T)) {
        if let Some(it) = Arc::get_mut(&mut self.it) {
            catch_unwind(AssertUnwindSafe(|| change(it))).ok();
        }
    }

    fn tell(&self) {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let may_warn = pace.may_warn(Instant::now());
        drop(pace);
        if may_warn {
            notice::warn(format_args!("{}", panicked(self.what)));
        }
    }
}

impl<T: ?Sized + Send + Sync + 'static> Theirs<T> {
    /// Calls what may block, for the bound at most: it goes on alone then.
    fn wait(
        &self,
        bound: Duration,
        call: impl FnOnce(&T) -> OTelSdkResult + Send + 'static,
    ) -> OTelSdkResult {
        let (sender, receiver) = mpsc::channel();
        let it = Arc::clone(&self.it);
        let job = move || {
            let _recursion_ends_here = Context::enter_telemetry_suppressed_scope();
            let called = catch_unwind(AssertUnwindSafe(|| call(&it)));
            sender.send(called.ok()).ok();
        };
        bounded::run(bound, [], Box::new(job));
        match receiver.try_recv() {
            Ok(Some(result)) => result,
            Ok(None) => {
                self.tell();
                Err(OTelSdkError::InternalFailure(panicked(self.what)))
            }
            Err(_) => Err(OTelSdkError::Timeout(bound)),
        }
    }
}

impl SpanProcessor for Theirs<dyn SpanProcessor> {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.call(|it| it.on_start(span, cx));
    }

    fn on_end(&self, span: SpanData) {
        self.call(|it| it.on_end(span));
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.wait(self.bound, |it| it.force_flush())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let bound = timeout.min(self.bound);
        self.wait(bound, move |it| it.shutdown_with_timeout(bound))
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.change(|it| it.set_resource(resource));
    }
}

impl MetricReader for Theirs<dyn MetricReader> {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.call(|it| it.register_pipeline(pipeline));
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        let failed = || OTelSdkError::InternalFailure(panicked(self.what));
        self.call(|it| it.collect(metrics))
            .unwrap_or_else(|| Err(failed()))
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.wait(self.bound, |it| it.force_flush())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let bound = timeout.min(self.bound);
        self.wait(bound, move |it| it.shutdown_with_timeout(bound))
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.call(|it| it.temporality(kind)).unwrap_or_default()
    }
}

/// Lets theirs see and change each log record before ours takes it; ours is
/// flushed and stopped first.
#[derive(Debug)]
pub(crate) struct Enrich<P> {
    pub(crate) theirs: Vec<Theirs<dyn LogProcessor>>,
    pub(crate) next: P,
}

impl<P: LogProcessor> LogProcessor for Enrich<P> {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        for their in &self.theirs {
            their.call(|it| it.emit(record, scope));
        }
        self.next.emit(record, scope);
    }

    fn force_flush(&self) -> OTelSdkResult {
        let flushed = self.next.force_flush();
        for their in &self.theirs {
            their.wait(their.bound, |it| it.force_flush()).ok();
        }
        flushed
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let stopped = self.next.shutdown_with_timeout(timeout);
        for their in &self.theirs {
            let bound = timeout.min(their.bound);
            their
                .wait(bound, move |it| it.shutdown_with_timeout(bound))
                .ok();
        }
        stopped
    }

    fn set_resource(&mut self, resource: &Resource) {
        for their in &mut self.theirs {
            their.change(|it| it.set_resource(resource));
        }
        self.next.set_resource(resource);
    }
}

/// Their sampler, and ours where it panics.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    theirs: Arc<Theirs<dyn ShouldSample>>,
    otherwise: Sampler,
}

impl Sample {
    pub(super) fn new(theirs: Theirs<dyn ShouldSample>, otherwise: Sampler) -> Self {
        Self {
            theirs: Arc::new(theirs),
            otherwise,
        }
    }
}

impl ShouldSample for Sample {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let theirs = self
            .theirs
            .call(|it| it.should_sample(parent, trace_id, name, kind, attributes, links));
        theirs.unwrap_or_else(|| {
            let ours = &self.otherwise;
            ours.should_sample(parent, trace_id, name, kind, attributes, links)
        })
    }
}

impl<T: ?Sized> fmt::Debug for Theirs<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

pub(super) fn panicked(what: &str) -> String {
    format!("a {what} of the program's own panicked; what it does is left out")
}

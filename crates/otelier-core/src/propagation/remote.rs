//! A caller's span, with what its `SpanContext` has no place for, from the way
//! in to the way out.
//!
//! The SDK gives a span that it drops no flags but zero, `TraceState` refuses
//! keys that the specification allows, and nothing knows of B3's debug flag. So
//! these travel in the context, beside the span.

use std::{borrow::Cow, sync::Arc};

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};

use super::trace_state::{self, WholeState};
use crate::ids;

/// The flag that says that the trace id is random (Trace Context, Level 2).
pub(super) const RANDOM: u8 = 0b10;

/// Whether a request that is not sampled is to have a span id of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsampled {
    AsItCame,
    WithOwnId,
}

/// What a caller sent of its span.
#[derive(Debug)]
pub(super) struct Remote {
    trace_id: TraceId,
    span_id: SpanId,
    flags: u8,
    pub(super) is_debug: bool,
    /// What a span can hold of the list.
    held: TraceState,
    /// The list as it is to be sent, where that is more.
    whole: Option<Arc<WholeState>>,
}

/// What belongs to a trace and has no place in its span's context.
#[derive(Clone, Debug)]
struct Beside {
    /// Of another trace it tells nothing.
    trace_id: TraceId,
    is_random: bool,
    is_debug: bool,
    state: Option<Arc<WholeState>>,
}

impl Beside {
    fn of(cx: &Context, trace_id: TraceId) -> Option<&Self> {
        cx.get::<Self>()
            .filter(|beside| beside.trace_id == trace_id)
    }
}

impl Remote {
    #[inline(always)]
    pub(super) fn new(trace_id: TraceId, span_id: SpanId, flags: TraceFlags) -> Self {
        Self {
            trace_id,
            span_id,
            flags: flags.to_u8(),
            is_debug: false,
            held: TraceState::NONE,
            whole: None,
        }
    }

    pub(super) fn set_state(&mut self, state: trace_state::Read) {
        self.held = state.held;
        self.whole = state.whole.map(Arc::new);
    }

    /// Takes over what an earlier format told about the same trace.
    pub(super) fn after(mut self, earlier: Option<Self>) -> Self {
        let before = earlier.filter(|before| before.trace_id == self.trace_id);
        if let Some(before) = before {
            self.flags |= before.flags & RANDOM;
            self.is_debug |= before.is_debug;
            if self.whole.is_none() && self.held == TraceState::NONE {
                self.held = before.held;
                self.whole = before.whole;
            }
        }
        self
    }

    /// Returns the context of what the caller wants done.
    pub(super) fn enter(self, cx: &Context, unsampled: Unsampled) -> Context {
        let is_random = self.flags & RANDOM != 0;
        let has_more = is_random || self.is_debug || self.whole.is_some();
        if !has_more && cx.get::<Beside>().is_none() {
            return cx.with_remote_span_context(self.span(unsampled));
        }
        let beside = Beside {
            trace_id: self.trace_id,
            is_random,
            is_debug: self.is_debug,
            state: self.whole.clone(),
        };
        cx.with_value(beside)
            .with_remote_span_context(self.span(unsampled))
    }

    fn span(self, unsampled: Unsampled) -> SpanContext {
        let flags = TraceFlags::new(self.flags);
        span((self.trace_id, self.span_id, flags), unsampled, self.held)
    }

    #[cfg(test)]
    pub(super) fn into_span(self) -> SpanContext {
        self.span(Unsampled::AsItCame)
    }
}

/// Returns the context of what the caller wants done, where it sent no more than
/// ids and flags.
#[inline(always)]
pub(super) fn enter(
    ids: (TraceId, SpanId, TraceFlags),
    cx: &Context,
    unsampled: Unsampled,
) -> Context {
    if ids.2.to_u8() & RANDOM != 0 || cx.get::<Beside>().is_some() {
        return enter_with_more(ids, cx, unsampled);
    }
    cx.with_remote_span_context(span(ids, unsampled, TraceState::NONE))
}

#[cold]
fn enter_with_more(
    (trace_id, span_id, flags): (TraceId, SpanId, TraceFlags),
    cx: &Context,
    unsampled: Unsampled,
) -> Context {
    Remote::new(trace_id, span_id, flags).enter(cx, unsampled)
}

#[inline(always)]
fn span(
    (trace_id, span_id, flags): (TraceId, SpanId, TraceFlags),
    unsampled: Unsampled,
    state: TraceState,
) -> SpanContext {
    let has_own_id = unsampled == Unsampled::WithOwnId && !flags.is_sampled();
    let span_id = if has_own_id {
        ids::new_span_id()
    } else {
        span_id
    };
    SpanContext::new(trace_id, span_id, flags, !has_own_id, state)
}

/// The context of a request that leaves no span because nothing is sampled: its
/// callees are told of a span of its own all the same.
#[inline]
pub(super) fn own_id_if_unsampled(cx: Context) -> Context {
    let own = {
        let span = cx.span();
        let span = span.span_context();
        (span.is_valid() && !span.is_sampled()).then(|| with_own_id(span))
    };
    match own {
        Some(own) => cx.with_remote_span_context(own),
        None => cx,
    }
}

fn with_own_id(span: &SpanContext) -> SpanContext {
    let state = span.trace_state().clone();
    let (trace_id, flags) = (span.trace_id(), span.trace_flags());
    SpanContext::new(trace_id, ids::new_span_id(), flags, false, state)
}

/// What a callee is told.
#[derive(Debug)]
pub(super) struct Outgoing<'a> {
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    pub(super) flags: u8,
    pub(super) is_debug: bool,
    /// Empty where there is no list.
    pub(super) state: Cow<'a, str>,
}

impl<'a> Outgoing<'a> {
    /// What the current span is to its callees, `None` where there is none.
    #[inline]
    pub(super) fn of(cx: &'a Context, unsampled: Unsampled) -> Option<Self> {
        let span = cx.span();
        let span = span.span_context();
        if !span.is_valid() {
            return None;
        }
        let trace_id = span.trace_id();
        let beside = Beside::of(cx, trace_id);
        let is_random = beside.is_some_and(|beside| beside.is_random) || ids::is_own(trace_id);
        let flags = span.trace_flags().to_u8() | if is_random { RANDOM } else { 0 };
        let state = match beside.and_then(|beside| beside.state.as_deref()) {
            Some(whole) => whole.with_changes(span.trace_state()),
            None => Cow::Owned(trace_state::write(span.trace_state())),
        };
        let span_id = match unsampled {
            Unsampled::WithOwnId if !span.is_sampled() => ids::new_span_id(),
            _ => span.span_id(),
        };
        Some(Self {
            trace_id,
            span_id,
            flags,
            is_debug: beside.is_some_and(|beside| beside.is_debug),
            state,
        })
    }

    pub(super) fn is_sampled(&self) -> bool {
        TraceFlags::new(self.flags).is_sampled()
    }
}

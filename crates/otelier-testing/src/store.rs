//! Where a capture keeps what has ended.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
};

use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;

use crate::{Log, Span};

/// Shared by the processors of one capture.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    next: u64,
    started: HashMap<SpanId, u64>,
    spans: Vec<Span>,
    logs: Vec<Log>,
    waiting: Vec<Waker>,
}

impl State {
    fn tick(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

impl Store {
    pub(crate) fn started(&self, id: SpanId) {
        let mut state = self.lock();
        let order = state.tick();
        state.started.insert(id, order);
    }

    pub(crate) fn ended(&self, data: SpanData) {
        let mut state = self.lock();
        let order = match state.started.remove(&data.span_context.span_id()) {
            Some(order) => order,
            None => state.tick(),
        };
        state.spans.push(Span::new(data, order));
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn logged(&self, mut log: Log) {
        let mut state = self.lock();
        log.order = state.tick();
        state.logs.push(log);
    }

    pub(crate) fn ended_at_least(&self, count: usize, waker: &Waker) -> bool {
        let mut state = self.lock();
        let reached = state.spans.len() >= count;
        if !reached {
            state.waiting.push(waker.clone());
        }
        reached
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        let mut spans = self.lock().spans.clone();
        spans.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        let names: HashMap<SpanId, String> = spans
            .iter()
            .map(|span| (span.span_id, span.name.clone()))
            .collect();
        for span in &mut spans {
            span.parent = span.parent_span_id.and_then(|id| names.get(&id).cloned());
        }
        spans
    }

    pub(crate) fn logs(&self) -> Vec<Log> {
        self.lock().logs.clone()
    }

    /// A test that panicked while recording has failed for a reason of its own.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

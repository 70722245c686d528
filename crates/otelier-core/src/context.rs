//! What is known about the request that is being served, such as the user's or
//! the organisation's id: recorded on every span and log record below it.
//!
//! The entries travel in the OpenTelemetry [`Context`]. An integration opens a
//! [`Slot`] for each request or job and runs it in there; [`set`] adds an entry
//! from wherever that code calls it; processors read them by [`from`].

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    fmt::Display,
    sync::{Arc, Mutex, PoisonError},
};

use opentelemetry::{Context, Key, KeyValue, StringValue};

use crate::{REDACTED, is_secret, shorten_display};

/// A request has at most this many entries; further ones are dropped.
pub const MAX_ENTRIES: usize = 32;
/// Entries with a longer key are dropped.
pub const MAX_KEY_BYTES: usize = 128;
/// Longer values are cut, with a marker at their end, and without half a secret
/// before it.
pub const MAX_VALUE_BYTES: usize = 256;

/// The entries of one request. Cheap to clone; clones share the entries.
///
/// ```
/// use opentelemetry::Context;
/// use otelier_core::context::{self, RequestContext, Slot};
///
/// let request = RequestContext::new();
/// request.set("organization.id", 7);
/// let mut cx = request.attach_to(&Context::new());
///
/// let mut slot = Slot::with(request);
/// slot.run(&mut cx, || context::set("user.id", "ann"));
/// assert_eq!(context::from(&cx).unwrap().get("user.id"), Some("ann".into()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct RequestContext(Arc<Mutex<Vec<KeyValue>>>);

impl RequestContext {
    /// Makes an empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry, or replaces the one of the same key. Values of keys that
    /// name a secret become `[REDACTED]`; entries without a key or without a
    /// value are left out, as are those beyond [`MAX_ENTRIES`].
    pub fn set(&self, key: impl Into<Cow<'static, str>>, value: impl Display) {
        let key = key.into();
        let value = text(&key, value);
        if key.is_empty() || key.len() > MAX_KEY_BYTES || value.as_str().is_empty() {
            return;
        }
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.iter_mut().find(|entry| entry.key.as_str() == key) {
            entry.value = value.into();
        } else if entries.len() < MAX_ENTRIES {
            entries.push(KeyValue::new(Key::from(key), value));
        }
    }

    /// The entries, in the order in which they were set.
    #[must_use]
    pub fn entries(&self) -> Vec<KeyValue> {
        self.with(<[KeyValue]>::to_vec)
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<opentelemetry::Value> {
        self.with(|entries| {
            let found = entries.iter().find(|entry| entry.key.as_str() == key);
            found.map(|entry| entry.value.clone())
        })
    }

    /// Looks at the entries without copying them. `look` must not use this
    /// request's context itself.
    pub fn with<T>(&self, look: impl FnOnce(&[KeyValue]) -> T) -> T {
        look(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns `cx` with these entries in it.
    #[must_use]
    pub fn attach_to(&self, cx: &Context) -> Context {
        cx.with_value(self.clone())
    }
}

fn text(key: &str, value: impl Display) -> StringValue {
    if is_secret(key) {
        REDACTED.into()
    } else {
        shorten_display(value, MAX_VALUE_BYTES).into()
    }
}

/// Adds an entry to the request that the caller serves. Outside of a request,
/// and while telemetry is off, this does nothing.
///
/// The entry is recorded on the request's own span, and on the spans and log
/// records that start after it. Caps: see [`MAX_ENTRIES`], [`MAX_KEY_BYTES`],
/// [`MAX_VALUE_BYTES`].
pub fn set(key: impl Into<Cow<'static, str>>, value: impl Display) {
    if let Some(request) = current().or_else(here_or_new) {
        request.set(key, value);
    }
}

/// The entries of the request that the caller serves.
#[must_use]
pub fn current() -> Option<RequestContext> {
    Context::map_current(|cx| cx.get::<RequestContext>().cloned()).or_else(here)
}

/// The entries that belong to a context: those it carries, else those of the
/// request that the current thread serves.
///
/// # Cost
/// A look-up without allocation.
#[must_use]
pub fn from(cx: &Context) -> Option<RequestContext> {
    match cx.get::<RequestContext>() {
        Some(request) => Some(request.clone()),
        None => here(),
    }
}

/// Returns `cx` with the entries of the request that the current thread serves,
/// unless it carries some: for what goes on elsewhere, or is recorded later.
///
/// # Cost
/// That of a clone, where the request has no entries.
#[must_use]
#[inline]
pub fn carried(cx: &Context) -> Context {
    if STATE.get() == State::Filled {
        with_those_here(cx)
    } else {
        cx.clone()
    }
}

#[cold]
fn with_those_here(cx: &Context) -> Context {
    match here() {
        Some(request) if cx.get::<RequestContext>().is_none() => request.attach_to(cx),
        _ => cx.clone(),
    }
}

/// Runs something that has nothing to do with the request that the current thread
/// serves: [`from`] knows in there only what a context carries.
#[inline]
pub fn apart<T>(run: impl FnOnce() -> T) -> T {
    if STATE.get() == State::Filled {
        apart_from_those_here(run)
    } else {
        run()
    }
}

#[cold]
fn apart_from_those_here<T>(run: impl FnOnce() -> T) -> T {
    let (mut slot, mut context) = (Slot::default(), Context::new());
    let _inside = Inside::enter(&mut slot, &mut context);
    run()
}

/// What the current thread is in. Without a destructor, so that the way into a
/// request costs a few instructions.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Outside,
    /// In a request that has no entries yet.
    Empty,
    /// In a request whose entries are in `HERE`.
    Filled,
}

thread_local! {
    static STATE: Cell<State> = const { Cell::new(State::Outside) };
    static HERE: RefCell<Option<RequestContext>> = const { RefCell::new(None) };
}

fn here() -> Option<RequestContext> {
    if STATE.get() != State::Filled {
        return None;
    }
    let here = HERE.try_with(|here| here.try_borrow().ok()?.clone());
    here.ok().flatten()
}

/// Puts entries into `HERE`, and returns those that were there. A request may be
/// dropped when the thread has ended and there is no such place any more.
fn swap(request: Option<RequestContext>) -> Option<RequestContext> {
    let swapped = HERE.try_with(|here| {
        Some(std::mem::replace(
            &mut *here.try_borrow_mut().ok()?,
            request,
        ))
    });
    swapped.ok().flatten().flatten()
}

fn here_or_new() -> Option<RequestContext> {
    match STATE.get() {
        State::Outside => None,
        State::Filled => here(),
        State::Empty => {
            let request = RequestContext::new();
            swap(Some(request.clone()));
            STATE.set(State::Filled);
            Some(request)
        }
    }
}

/// The place of a request's entries between its polls. Nothing is allocated
/// until the first entry.
///
/// See the example of [`RequestContext`].
#[derive(Clone, Debug, Default)]
pub struct Slot(Option<RequestContext>);

impl Slot {
    /// Starts with entries, which the context to run in must carry already.
    #[must_use]
    pub fn with(request: RequestContext) -> Self {
        Self(Some(request))
    }

    /// The entries, if there are any.
    #[must_use]
    pub fn request(&self) -> Option<&RequestContext> {
        self.0.as_ref()
    }

    /// Runs a part of the request: `context` is current in it, and [`set`] adds
    /// to this request. With its first entry, `context` gets to carry them.
    #[inline]
    pub fn run<T>(&mut self, context: &mut Context, run: impl FnOnce() -> T) -> T {
        let _attached = context.clone().attach();
        let _inside = Inside::enter(self, context);
        run()
    }
}

/// Leaves when dropped, so also when unwound.
struct Inside<'a> {
    slot: &'a mut Slot,
    context: &'a mut Context,
    before: State,
    /// The surrounding request's entries, while ours have taken their place.
    outer: Option<RequestContext>,
}

impl<'a> Inside<'a> {
    #[inline(always)]
    fn enter(slot: &'a mut Slot, context: &'a mut Context) -> Self {
        let mut inside = Self {
            before: STATE.replace(State::Empty),
            outer: None,
            slot,
            context,
        };
        if inside.slot.0.is_some() || inside.before == State::Filled {
            inside.bring();
        }
        inside
    }

    #[cold]
    fn bring(&mut self) {
        self.outer = swap(self.slot.0.clone());
        if self.slot.0.is_some() {
            STATE.set(State::Filled);
        }
    }

    #[cold]
    fn keep(&mut self) {
        let request = swap(self.outer.take());
        if let (None, Some(request)) = (&self.slot.0, request) {
            *self.context = request.attach_to(self.context);
            self.slot.0 = Some(request);
        }
    }
}

impl Drop for Inside<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        let now = STATE.replace(self.before);
        if now == State::Filled || self.before == State::Filled {
            self.keep();
        }
    }
}

#[cfg(test)]
mod tests;

//! Where instrumentations record to: the process's providers, or a test's own.

use std::{
    fmt,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use opentelemetry::Context;

use crate::{Propagation, Providers};

static INSTALLED: OnceLock<Providers> = OnceLock::new();
static STAYS_OFF: AtomicBool = AtomicBool::new(false);

/// Which providers an instrumentation records to. Taken when a layer, pool or
/// client is made, asked on every request.
///
/// See the example of [`Providers`].
///
/// # Cost
/// [`Source::providers`] is one atomic load and a branch.
#[derive(Clone, Debug, Default)]
pub struct Source(Option<Providers>);

impl Source {
    /// The providers that the current context carries, else the process's,
    /// which may also be installed later.
    #[must_use]
    pub fn current() -> Self {
        Self(Context::map_current(|cx| cx.get::<Providers>().cloned()))
    }

    /// The providers to record to, or `None` while telemetry is off.
    #[must_use]
    #[inline]
    pub fn providers(&self) -> Option<&Providers> {
        self.any().filter(|providers| !providers.is_passing())
    }

    /// How context of others passes through while telemetry is off, `None` where
    /// it does not, and while it is on.
    #[must_use]
    #[inline]
    pub fn passing(&self) -> Option<&Propagation> {
        let providers = self.any().filter(|providers| providers.is_passing())?;
        Some(providers.propagation())
    }

    /// Whether nothing is recorded and nothing passes through for now.
    #[must_use]
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.any().is_none()
    }

    /// Whether nothing is recorded and nothing passes through, now and later: no
    /// providers are installed, and [`stay_off`] said that none will be.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.is_idle() && STAYS_OFF.load(Relaxed)
    }

    #[inline]
    fn any(&self) -> Option<&Providers> {
        self.0.as_ref().or_else(|| INSTALLED.get())
    }
}

/// The process has providers already; they stay.
///
/// See the example of [`Providers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadyInstalled;

impl fmt::Display for AlreadyInstalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("telemetry providers are already installed")
    }
}

impl std::error::Error for AlreadyInstalled {}

/// Turns telemetry on for the whole process, once, or has context pass through
/// it.
///
/// # Errors
/// [`AlreadyInstalled`] if it is on; nothing changes then.
pub fn install(providers: Providers) -> Result<(), AlreadyInstalled> {
    INSTALLED.set(providers).map_err(|_| AlreadyInstalled)?;
    let waiting = std::mem::take(&mut *waiting());
    if let Some(providers) = installed() {
        waiting.into_iter().for_each(|act| act(providers));
    }
    Ok(())
}

/// Calls `act` with the providers of the process as soon as there are any, which
/// may be at once or never: for what is observed without being called.
pub fn when_installed(act: impl FnOnce(&Providers) + Send + 'static) {
    let mut waiting = waiting();
    // Asked under the lock: whoever installs takes the list after that.
    match INSTALLED.get() {
        None => waiting.push(Box::new(act)),
        Some(_) => {
            drop(waiting);
            if let Some(providers) = installed() {
                act(providers);
            }
        }
    }
}

type Act = Box<dyn FnOnce(&Providers) + Send>;

fn waiting() -> MutexGuard<'static, Vec<Act>> {
    static WAITING: Mutex<Vec<Act>> = Mutex::new(Vec::new());
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells that the process was asked, and will install nothing: what is made from
/// here on need not wait for providers, see [`Source::is_off`].
pub fn stay_off() {
    STAYS_OFF.store(true, Relaxed);
}

/// The providers of the process, or `None` while telemetry is off.
#[must_use]
pub fn installed() -> Option<&'static Providers> {
    INSTALLED.get().filter(|providers| !providers.is_passing())
}

#[cfg(test)]
mod tests {
    use opentelemetry::{metrics::noop::NoopMeterProvider, trace::noop::NoopTracerProvider};

    use super::*;
    use crate::Conventions;

    #[test]
    fn a_source_is_off_only_where_nothing_will_be_installed() {
        let providers = || {
            Providers::new(
                NoopTracerProvider::new(),
                NoopMeterProvider::new(),
                Propagation::none(),
                Conventions::default(),
            )
        };
        let mut sources = vec![Source::default(), Source(Some(providers()))];
        sources.push(Source(Some(Providers::passing(Propagation::none()))));
        let are_off = || Vec::from_iter(sources.iter().map(Source::is_off));
        assert_eq!(are_off(), [false; 3]);
        stay_off();
        assert_eq!(are_off(), [true, false, false]);
    }

    #[test]
    fn what_is_made_once_may_be_made_of_another() {
        let providers = Providers::passing(Propagation::none());
        let shared = crate::edge::Shared::<u8>::new();
        let source = Source(Some(providers.clone()));
        let make = |providers: &Providers| 1 + *providers.once(|_| 1_u16) as u8;
        assert_eq!(shared.of(&source, make), None, "these pass only");
        let made = [providers.once(make), providers.once(|_| 9)];
        assert_eq!(made.map(|made| *made), [2, 2]);
    }
}

//! Panics, told where events go to.

mod stack;
mod told;

use std::{
    fmt, panic,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

pub(crate) use self::told::{Attribute, Grade, Tell, Told};

/// Tells of each panic of the process, once in every place that was added.
///
/// A panic is told as an event of the target `panic` with the name `exception` would be, but that no filter is asked
/// and no subscriber takes part: a panic may come while one holds its locks. It is an error, and fatal where it ends
/// the process at once, as each does with `panic = "abort"`.
///
/// ```no_run
/// # #[cfg(feature = "console")]
/// # {
/// use otelier_logs::{Console, Format, PanicHook};
///
/// let console = Console::new(Format::Json);
/// let _guard = PanicHook::new().with_console(&console).install();
/// # }
/// ```
#[derive(Default)]
pub struct PanicHook {
    pub(crate) places: Vec<Tell>,
}

impl PanicHook {
    /// Tells nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Prints panics where this console prints events, and in its format. One that ends the process is waited for.
    #[cfg(feature = "console")]
    #[must_use]
    pub fn with_console<W>(mut self, console: &crate::Console<W>) -> Self
    where
        W: for<'w> tracing_subscriber::fmt::MakeWriter<'w> + Clone + Send + Sync + 'static,
    {
        self.places.push(console.tell_panics());
        self
    }

    /// Installs the hook, unless it has no places. The hook that was there is called first. The first of the process
    /// stays: later ones do nothing, nor does one while its thread panics.
    pub fn install(self) -> PanicGuard {
        static INSTALLED: AtomicBool = AtomicBool::new(false);
        if self.places.is_empty() || thread::panicking() || INSTALLED.swap(true, Ordering::AcqRel) {
            return PanicGuard::default();
        }
        let places: Arc<[Tell]> = self.places.into();
        let previous = panic::take_hook();
        let guard = PanicGuard(Arc::clone(&places));
        panic::set_hook(Box::new(move |info| {
            previous(info);
            tell(&places, &Told::panic(info));
        }));
        guard
    }
}

impl fmt::Debug for PanicHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hook = f.debug_struct("PanicHook");
        hook.field("places", &self.places.len()).finish()
    }
}

/// Tells, when it is dropped while its thread panics, that the process ends by that panic. The hook stays.
///
/// See the example of [`PanicHook`].
#[derive(Default)]
#[must_use = "it belongs beside the guard that is dropped at the end of `main`"]
pub struct PanicGuard(Arc<[Tell]>);

impl Drop for PanicGuard {
    fn drop(&mut self) {
        if thread::panicking() {
            tell(&self.0, &Told::end());
        }
    }
}

impl fmt::Debug for PanicGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PanicGuard")
    }
}

fn tell(places: &[Tell], told: &Told) {
    for tell in places {
        tell(told);
    }
}
